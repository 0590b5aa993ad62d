#include "agent/dissect/modbus/adu.hpp"

#include "agent/dissect/modbus/pdu.hpp"

namespace greywatch::agent::modbus {

namespace {

constexpr std::size_t length_end = 6;  // the length field ends here and counts from here

std::uint16_t at(Bytes octets, std::size_t offset) {
  return static_cast<std::uint16_t>(octets[offset] << 8 | octets[offset + 1]);
}

}  // namespace

Frame frame(Bytes octets) {
  using enum Frame::Verdict;
  if (octets.size() < 4) return {.verdict = more};
  if (at(octets, 2) != 0) return {.verdict = lost, .length = 1, .defect = Defect::bad_value, .offset = 2};
  if (octets.size() < length_end) return {.verdict = more};
  auto const length = at(octets, 4);
  if (length < least_length) return {.verdict = lost, .length = 1, .defect = Defect::bad_length, .offset = 4};
  if (length > most_length) {
    if (length > most_umas_length) return {.verdict = lost, .length = 1, .defect = Defect::bad_length, .offset = 4};
    if (octets.size() <= mbap_octets) return {.verdict = more};
    if ((octets[mbap_octets] & 0x7F) != 90) {
      return {.verdict = lost, .length = 1, .defect = Defect::bad_length, .offset = 4};
    }
  }
  auto const whole = length_end + length;
  return {.verdict = octets.size() < whole ? more : complete, .length = whole};
}

/// Certain are messages that obey every rule of their function, whichever role, and carry something that could break
/// one.
Likeness probe(Bytes octets, Direction) {
  auto const cut = frame(octets);
  if (cut.verdict == Frame::Verdict::lost) return Likeness::no;
  if (octets.size() <= mbap_octets) return Likeness::more;
  auto const code = octets[mbap_octets];
  if ((code & 0x7F) == 0) return Likeness::no;
  if (cut.verdict == Frame::Verdict::more) return Likeness::plausible;
  if (cut.length < octets.size() && frame(octets.subspan(cut.length)).verdict == Frame::Verdict::lost)
    return Likeness::plausible;
  if (find_function(code & 0x7F) == nullptr || cut.length <= mbap_octets + 1) return Likeness::plausible;
  auto const message = octets.first(cut.length);
  auto const obeys = [&](bool response) { return !read_pdu(message, response).malformed; };
  return obeys(false) || obeys(true) ? Likeness::certain : Likeness::plausible;
}

}  // namespace greywatch::agent::modbus
