#include "agent/dissect/bacnet/segments.hpp"

#include <algorithm>

namespace greywatch::agent::bacnet {
namespace {

/// What is kept of a segment: its message's number, its place, its length, its parameters. So is kept, in front of the
/// segments of a message, what it is.
constexpr std::size_t record_head = 5;
constexpr std::uint16_t no_index = 0xFFFF;
constexpr int most_early = 32;
constexpr std::uint8_t most_ticks = 8;

struct Record {
  std::uint8_t number = 0;  ///< in Assemblies
  std::uint16_t index = 0;
  Bytes body;
};
std::optional<Record> next_record(Reader& in) {
  Record record{.number = in.u8(), .index = in.be16(), .body = {}};
  record.body = in.take(in.be16());
  return in ? std::optional(record) : std::nullopt;
}

/// Ticks since; a clock that went back says 0.
std::uint8_t waited(Assembly const& one, std::uint8_t now) {
  auto const ticks = static_cast<std::uint8_t>(now - one.touched);
  return ticks < 248 ? ticks : 0;
}

}  // namespace

std::uint8_t Assembler::tick(Time time) {
  return static_cast<std::uint8_t>(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count() / 8);
}

std::optional<Begun> Assembler::begun(Assembly const& one) const {
  Reader in(emitter_.kept());
  in.skip(one.begins);
  auto const record = next_record(in);
  if (!record) return std::nullopt;
  Reader head(record->body);
  Begun const begun{.place = head.be32(),
                    .unit = head.be32(),
                    .invoke_id = one.invoke_id,
                    .service = head.u8(),
                    .kind = static_cast<Kind>(head.u8())};
  return head ? std::optional(begun) : std::nullopt;
}

Assembly* Assembler::find(Apdu const& apdu, std::uint32_t place) {
  for (auto& one : all_) {
    if (!is_mine(one) || one.invoke_id != *apdu.invoke_id) continue;
    auto const it = begun(one);
    if (it && it->place == place && it->kind == apdu.kind && it->service == *apdu.service) return &one;
  }
  return nullptr;
}

/// A first segment that says something else than the one that is known. Sequence numbers turn over after 255, so that
/// later 0 may be any.
bool Assembler::begins_anew(Assembly const& one, Apdu const& apdu) const {
  if (*apdu.sequence_number != 0) return false;
  if (one.renewed || one.next > 128) return one.renewed;
  Reader in(emitter_.kept());
  in.skip(one.begins);
  next_record(in);
  auto const first = next_record(in);
  return !first || !std::ranges::equal(first->body, apdu.body);
}

Assembly* Assembler::any() {
  auto const found = std::ranges::find_if(all_, [&](Assembly const& one) { return is_mine(one); });
  return found == all_.end() ? nullptr : &*found;
}

Assembly* Assembler::overdue(std::uint8_t now) {
  for (auto& one : all_)
    if (is_mine(one) && waited(one, now) > most_ticks) return &one;
  return nullptr;
}

Assembly* Assembler::crowded_out(std::uint8_t now) {
  Assembly* longest = nullptr;
  std::size_t mine = 0, used = 0;
  for (auto& one : all_) {
    used += one.active;
    if (!is_mine(one)) continue;
    ++mine;
    if (longest == nullptr || waited(one, now) > waited(*longest, now)) longest = &one;
  }
  return mine == most_assemblies_a_direction || used == all_.size() ? longest : nullptr;
}

Assembly* Assembler::begin(Begun const& begun) {
  auto const octet = [](std::uint32_t value, int at) { return static_cast<std::uint8_t>(value >> at); };
  auto const place = begun.place, unit = begun.unit;
  std::array<std::uint8_t, 10> const head{
      octet(place, 24), octet(place, 16), octet(place, 8), octet(place, 0), octet(unit, 24),
      octet(unit, 16),  octet(unit, 8),   octet(unit, 0),  begun.service,   static_cast<std::uint8_t>(begun.kind)};
  auto const free = std::ranges::find_if(all_, [](Assembly const& one) { return !one.active; });
  auto const begins = static_cast<std::uint16_t>(emitter_.kept().size());
  if (free == all_.end() || !keep(*free, no_index, head)) return nullptr;
  *free = {.begins = begins, .invoke_id = begun.invoke_id, .active = true, .to_client = to_client_};
  return &*free;
}

bool Assembler::keep(Assembly const& one, std::uint16_t index, Bytes body) {
  std::array<std::uint8_t, record_head> const head{
      number(one), static_cast<std::uint8_t>(index >> 8), static_cast<std::uint8_t>(index),
      static_cast<std::uint8_t>(body.size() >> 8), static_cast<std::uint8_t>(body.size())};
  auto* const scratch = static_cast<std::uint8_t*>(emitter_.shared());
  std::ranges::copy(head, scratch);
  std::ranges::copy(body, scratch + head.size());
  return emitter_.keep({scratch, head.size() + body.size()});
}

Assembler::Taken Assembler::take(Assembly& one, Apdu const& apdu, std::uint8_t now) {
  auto const ahead = static_cast<std::int8_t>(*apdu.sequence_number - static_cast<std::uint8_t>(one.next));
  one.touched = now;
  if (ahead < 0) return Taken::again;
  if (ahead > most_early) {
    emitter_.tolerated("segment_too_early");
    return Taken::early;
  }
  auto const bit = ahead == 0 ? std::uint32_t{0} : std::uint32_t{1} << (ahead - 1);
  if ((one.ahead & bit) != 0) return Taken::again;
  auto const index = static_cast<std::uint16_t>(one.next + ahead);
  if (!keep(one, index, apdu.body)) return Taken::refused;
  if (!apdu.more_follows) {
    one.ended = true;
    one.end = static_cast<std::uint8_t>(index + 1);
  }
  if (ahead > 0) {
    one.ahead |= bit;
    return Taken::kept;
  }
  for (bool there = true; there && !is_whole(one);) {
    ++one.next;
    there = (one.ahead & 1) != 0;
    one.ahead >>= 1;
  }
  return Taken::kept;
}

/// Records stand nearly in order: none is more than `most_early` places of its message away from its own.
std::size_t Assembler::lay_out(Assembly const& one, std::uint8_t* to) const {
  std::size_t length = 0;
  Reader from(emitter_.kept());
  from.skip(one.begins);
  next_record(from);
  auto const is_other = [&](Record const& record, std::uint16_t wanted) {
    return record.number != number(one) || record.index < wanted;
  };
  for (std::uint16_t wanted = 0; wanted < one.next; ++wanted) {
    Reader in = from;
    auto record = next_record(in);
    while (record && (record->number != number(one) || record->index != wanted)) record = next_record(in);
    if (!record) break;
    std::ranges::copy(record->body, to + length);
    length += record->body.size();
    // What was passed stays behind once all of it was taken, and so does what is others'.
    in = from;
    for (auto front = next_record(in); front && is_other(*front, static_cast<std::uint16_t>(wanted + 1));
         front = next_record(in))
      from = in;
  }
  return length;
}

/// Takes a message's records out of what is kept.
void Assembler::remove(Assembly& one, std::uint8_t* scratch) {
  auto const gone = number(one);
  one = {};
  std::size_t length = 0;
  auto const kept = emitter_.kept();
  Reader in(kept);
  for (std::size_t at = 0; auto const record = next_record(in);) {
    auto const octets = record_head + record->body.size();
    if (record->number != gone) {
      if (record->index == no_index) all_[record->number].begins = static_cast<std::uint16_t>(length);
      std::ranges::copy(kept.subspan(at, octets), scratch + length);
      length += octets;
    }
    at += octets;
  }
  emitter_.drop();
  if (length == 0 || emitter_.keep({scratch, length})) return;
  for (auto& other : all_)
    if (is_mine(other)) other = {};
}

Bytes Assembler::finish(Assembly& one) {
  auto* const scratch = static_cast<std::uint8_t*>(emitter_.shared());
  auto const length = lay_out(one, scratch);
  remove(one, scratch + most / 2);
  return {scratch, length};
}

}  // namespace greywatch::agent::bacnet
