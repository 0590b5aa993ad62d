#include "agent/dissect/ptp/message.hpp"

namespace greywatch::agent::ptp {
namespace {

/// What stands behind the header. IEEE 1588-2019, tables 43 to 49 and 56.
struct Body {
  MessageType type;
  std::uint8_t octets;
  bool timestamp, reserved, port, tlvs;  ///< in this order; reserved are the ten octets of Pdelay_Req
};
constexpr Body bodies[] = {
    {MessageType::sync, 10, true, false, false, true},
    {MessageType::delay_req, 10, true, false, false, true},
    {MessageType::pdelay_req, 20, true, true, false, true},
    {MessageType::pdelay_resp, 20, true, false, true, true},
    {MessageType::follow_up, 10, true, false, false, true},
    {MessageType::delay_resp, 20, true, false, true, true},
    {MessageType::pdelay_resp_follow_up, 20, true, false, true, true},
    {MessageType::announce, 30, true, false, false, true},
    {MessageType::signaling, 10, false, false, true, true},
    {MessageType::management, 14, false, false, true, true},
};

Body const* find_body(std::uint8_t type) {
  for (auto const& body : bodies)
    if (static_cast<std::uint8_t>(body.type) == type) return &body;
  return nullptr;
}

Header read_header(Reader& in) {
  Header header;
  auto const first = in.u8(), second = in.u8();
  header.major_sdo_id = first >> 4;
  header.type = first & 15;
  header.minor_version = second >> 4;
  header.version = second & 15;
  header.length = in.be16();
  header.domain = in.u8();
  header.minor_sdo_id = in.u8();
  header.flags = in.be16();
  header.correction = static_cast<std::int64_t>(in.be64());
  header.type_specific = in.be32();
  header.source = read_port_identity(in);
  header.sequence = in.be16();
  header.control = in.u8();
  header.log_interval = static_cast<std::int8_t>(in.u8());
  return header;
}

Announce read_announce(Reader& in) {
  Announce said;
  said.current_utc_offset = static_cast<std::int16_t>(in.be16());
  in.skip(1);
  said.priority1 = in.u8();
  said.clock_class = in.u8();
  said.clock_accuracy = in.u8();
  said.variance = in.be16();
  said.priority2 = in.u8();
  said.grandmaster = in.be64();
  said.steps_removed = in.be16();
  said.time_source = in.u8();
  return said;
}

Management read_management(Reader& in) {
  Management said{.starting_hops = in.u8(), .hops = in.u8(), .action = in.u8()};
  said.action &= 15;
  in.skip(1);
  return said;
}

}  // namespace

PortIdentity read_port_identity(Reader& in) { return {.clock = in.be64(), .port = in.be16()}; }

Timestamp read_timestamp(Reader& in) {
  auto const upper = in.be16();
  return {.seconds = std::uint64_t{upper} << 32 | in.be32(), .nanoseconds = in.be32()};
}

std::size_t least_octets(std::uint8_t type) {
  auto const* body = find_body(type);
  return body == nullptr ? 0 : header_octets + body->octets;
}

std::optional<Tlv> next_tlv(Bytes& left) {
  Reader in(left);
  Tlv tlv{.type = in.be16(), .value = {}};
  tlv.value = in.take(in.be16());
  if (!in) return std::nullopt;
  left = in.rest();
  return tlv;
}

Message read_message(Bytes octets) {
  Message said;
  Reader head(octets);
  said.header = read_header(head);
  said.whole = static_cast<bool>(head);
  auto const refuse = [&](Defect defect, std::size_t offset, std::string_view field) {
    if (!said.malformed) said.malformed = Malformed{defect, offset, field};
  };
  if (!head) return refuse(Defect::truncated, octets.size(), "header"), said;
  auto const length = said.header.length;
  if (said.header.version != 2) refuse(Defect::bad_value, 1, "version");
  if (length < header_octets) return refuse(Defect::bad_length, 2, "message_length"), said;
  if (length > octets.size()) return refuse(Defect::truncated, octets.size(), "message_length"), said;
  said.behind = octets.size() - length;
  auto const* body = find_body(said.header.type);
  if (body == nullptr) return said;
  Reader in(octets.first(length));
  in.skip(header_octets);
  if (in.left() < body->octets) return refuse(Defect::truncated, length, "body"), said;
  if (body->timestamp) said.timestamp = read_timestamp(in);
  if (body->reserved) in.skip(10);
  if (body->port) said.port = read_port_identity(in);
  if (said.header.is(MessageType::announce)) said.announce = read_announce(in);
  if (said.header.is(MessageType::management)) said.management = read_management(in);
  if (said.timestamp && said.timestamp->nanoseconds >= 1'000'000'000)
    refuse(Defect::bad_value, header_octets + 6, "nanoseconds");
  auto const first = in.at();
  auto left = in.rest();
  auto const all = left;
  while (!left.empty() && next_tlv(left)) {
  }
  said.tlvs = all.first(all.size() - left.size());
  if (!left.empty()) refuse(Defect::bad_length, first + said.tlvs.size(), "tlv.length");
  return said;
}

}  // namespace greywatch::agent::ptp
