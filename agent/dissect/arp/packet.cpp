#include "agent/dissect/arp/packet.hpp"

#include <algorithm>

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::arp {
namespace {

bool is_zero(Bytes octets) {
  return std::ranges::all_of(octets, [](std::uint8_t octet) { return octet == 0; });
}

}  // namespace

bool Packet::gratuitous() const {
  return is_ipv4() && (is(Opcode::request) || is(Opcode::reply)) && !is_zero(sender_protocol) &&
         std::ranges::equal(sender_protocol, target_protocol);
}

bool Packet::probe() const {
  return is_ipv4() && is(Opcode::request) && is_zero(sender_protocol) && !is_zero(target_protocol);
}

Result<void> read_packet(Bytes frame, Packet& packet) {
  Reader in(frame);
  packet.hardware_type = in.be16();
  packet.protocol_type = in.be16();
  packet.hardware_size = in.u8();
  packet.protocol_size = in.u8();
  packet.opcode = in.be16();
  if (!in) return fail(in.error("header"));
  packet.sender_hardware = in.take(packet.hardware_size);
  packet.sender_protocol = in.take(packet.protocol_size);
  packet.target_hardware = in.take(packet.hardware_size);
  packet.target_protocol = in.take(packet.protocol_size);
  if (!in) return fail(in.error("addresses"));
  bool const ethernet = packet.hardware_type == 1 || packet.hardware_type == 6;
  if (ethernet && packet.hardware_size != 6) return fail({Defect::bad_length, 4, "hardware_size"});
  if (packet.protocol_type == 0x0800 && packet.protocol_size != 4)
    return fail({Defect::bad_length, 5, "protocol_size"});
  if (packet.opcode == 0) return fail({Defect::bad_value, 6, "opcode"});
  return {};
}

void describe(void const* message, FieldSink& sink) {
  auto const& packet = *static_cast<Packet const*>(message);
  sink.field("arp.hardware_type", std::uint64_t{packet.hardware_type});
  sink.field("arp.protocol_type", std::uint64_t{packet.protocol_type});
  sink.field("arp.hardware_size", std::uint64_t{packet.hardware_size});
  sink.field("arp.protocol_size", std::uint64_t{packet.protocol_size});
  sink.field("arp.opcode", std::uint64_t{packet.opcode});
  auto const put_mac = [&](std::string_view name, Bytes octets) {
    if (packet.is_mac() && !octets.empty()) sink.field(name, text::mac(octets).view());
  };
  auto const put_ip = [&](std::string_view name, Bytes octets) {
    if (packet.is_ip() && !octets.empty()) sink.field(name, text::ip(octets).view());
  };
  put_mac("arp.sender_mac", packet.sender_hardware);
  put_ip("arp.sender_ip", packet.sender_protocol);
  put_mac("arp.target_mac", packet.target_hardware);
  put_ip("arp.target_ip", packet.target_protocol);
  if (packet.target_protocol.empty()) return;
  if (packet.gratuitous()) sink.field("arp.gratuitous", true);
  if (packet.announcement()) sink.field("arp.announcement", true);
  if (packet.probe()) sink.field("arp.probe", true);
}

}  // namespace greywatch::agent::arp
