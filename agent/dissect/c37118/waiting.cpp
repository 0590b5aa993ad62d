#include "agent/dissect/c37118/waiting.hpp"

#include <cstring>
#include <type_traits>

namespace greywatch::agent::c37118 {
namespace {

constexpr std::uint8_t most_waiting = 64;
constexpr std::size_t most_octets_waiting = 16'384;
constexpr auto longest_wait = std::chrono::milliseconds(1500);

struct Entry {
  Time time;
  std::uint64_t frame;
  Mac source_mac, destination_mac;
  std::uint32_t length;
};
static_assert(std::is_trivially_copyable_v<Entry>);

Entry read_entry(Bytes kept) {
  Entry entry{};
  std::memcpy(&entry, kept.data(), sizeof entry);
  return entry;
}

}  // namespace

bool wait(Bytes frame, Observation const& now, std::uint8_t& waiting, Emitter& emitter) {
  auto const size = sizeof(Entry) + frame.size();
  if (waiting >= most_waiting || emitter.kept().size() + size > most_octets_waiting) return false;
  Entry const entry{.time = now.time,
                    .frame = now.frame,
                    .source_mac = now.source_mac,
                    .destination_mac = now.destination_mac,
                    .length = static_cast<std::uint32_t>(frame.size())};
  // In one piece, so that there is never half an entry.
  std::uint8_t whole[sizeof entry + most_octets_waiting];
  std::memset(whole, 0, sizeof entry);
  std::memcpy(whole, &entry, sizeof entry);
  std::memcpy(whole + sizeof entry, frame.data(), frame.size());
  if (!emitter.keep(Bytes(whole, size))) return false;
  ++waiting;
  return true;
}

bool waited_too_long(Time now, Emitter& emitter) {
  auto const kept = emitter.kept();
  return kept.size() >= sizeof(Entry) && now - read_entry(kept).time > longest_wait;
}

std::optional<Waited> next_waiting(Bytes& kept, Emitter& emitter) {
  if (kept.size() < sizeof(Entry)) return std::nullopt;
  auto const entry = read_entry(kept);
  auto then = emitter.begin();
  then.time = entry.time;
  then.frame = entry.frame;
  then.source_mac = entry.source_mac;
  then.destination_mac = entry.destination_mac;
  Waited const next{kept.subspan(sizeof entry, entry.length), then};
  kept = kept.subspan(sizeof entry + entry.length);
  return next;
}

}  // namespace greywatch::agent::c37118
