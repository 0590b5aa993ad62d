#include "agent/dissect/iec104/apci.hpp"

#include <algorithm>
#include <bit>

#include "agent/dissect/iec104/asdu.hpp"

namespace greywatch::agent::iec104 {

std::optional<Malformed> broken_rule(Bytes apdu, Apci const& apci) {
  if (apdu.size() < apci_octets) return Malformed{Defect::truncated, apdu.size(), "control_field"};
  if (apdu[0] != start) return Malformed{Defect::bad_value, 0, "start"};
  if (apdu[1] != apdu.size() - 2 || apdu[1] < least_length || apdu[1] > most_length) {
    return Malformed{Defect::bad_length, 1, "apdu_length"};
  }
  auto const whole = apdu[1] == least_length;
  switch (apci.format) {
    case Format::i:
      if (apdu[4] & 1) return Malformed{Defect::bad_value, 4, "control_field"};
      break;
    case Format::s:
      if (!whole) return Malformed{Defect::bad_length, 1, "apdu_length"};
      if (apdu[2] != 1 || apdu[3] != 0) return Malformed{Defect::bad_value, 2, "control_field"};
      if (apdu[4] & 1) return Malformed{Defect::bad_value, 4, "control_field"};
      break;
    case Format::u:
      if (!whole) return Malformed{Defect::bad_length, 1, "apdu_length"};
      if (!std::has_single_bit(apci.u_function)) return Malformed{Defect::bad_value, 2, "u_function"};
      if (apdu[3] != 0 || apdu[4] != 0 || apdu[5] != 0) return Malformed{Defect::bad_value, 3, "control_field"};
      break;
  }
  return std::nullopt;
}

Result<Apci> read_apci(Bytes apdu) {
  auto const apci = peek_apci(apdu);
  if (auto const why = broken_rule(apdu, apci)) return fail(*why);
  return apci;
}

Frame frame(Bytes octets) {
  using enum Frame::Verdict;
  if (octets.empty()) return {more};
  auto const to_next_start = [&] {
    return static_cast<std::size_t>(std::find(octets.begin() + 1, octets.end(), start) - octets.begin());
  };
  if (octets[0] != start) return {lost, to_next_start(), Defect::bad_value, 0};
  if (octets.size() < 2) return {more};
  if (octets[1] < least_length || octets[1] > most_length) return {lost, to_next_start(), Defect::bad_length, 1};
  std::size_t const length = octets[1] + std::size_t{2};
  return {octets.size() < length ? more : complete, length};
}

Likeness probe(Bytes octets, Direction) {
  if (octets.empty()) return Likeness::more;
  if (octets[0] != start) return Likeness::no;
  if (octets.size() < 2) return Likeness::more;
  if (octets[1] < least_length || octets[1] > most_length) return Likeness::no;
  if (octets.size() < apci_octets) return Likeness::more;
  // The start of a variable FT 1.2 frame of IEC 60870-5-101, -103 or M-Bus, tunnelled: start, length twice, start.
  if (octets[3] == start && octets[2] == octets[1]) return Likeness::no;
  std::size_t const length = octets[1] + std::size_t{2};
  if (length == apci_octets) {
    auto const apci = read_apci(octets.first(length));
    if (!apci || apci->format == Format::i) return Likeness::no;
    return apci->format == Format::u ? Likeness::certain : Likeness::plausible;
  }
  if ((octets[2] & 1) != 0 || (octets[4] & 1) != 0) return Likeness::no;
  if (octets.size() < length) return Likeness::more;
  auto const asdu = read_asdu(octets.first(length).subspan(apci_octets), standard_sizes);
  if (asdu) return asdu->type ? Likeness::certain : Likeness::plausible;
  return find_type(octets[apci_octets]) ? Likeness::plausible : Likeness::no;
}

}  // namespace greywatch::agent::iec104
