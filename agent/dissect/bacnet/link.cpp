#include "agent/dissect/bacnet/link.hpp"

#include <iterator>

namespace greywatch::agent::bacnet {
namespace {

constexpr std::string_view functions[] = {
    "BVLC-Result",
    "Write-Broadcast-Distribution-Table",
    "Read-Broadcast-Distribution-Table",
    "Read-Broadcast-Distribution-Table-Ack",
    "Forwarded-NPDU",
    "Register-Foreign-Device",
    "Read-Foreign-Device-Table",
    "Read-Foreign-Device-Table-Ack",
    "Delete-Foreign-Device-Table-Entry",
    "Distribute-Broadcast-To-Network",
    "Original-Unicast-NPDU",
    "Original-Broadcast-NPDU",
    "Secure-BVLL",
};

constexpr std::string_view messages[] = {
    "Who-Is-Router-To-Network",
    "I-Am-Router-To-Network",
    "I-Could-Be-Router-To-Network",
    "Reject-Message-To-Network",
    "Router-Busy-To-Network",
    "Router-Available-To-Network",
    "Initialize-Routing-Table",
    "Initialize-Routing-Table-Ack",
    "Establish-Connection-To-Network",
    "Disconnect-Connection-To-Network",
    "Challenge-Request",
    "Security-Payload",
    "Security-Response",
    "Request-Key-Update",
    "Update-Key-Set",
    "Update-Distribution-Key",
    "Request-Master-Key",
    "Set-Master-Key",
    "What-Is-Network-Number",
    "Network-Number-Is",
};

std::uint16_t be16(Bytes octets, std::size_t at) {
  return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}

/// A network number, the length of an address, and the address. 6.2.2.
Result<Network::Place> read_place(Bytes packet, std::size_t& at, std::string_view field) {
  if (packet.size() - at < 3) return fail({Defect::truncated, packet.size(), field});
  Network::Place place{.network = be16(packet, at), .address = {}};
  std::size_t const length = packet[at + 2];
  at += 3;
  if (packet.size() - at < length) return fail({Defect::truncated, packet.size(), field});
  place.address = packet.subspan(at, length);
  at += length;
  return place;
}

}  // namespace

std::string_view link_function(std::uint8_t function) {
  return function < std::size(functions) ? functions[function] : std::string_view{};
}

std::string_view network_message(std::uint8_t type) {
  return type < std::size(messages) ? messages[type] : std::string_view{};
}

Result<Link> read_link(Bytes datagram) {
  if (datagram.size() < 4) return fail({Defect::truncated, datagram.size(), "bvlc"});
  if (datagram[0] != 0x81) return fail({Defect::bad_value, 0, "bvlc.type"});
  Link link;
  link.function = datagram[1];
  link.length = be16(datagram, 2);
  auto const body = datagram.subspan(4);
  auto const needs = [&](bool fits) {
    return fits ? Result<Link>(link) : fail({Defect::bad_length, 2, "bvlc.length"});
  };
  switch (link.function) {
    case 0:
      if (body.size() == 2) link.result = be16(body, 0);
      return needs(body.size() == 2);
    case 1:
    case 3:
    case 7:
      link.table = body;
      return needs(body.size() % table_entry_octets == 0);
    case 2:
    case 6:
      return needs(body.empty());
    case 4:
      if (body.size() >= 6) link.forwarded_from = body.first(6), link.packet = body.subspan(6);
      return needs(body.size() >= 8);
    case 5:
      if (body.size() == 2) link.time_to_live = be16(body, 0);
      return needs(body.size() == 2);
    case 8:
      link.table = body;
      return needs(body.size() == 6);
    case 9:
    case 10:
    case 11:
      link.packet = body;
      return needs(body.size() >= 2);
    default:
      return link;  // the caller counts what is unknown
  }
}

Result<Network> read_network(Bytes packet) {
  if (packet.size() < 2) return fail({Defect::truncated, packet.size(), "npdu"});
  if (packet[0] != 1) return fail({Defect::bad_value, 0, "npdu.version"});
  auto const control = packet[1];
  if (control & 0x50) return fail({Defect::bad_value, 1, "npdu.control"});
  Network network;
  network.control = control;
  network.expecting_reply = (control & 4) != 0;
  network.priority = control & 3;
  std::size_t at = 2;
  if (control & 0x20) {
    auto const place = read_place(packet, at, "npdu.destination");
    if (!place) return fail(place.error());
    network.destination = *place;
  }
  if (control & 8) {
    auto const from = at;
    auto const place = read_place(packet, at, "npdu.source");
    if (!place) return fail(place.error());
    // A source is one station of one network. 6.2.2.
    if (place->address.empty() || place->network == 0xffff) return fail({Defect::bad_value, from, "npdu.source"});
    network.source = *place;
  }
  if (network.destination) {
    if (at == packet.size()) return fail({Defect::truncated, at, "npdu.hop_count"});
    network.hop_count = packet[at++];
  }
  if (control & 0x80) {
    if (at == packet.size()) return fail({Defect::truncated, at, "npdu.message_type"});
    network.message_type = packet[at++];
    if (*network.message_type >= 0x80) {
      if (packet.size() - at < 2) return fail({Defect::truncated, packet.size(), "npdu.vendor"});
      network.vendor = be16(packet, at);
      at += 2;
    }
  }
  network.rest = packet.subspan(at);
  return network;
}

}  // namespace greywatch::agent::bacnet
