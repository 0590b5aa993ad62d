#include "agent/dissect/rdp/probe.hpp"

#include <algorithm>

namespace greywatch::agent::rdp {
namespace {

constexpr std::size_t data_header = 7;
constexpr std::uint8_t tpkt_version = 3;
constexpr std::size_t least_fast_path = 3;

/// A connection's start: a cookie or a negotiation of RDP is nobody else's, parameters of X.224 are not RDP's.
Likeness like_connection(Bytes octets, bool whole) {
  if (octets.size() < variable_part) return Likeness::more;
  if (octets[4] < 6 || octets[10] != 0) return Likeness::no;  // class 0 without options
  if (whole) {
    std::size_t const length = std::size_t{octets[2]} << 8 | octets[3];
    auto const said = read_negotiation(octets.first(length));
    if (said.malformed) return Likeness::no;
    return said.empty() ? Likeness::more : Likeness::certain;
  }
  if (octets.size() == variable_part) return Likeness::more;
  auto const next = octets[variable_part];
  return next == 'C' || next == 't' || (next >= 1 && next <= 3) ? Likeness::more : Likeness::no;
}

bool has_key(Bytes octets) {
  constexpr std::uint8_t client_key[] = {'D', 'u', 'c', 'a'}, server_key[] = {'M', 'c', 'D', 'n'};
  auto const front = octets.first(std::min<std::size_t>(octets.size(), 256));
  return !std::ranges::search(front, client_key).empty() || !std::ranges::search(front, server_key).empty();
}

/// A domain PDU that is as long as it says. Send data on the first channels, by one of the first users, is as good as
/// a name.
Likeness like_domain(Bytes user_data) {
  auto const pdu = read_domain_pdu(user_data);
  if (!pdu || !pdu->known) return Likeness::no;
  if (!pdu->carries_data()) return Likeness::plausible;
  constexpr std::uint16_t least_channel = 1001, most_channel = 1200;
  bool const usual = *pdu->channel >= least_channel && *pdu->channel <= most_channel &&
                     *pdu->initiator <= most_channel && pdu->data.size() >= 4;
  return usual ? Likeness::certain : Likeness::plausible;
}

Likeness like_tpkt(Bytes octets) {
  auto const frame = osi::frame(octets);
  if (frame.verdict == Frame::Verdict::lost) return Likeness::no;
  if (octets.size() < data_header) return Likeness::more;
  std::size_t const length = std::size_t{octets[2]} << 8 | octets[3];
  bool const whole = length <= octets.size();
  switch (static_cast<osi::Tpdu>(octets[5] >> 4)) {
    case osi::Tpdu::connection_request:
    case osi::Tpdu::connection_confirm:
      return like_connection(octets, whole);
    case osi::Tpdu::disconnect_request:
      return Likeness::more;
    case osi::Tpdu::data:
      break;
    default:
      return Likeness::no;
  }
  if (octets[4] != 2 || octets[5] != 0xf0 || octets[6] != 0x80) return Likeness::no;
  auto const user_data = octets.first(std::min(octets.size(), length)).subspan(data_header);
  if (user_data.empty()) return Likeness::more;
  if (user_data[0] == 0x7f) {
    if (user_data.size() >= 2 && !begins_connect(user_data)) return Likeness::no;
    if (has_key(user_data)) return Likeness::certain;
    return whole ? Likeness::no : Likeness::more;
  }
  if (whole) return like_domain(user_data);
  auto const choice = static_cast<Mcs>(user_data[0] >> 2);
  bool const data = choice == Mcs::send_data_request || choice == Mcs::send_data_indication;
  return data && (user_data[0] & 3) == 0 ? Likeness::more : Likeness::no;
}

}  // namespace

/// The header of a fast-path PDU with its one or two octets of length; nothing where it is no such header, or not all
/// of it is here.
std::optional<FastPath> read_fast_path(Bytes octets) {
  Reader in(octets);
  FastPath said{.header = in.u8(), .length = in.u8()};
  if ((said.length & 0x80) != 0) said.length = static_cast<std::uint16_t>((said.length & 0x7f) << 8 | in.u8());
  if (!in || (said.header & 3) != 0) return std::nullopt;
  return said;
}

Frame frame(Bytes octets) {
  if (octets[0] == tpkt_version) return osi::frame(octets);
  if ((octets[0] & 3) != 0)
    return {.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_value, .offset = 0};
  if (octets.size() < least_fast_path) return {.verdict = Frame::Verdict::more, .length = least_fast_path};
  auto const said = read_fast_path(octets);
  if (!said || said->length < least_fast_path)
    return {.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_length, .offset = 1};
  return {.verdict = Frame::Verdict::complete, .length = said->length, .wanted = least_fast_path};
}

/// Fast-path PDUs name no flow: a length that fits is all they have. They only do not speak against one.
Likeness probe(Bytes octets, Direction way) {
  if (octets.empty()) return Likeness::more;
  if (octets[0] == tpkt_version) return like_tpkt(octets);
  auto const said = read_fast_path(octets);
  if (!said || said->length < least_fast_path) return Likeness::no;
  bool const reserved = way == Direction::to_client && (said->header & 0x3c) != 0;
  // What the engine cut by `frame` is the header alone.
  bool const fits = said->length == octets.size() || octets.size() == least_fast_path;
  return !reserved && fits ? Likeness::more : Likeness::no;
}

}  // namespace greywatch::agent::rdp
