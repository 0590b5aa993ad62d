#include "agent/dissect/c37118/frame.hpp"

#include <array>

namespace greywatch::agent::c37118 {
namespace {

constexpr std::uint8_t first_sync = 0xAA;
constexpr std::size_t size_end = 4;
/// Of longer frames a probe does not work out CHK: it is asked at each octet when a start is searched for.
constexpr std::size_t certain_octets = 128;

/// Of an octet in the first table, of an octet and so many zeros behind it in the others: eight octets at a time are
/// eight look-ups that do not wait for each other.
constexpr std::size_t slices = 8;
constexpr auto crc_tables = [] {
  std::array<std::array<std::uint16_t, 256>, slices> tables{};
  for (unsigned octet = 0; octet < 256; ++octet) {
    auto value = static_cast<std::uint16_t>(octet << 8);
    for (int bit = 0; bit < 8; ++bit) value = static_cast<std::uint16_t>(value << 1 ^ (value & 0x8000 ? 0x1021 : 0));
    tables[0][octet] = value;
  }
  for (std::size_t slice = 1; slice < slices; ++slice)
    for (unsigned octet = 0; octet < 256; ++octet) {
      auto const value = tables[slice - 1][octet];
      tables[slice][octet] = static_cast<std::uint16_t>(value << 8 ^ tables[0][value >> 8]);
    }
  return tables;
}();

std::uint16_t be16(Bytes octets, std::size_t at) {
  return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}

/// What of a frame's start can be judged without its end, so that a frame of many segments is waited for, but hardly
/// any other octets are: a type and a version of the standards, a time of this century, a free bit that is zero.
bool may_begin(Bytes octets) {
  constexpr std::uint32_t year_2000 = 946'684'800, year_2100 = 4'102'444'800;
  if (octets[0] != first_sync) return false;
  if (octets.size() < common_octets) return true;
  auto const said = read_common(octets);
  if ((said.sync & 0x80) != 0 || said.type() > static_cast<std::uint8_t>(FrameType::configuration_3)) return false;
  if (said.version() == 0 || said.version() > 3 || said.frame_size < least_octets) return false;
  return said.soc >= year_2000 && said.soc < year_2100 && (said.time_quality & 0x80) == 0;
}

}  // namespace

std::uint16_t checksum(Bytes octets) {
  std::uint16_t value = 0xFFFF;
  for (; octets.size() >= slices; octets = octets.subspan(slices)) {
    auto next =
        static_cast<std::uint16_t>(crc_tables[7][octets[0] ^ value >> 8] ^ crc_tables[6][octets[1] ^ (value & 0xFF)]);
    for (std::size_t at = 2; at < slices; ++at) next ^= crc_tables[slices - 1 - at][octets[at]];
    value = next;
  }
  for (auto octet : octets) value = static_cast<std::uint16_t>(value << 8 ^ crc_tables[0][value >> 8 ^ octet]);
  return value;
}

Common read_common(Bytes octets) {
  Common said;
  Reader in(octets);
  said.sync = in.be16();
  said.frame_size = in.be16();
  said.idcode = in.be16();
  said.soc = in.be32();
  said.time_quality = in.u8();
  said.fraction = in.be24();
  said.whole = static_cast<bool>(in);
  if (!in || octets.size() < least_octets) {
    said.malformed = Malformed{Defect::truncated, octets.size(), "common"};
    return said;
  }
  said.body = in.take(in.left() - check_octets);
  said.check = in.be16();
  auto const check_at = octets.size() - check_octets;
  if (said.frame_size > octets.size())
    said.malformed = Malformed{Defect::truncated, octets.size(), "frame_size"};
  else if (said.frame_size < octets.size())
    said.malformed = Malformed{Defect::trailing, said.frame_size, "frame_size"};
  else if (checksum(octets.first(check_at)) != said.check)
    said.malformed = Malformed{Defect::bad_checksum, check_at, "chk"};
  return said;
}

Frame frame(Bytes octets) {
  using enum Frame::Verdict;
  if (octets.empty()) return {.verdict = more};
  if (octets[0] != first_sync) return {.verdict = lost, .length = 1, .defect = Defect::bad_value, .offset = 0};
  if (octets.size() < size_end) return {.verdict = more};
  if ((octets[1] & 0x80) != 0) return {.verdict = lost, .length = 1, .defect = Defect::bad_value, .offset = 1};
  auto const size = be16(octets, 2);
  if (size < least_octets) return {.verdict = lost, .length = 1, .defect = Defect::bad_length, .offset = 2};
  return {.verdict = octets.size() < size ? more : complete, .length = size};
}

Likeness probe_stream(Bytes octets, Direction way) {
  auto const cut = frame(octets);
  if (cut.verdict == Frame::Verdict::lost || octets.empty()) return Likeness::no;
  if (cut.verdict == Frame::Verdict::more) return may_begin(octets) ? Likeness::more : Likeness::no;
  if (cut.length <= certain_octets) return probe_datagram(octets.first(cut.length), way);
  return may_begin(octets) ? Likeness::plausible : Likeness::no;
}

Likeness probe_datagram(Bytes octets, Direction) {
  auto const cut = frame(octets);
  if (cut.verdict != Frame::Verdict::complete || cut.length != octets.size()) return Likeness::no;
  return read_common(octets).malformed ? Likeness::no : Likeness::certain;
}

}  // namespace greywatch::agent::c37118
