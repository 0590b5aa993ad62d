#include "agent/dissect/bacnet/segments.hpp"

#include <algorithm>

namespace greywatch::agent::bacnet {
namespace {

/// What is kept of a segment: its place, its length, its parameters.
constexpr std::size_t record_head = 4;
constexpr int most_early = 32;

/// What is kept in front of the segments.
constexpr std::size_t begun_octets = 10;
Begun read_begun(Reader& in) {
  return {
      .place = in.be32(), .unit = in.be32(), .invoke_id = 0, .service = in.u8(), .kind = static_cast<Kind>(in.u8())};
}

struct Record {
  std::uint16_t index = 0;
  Bytes body;
};
std::optional<Record> next_record(Reader& in) {
  Record record{.index = in.be16(), .body = {}};
  record.body = in.take(in.be16());
  return in ? std::optional(record) : std::nullopt;
}

}  // namespace

std::optional<Begun> Assembler::begun() const {
  Reader in(emitter_.kept());
  auto begun = read_begun(in);
  begun.invoke_id = state_.invoke_id;
  return state_.active && in ? std::optional(begun) : std::nullopt;
}

bool Assembler::belongs(Apdu const& apdu, std::uint32_t place) const {
  if (!state_.active || state_.invoke_id != *apdu.invoke_id) return false;
  auto const it = begun();
  return it && it->place == place && it->kind == apdu.kind && it->service == *apdu.service;
}

/// A first segment that says something else than the one that is known. Sequence numbers turn over after 255, so that
/// later 0 may be any.
bool Assembler::begins_anew(Apdu const& apdu) const {
  if (*apdu.sequence_number != 0) return false;
  if (state_.renewed || state_.next > 128) return state_.renewed;
  Reader in(emitter_.kept());
  in.skip(begun_octets);
  auto const first = next_record(in);
  return !first || !std::ranges::equal(first->body, apdu.body);
}

void Assembler::begin(Begun const& begun) {
  auto const octet = [](std::uint32_t value, int at) { return static_cast<std::uint8_t>(value >> at); };
  auto const place = begun.place, unit = begun.unit;
  std::array<std::uint8_t, begun_octets> const head{
      octet(place, 24), octet(place, 16), octet(place, 8), octet(place, 0), octet(unit, 24),
      octet(unit, 16),  octet(unit, 8),   octet(unit, 0),  begun.service,   static_cast<std::uint8_t>(begun.kind)};
  emitter_.drop();
  state_ = {.invoke_id = begun.invoke_id, .active = emitter_.keep(head)};
}

bool Assembler::keep(std::uint16_t index, Bytes body) {
  std::array<std::uint8_t, record_head> const head{
      static_cast<std::uint8_t>(index >> 8), static_cast<std::uint8_t>(index),
      static_cast<std::uint8_t>(body.size() >> 8), static_cast<std::uint8_t>(body.size())};
  return emitter_.keep(head) && (body.empty() || emitter_.keep(body));
}

Assembler::Taken Assembler::take(Apdu const& apdu) {
  if (!state_.active) return Taken::refused;
  auto const ahead = static_cast<std::int8_t>(*apdu.sequence_number - static_cast<std::uint8_t>(state_.next));
  if (ahead < 0) return Taken::again;
  if (ahead > most_early) {
    emitter_.tolerated("segment_too_early");
    return Taken::early;
  }
  auto const bit = ahead == 0 ? std::uint32_t{0} : std::uint32_t{1} << (ahead - 1);
  if ((state_.ahead & bit) != 0) return Taken::again;
  auto const index = static_cast<std::uint16_t>(state_.next + ahead);
  if (!keep(index, apdu.body)) return Taken::refused;
  if (!apdu.more_follows) state_.count = static_cast<std::uint16_t>(index + 1);
  if (ahead > 0) {
    state_.ahead |= bit;
    return Taken::kept;
  }
  for (bool there = true; there;) {
    ++state_.next;
    there = (state_.ahead & 1) != 0;
    state_.ahead >>= 1;
  }
  return Taken::kept;
}

Bytes Assembler::finish() {
  auto* const scratch = static_cast<std::uint8_t*>(emitter_.shared());
  std::size_t length = 0;
  // Records stand nearly in order: none is more than `most_early` places away from its own.
  Reader from(emitter_.kept());
  from.skip(begun_octets);
  std::uint16_t wanted = 0;
  while (wanted < state_.next && scratch != nullptr) {
    Reader in = from;
    auto record = next_record(in);
    while (record && record->index != wanted) record = next_record(in);
    if (!record) break;
    std::ranges::copy(record->body, scratch + length);
    length += record->body.size();
    ++wanted;
    // What was passed stays behind once all of it was taken.
    in = from;
    for (auto front = next_record(in); front && front->index < wanted; front = next_record(in)) from = in;
  }
  emitter_.drop();
  state_ = {};
  return {scratch, length};
}

}  // namespace greywatch::agent::bacnet
