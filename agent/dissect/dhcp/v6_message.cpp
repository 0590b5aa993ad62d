#include "agent/dissect/dhcp/v6_message.hpp"

#include <utility>

#include "agent/dissect/dhcp/v6_walk.hpp"
#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::dhcp::v6 {
namespace {

constexpr std::size_t address_octets = 16;

}  // namespace

bool is_of_server(MessageType type) {
  switch (type) {
    case MessageType::advertise:
    case MessageType::reply:
    case MessageType::reconfigure:
    case MessageType::lease_query_reply:
    case MessageType::lease_query_done:
    case MessageType::lease_query_data:
    case MessageType::reconfigure_reply:
    case MessageType::dhcpv4_response:
    case MessageType::address_registration_reply:
      return true;
    default:
      return false;
  }
}

Bytes Message::host() const {
  switch (said) {
    case MessageType::request:
    case MessageType::confirm:
    case MessageType::renew:
    case MessageType::rebind:
    case MessageType::reply:
    case MessageType::address_registration:
    case MessageType::address_registration_reply:
      return address.empty() ? client : address;
    case MessageType::solicit:
    case MessageType::advertise:
    case MessageType::information_request:
    case MessageType::release:
    case MessageType::decline:
    case MessageType::reconfigure:
      return client;
    default:
      return {};
  }
}

void Walk::message(Bytes octets, std::size_t depth) {
  Reader in(octets);
  auto const type = static_cast<MessageType>(in.u8());
  if (in) put("dhcpv6.message_type", static_cast<std::uint64_t>(type));
  if (depth == 0) message_.type = type;
  if (is_relayed(type)) {
    auto const hops = in.u8();
    auto const link = in.take(address_octets);
    auto const peer = in.take(address_octets);
    if (!in) return refuse(Defect::truncated, place(octets) + octets.size(), "relay_header");
    put("dhcpv6.hop_count", hops);
    put_ip("dhcpv6.link_address", link);
    put_ip("dhcpv6.peer_address", peer);
    message_.peer = peer;
    if (message_.relays < UINT8_MAX) ++message_.relays;
    // What only this relay says is no word of the client's.
    auto const said = std::exchange(message_.said, MessageType::none);
    options(in.rest(), depth, relay_message);
    if (message_.said == MessageType::none) {
      message_.said = said;
      refuse(Defect::bad_value, place(octets) + octets.size(), "relay_message");  // 9.1 and 9.2: it is there
    }
    return;
  }
  message_.said = type;
  auto const code = static_cast<std::uint8_t>(type);
  if (in && (code == 0 || code > greatest_type)) return unknown("message_type", code);
  auto const transaction = in.be24();
  auto const sent = is_failover(type) ? in.be32() : 0;
  if (!in) return refuse(Defect::truncated, place(octets) + octets.size(), "header");
  message_.transaction = transaction;
  if (type == MessageType::dhcpv4_query || type == MessageType::dhcpv4_response)
    put("dhcpv6.dhcpv4_flags", transaction);  // RFC 7341, 6.2
  else
    put("dhcpv6.transaction_id", transaction);
  if (is_failover(type)) put("dhcpv6.failover.sent_time", sent);  // RFC 8156, 6.2
  options(in.rest(), depth, 0);
}

Message read_message(Bytes datagram, Emitter* emitter) {
  Message message{.octets = datagram};
  Walk(message, nullptr, emitter).message(datagram);
  return message;
}

void describe(void const* what, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(what);
  if (auto const host = message.host(); !host.empty()) sink.field("dhcpv6.host_ip", text::ip(host).view());
  constexpr std::size_t link_layer_mac = 2 + 6;
  if (message.link_layer.size() == link_layer_mac && message.link_layer[1] == 1)
    sink.field("dhcpv6.client_mac", text::mac(message.link_layer.subspan(2)).view());
  if (auto const duid = read_duid(message.client_id); duid && !mac_of(*duid).empty())
    sink.field("dhcpv6.client_mac", text::mac(mac_of(*duid)).view());
  if (message.asked != MessageType::none) {
    sink.field("dhcpv6.request_type", static_cast<std::uint64_t>(message.asked));
    sink.field("dhcpv6.response_time", static_cast<double>(message.waited_ns) / 1e9);
  }
  Message again{.octets = message.octets};
  Walk(again, &sink, nullptr).message(message.octets);
}

}  // namespace greywatch::agent::dhcp::v6
