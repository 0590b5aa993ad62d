#include "agent/ship/spool_state.hpp"

#include <sys/random.h>

#include <chrono>

#include "agent/ship/crc32c.hpp"

namespace greywatch::agent {

namespace {

constexpr std::string_view state_magic = "GWSS";
constexpr std::uint16_t state_format = 1;
constexpr std::size_t slot_octets = 512;  // a disk sector: the slots cannot be torn together
constexpr std::size_t slots = 2;

void append_big(std::string& out, std::uint64_t value, unsigned octets) {
  for (unsigned i = octets; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

struct Slot {
  std::uint64_t generation;
  SpoolState state;
};

std::optional<Slot> read_slot(Bytes octets) {
  Reader in(octets);
  auto const magic = in.take(state_magic.size());
  auto const format = in.be16();
  Slot slot{};
  slot.generation = in.be64();
  slot.state = {.epoch = in.be64(), .reserved = in.be64(), .acked = in.be64(), .dropped = {}};
  for (auto& count : slot.state.dropped) count = in.be64();
  auto const covered = in.at();
  auto const crc = in.be32();
  if (!in || as_text(magic) != state_magic || format != state_format) return std::nullopt;
  if (crc != crc32c(octets.first(covered)) || slot.state.epoch == 0) return std::nullopt;
  return slot;
}

}  // namespace

int SpoolStateFile::open(std::filesystem::path const& directory) { return file_.open(directory / "state", true); }

int SpoolStateFile::open_to_read(std::filesystem::path const& directory) {
  return file_.open_to_read(directory / "state");
}

std::optional<SpoolState> SpoolStateFile::read() {
  std::optional<Slot> newest;
  for (std::size_t i = 0; i < slots; ++i) {
    std::array<std::uint8_t, slot_octets> octets{};
    int error = 0;
    auto const got = file_.read_at(i * slot_octets, octets, error);
    auto const slot = read_slot(Bytes(octets).first(got));
    if (slot && (!newest || slot->generation > newest->generation)) newest = slot;
  }
  if (!newest) return std::nullopt;
  generation_ = newest->generation;
  return newest->state;
}

int SpoolStateFile::write(SpoolState const& state, bool durable) {
  std::string out(state_magic);
  append_big(out, state_format, 2);
  append_big(out, ++generation_, 8);
  for (auto value : {state.epoch, state.reserved, state.acked}) append_big(out, value, 8);
  for (auto count : state.dropped) append_big(out, count, 8);
  append_big(out, crc32c(as_bytes(out)), 4);
  if (int const error = file_.write_at(generation_ % slots * slot_octets, as_bytes(out))) return error;
  return durable ? file_.sync() : 0;
}

std::uint64_t new_epoch() {
  std::uint32_t random = 0;
  // Without a random source the clock alone has to do: it counts nanoseconds.
  auto const now = std::chrono::system_clock::now().time_since_epoch();
  if (::getrandom(&random, sizeof random, 0) != sizeof random)
    random = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  auto const seconds = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  return (seconds & 0x1FFFFFFFF) << 20 | (random & 0xFFFFF) | 1;
}

}  // namespace greywatch::agent
