#include "agent/dissect/dnp3/link.hpp"

#include <algorithm>

namespace greywatch::agent::dnp3 {
namespace {

constexpr std::uint16_t reflected_polynomial = 0xa6bc;

constexpr auto crc_table = [] {
  std::array<std::uint16_t, 256> table{};
  for (unsigned octet = 0; octet < 256; ++octet) {
    unsigned remainder = octet;
    for (int bit = 0; bit < 8; ++bit)
      remainder = remainder & 1 ? remainder >> 1 ^ reflected_polynomial : remainder >> 1;
    table[octet] = static_cast<std::uint16_t>(remainder);
  }
  return table;
}();

std::uint16_t le16(Bytes octets, std::size_t at) {
  return static_cast<std::uint16_t>(octets[at] | octets[at + 1] << 8);
}

/// PRM and function code in one number. Table 9-1 and 9-2; 0x41, 0x42 and 0x0e are of the editions before.
struct Function {
  std::uint8_t code;
  std::string_view name;
};
constexpr Function functions[] = {
    {0x40, "RESET_LINK_STATES"},
    {0x41, "RESET_USER_PROCESS"},
    {0x42, "TEST_LINK_STATES"},
    {0x43, "CONFIRMED_USER_DATA"},
    {0x44, "UNCONFIRMED_USER_DATA"},
    {0x49, "REQUEST_LINK_STATUS"},
    {0x00, "ACK"},
    {0x01, "NACK"},
    {0x0b, "LINK_STATUS"},
    {0x0e, "LINK_NOT_FUNCTIONING"},
    {0x0f, "NOT_SUPPORTED"},
};

}  // namespace

std::uint16_t crc(Bytes octets) {
  unsigned remainder = 0;
  for (auto octet : octets) remainder = remainder >> 8 ^ crc_table[(remainder ^ octet) & 0xff];
  return static_cast<std::uint16_t>(~remainder);
}

Link peek_link(Bytes octets) {
  return {.length = octets[2],
          .control = octets[3],
          .destination = le16(octets, 4),
          .source = le16(octets, 6),
          .crc = le16(octets, 8)};
}

std::optional<Malformed> take_user_data(Bytes frame, UserData& data) {
  std::size_t left = frame[2] < 5 ? 0 : frame[2] - 5u;
  std::size_t at = link_header;
  while (left > 0) {
    auto const octets = std::min(left, data_block);
    if (frame.size() < at + octets + 2) return Malformed{Defect::truncated, frame.size(), "link.user_data"};
    auto const block = frame.subspan(at, octets);
    if (crc(block) != le16(frame, at + octets)) return Malformed{Defect::bad_checksum, at + octets, "link.user_data"};
    std::ranges::copy(block, data.octets.begin() + static_cast<std::ptrdiff_t>(data.size));
    data.size += octets;
    left -= octets;
    at += octets + 2;
  }
  return std::nullopt;
}

std::string_view link_function(std::uint8_t control) {
  auto const* const row = std::ranges::find(functions, control & 0x4f, &Function::code);
  return row == std::end(functions) ? std::string_view() : row->name;
}

/// A frame is known by its start octets, its length and the CRC of its header, so a length never lies by accident.
Frame frame(Bytes octets) {
  using enum Frame::Verdict;
  if (octets.empty()) return {.verdict = more};
  if (octets[0] != 0x05) return {.verdict = lost, .length = 1, .defect = Defect::bad_value, .offset = 0};
  if (octets.size() < 2) return {.verdict = more};
  if (octets[1] != 0x64) return {.verdict = lost, .length = 1, .defect = Defect::bad_value, .offset = 1};
  if (octets.size() < 3) return {.verdict = more};
  if (octets[2] < 5) return {.verdict = lost, .length = 2, .defect = Defect::bad_length, .offset = 2};
  if (octets.size() < link_header) return {.verdict = more, .length = link_header};
  if (crc(octets.first(8)) != le16(octets, 8))
    return {.verdict = lost, .length = 2, .defect = Defect::bad_checksum, .offset = 8};
  auto const whole = frame_octets(octets[2]);
  return {.verdict = octets.size() < whole ? more : complete, .length = whole};
}

/// Start octets and a CRC: 32 bits that nothing else gets right by chance. Prefixes of a header need more.
Likeness probe(Bytes octets, Direction) {
  auto const cut = frame(octets);
  if (cut.verdict == Frame::Verdict::lost) return Likeness::no;
  if (octets.size() < link_header) return Likeness::more;
  if (link_function(octets[3]).empty()) return Likeness::plausible;
  if (cut.verdict == Frame::Verdict::more) return Likeness::plausible;
  UserData data;
  return take_user_data(octets.first(cut.length), data) ? Likeness::plausible : Likeness::certain;
}

Likeness probe_datagram(Bytes octets, Direction way) {
  return octets.size() < link_header ? Likeness::no : probe(octets, way);
}

}  // namespace greywatch::agent::dnp3
