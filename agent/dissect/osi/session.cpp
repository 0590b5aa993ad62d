#include "agent/dissect/osi/session.hpp"

#include <algorithm>

namespace greywatch::agent::osi {

namespace {

constexpr std::size_t most_spdus = 4;  ///< category 0 SPDUs before the last one; the standard allows one

/// Parameter group and parameter identifiers. X.225, 8.3, tables of each SPDU.
enum Parameter : std::uint8_t {
  connection_identifier = 1,
  connect_accept_item = 5,
  transport_disconnect = 17,
  protocol_version = 22,
  user_requirements = 20,
  reason_code = 50,
  calling_selector = 51,
  called_selector = 52,
  user_data = 193,
  extended_user_data = 194
};

/// Length indicator: one octet, or 255 and two more. X.225, 8.2.5.
std::size_t read_length(Reader& in) {
  auto const first = in.u8();
  return first == 255 ? in.be16() : first;
}

void take_parameter(std::uint8_t code, Bytes value, std::size_t at, SessionPdu& pdu) {
  auto const number = [&] {
    return static_cast<std::uint16_t>(value.size() >= 2 ? value[0] << 8 | value[1] : value.empty() ? 0 : value[0]);
  };
  switch (code) {
    case transport_disconnect:
      if (!value.empty()) pdu.transport_disconnect = value[0];
      break;
    case protocol_version:
      if (!value.empty()) pdu.version = value[0];
      break;
    case user_requirements:
      pdu.requirements = number();
      break;
    case reason_code:
      if (value.empty()) break;
      pdu.reason = value[0];
      if (value.size() > 1) {
        pdu.user_data = value.subspan(1);
        pdu.offset = at + 1;
      }
      break;
    case calling_selector:
      pdu.calling_selector = value;
      break;
    case called_selector:
      pdu.called_selector = value;
      break;
    case user_data:
    case extended_user_data:
      pdu.user_data = value;
      pdu.offset = at;
      break;
    default:
      break;
  }
}

/// The parameters of one SPDU, those inside a group at one more level.
bool read_parameters(Bytes octets, std::size_t offset, bool grouped, SessionPdu& pdu) {
  Reader in(octets);
  while (in && in.left() > 0) {
    auto const code = in.u8();
    auto const length = read_length(in);
    auto const at = in.at();
    auto const value = in.take(length);
    if (!in) return false;
    bool const group = code == connection_identifier || code == connect_accept_item;
    if (!group) take_parameter(code, value, offset + at, pdu);
    if (group && !grouped && !read_parameters(value, offset + at, true, pdu)) return false;
  }
  return static_cast<bool>(in);
}

}  // namespace

bool begins_session(Bytes tsdu) {
  if (tsdu.empty()) return false;
  switch (static_cast<Spdu>(tsdu[0])) {
    case Spdu::data_transfer:
    case Spdu::please_tokens:
    case Spdu::expedited:
    case Spdu::not_finished:
    case Spdu::finish:
    case Spdu::disconnect:
    case Spdu::refuse:
    case Spdu::connect:
    case Spdu::accept:
    case Spdu::abort:
    case Spdu::abort_accept:
    case Spdu::typed_data:
      return true;
  }
  return false;
}

Result<SessionPdu> read_session(Bytes tsdu, std::size_t offset) {
  Reader in(tsdu);
  for (std::size_t n = 0; n < most_spdus; ++n) {
    SessionPdu pdu{.si = static_cast<Spdu>(in.u8())};
    auto const length = read_length(in);
    auto const at = offset + in.at();
    auto const parameters = in.take(length);
    if (!in) return fail({Defect::truncated, offset + std::min(in.at(), tsdu.size()), "session"});
    if (!read_parameters(parameters, at, false, pdu)) return fail({Defect::truncated, at, "session"});
    bool const category_0 = n == 0 && (pdu.si == Spdu::data_transfer || pdu.si == Spdu::please_tokens) && length == 0;
    if (category_0 && in.left() >= 2 && begins_session(tsdu.subspan(in.at()))) continue;
    if (pdu.si == Spdu::data_transfer || pdu.si == Spdu::typed_data || pdu.si == Spdu::expedited) {
      pdu.offset = offset + in.at();
      pdu.user_data = in.rest();
    }
    return pdu;
  }
  return fail({Defect::bad_value, offset, "session"});
}

}  // namespace greywatch::agent::osi
