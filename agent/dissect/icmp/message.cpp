#include "agent/dissect/icmp/message.hpp"

#include <algorithm>

namespace greywatch::agent::icmp {
namespace {

using enum Operation;

/// IANA, ICMP Type Numbers.
constexpr Type types[] = {
    {0, "Echo Reply", Shape::echo, diagnose, Role::response, 1},
    {3, "Destination Unreachable", Shape::error, diagnose, Role::unsolicited, 16},
    {4, "Source Quench", Shape::error, diagnose, Role::unsolicited, 1},
    {5, "Redirect", Shape::redirect, configure, Role::unsolicited, 4},
    {8, "Echo", Shape::echo, diagnose, Role::request, 1},
    {9, "Router Advertisement", Shape::router, configure, Role::unsolicited, 17},
    {10, "Router Solicitation", Shape::opaque, read, Role::request, 1},
    {11, "Time Exceeded", Shape::error, diagnose, Role::unsolicited, 2},
    {12, "Parameter Problem", Shape::error, diagnose, Role::unsolicited, 3},
    {13, "Timestamp", Shape::timestamp, read, Role::request, 1},
    {14, "Timestamp Reply", Shape::timestamp, read, Role::response, 1},
    {15, "Information Request", Shape::echo, read, Role::request, 1},
    {16, "Information Reply", Shape::echo, read, Role::response, 1},
    {17, "Address Mask Request", Shape::mask, read, Role::request, 1},
    {18, "Address Mask Reply", Shape::mask, read, Role::response, 1},
    {30, "Traceroute", Shape::opaque, diagnose, Role::unsolicited, 2},
    {40, "Photuris", Shape::opaque, other, Role::unsolicited, 6},
    {42, "Extended Echo Request", Shape::opaque, diagnose, Role::request, 1},
    {43, "Extended Echo Reply", Shape::opaque, diagnose, Role::response, 5},
};

/// IANA, ICMPv6 "type" Numbers.
constexpr Type types6[] = {
    {1, "Destination Unreachable", Shape::error, diagnose, Role::unsolicited, 9},
    {2, "Packet Too Big", Shape::error, diagnose, Role::unsolicited, 1},
    {3, "Time Exceeded", Shape::error, diagnose, Role::unsolicited, 2},
    {4, "Parameter Problem", Shape::error, diagnose, Role::unsolicited, 11},
    {128, "Echo Request", Shape::echo, diagnose, Role::request, 1},
    {129, "Echo Reply", Shape::echo, diagnose, Role::response, 1},
    {130, "Multicast Listener Query", Shape::listener, read, Role::request, 1},
    {131, "Multicast Listener Report", Shape::listener, report, Role::unsolicited, 1},
    {132, "Multicast Listener Done", Shape::listener, report, Role::unsolicited, 1},
    {133, "Router Solicitation", Shape::solicitation, read, Role::request, 1},
    {134, "Router Advertisement", Shape::advertisement, configure, Role::unsolicited, 1},
    {135, "Neighbor Solicitation", Shape::neighbour, read, Role::request, 1},
    {136, "Neighbor Advertisement", Shape::neighbour, report, Role::response, 1},
    {137, "Redirect Message", Shape::redirect6, configure, Role::unsolicited, 1},
    {138, "Router Renumbering", Shape::opaque, configure, Role::unsolicited, 0},
    {139, "ICMP Node Information Query", Shape::opaque, read, Role::request, 3},
    {140, "ICMP Node Information Response", Shape::opaque, read, Role::response, 3},
    {141, "Inverse Neighbor Discovery Solicitation Message", Shape::opaque, read, Role::request, 1},
    {142, "Inverse Neighbor Discovery Advertisement Message", Shape::opaque, report, Role::response, 1},
    {143, "Version 2 Multicast Listener Report", Shape::records, report, Role::unsolicited, 1},
    {144, "Home Agent Address Discovery Request Message", Shape::opaque, read, Role::request, 1},
    {145, "Home Agent Address Discovery Reply Message", Shape::opaque, read, Role::response, 1},
    {146, "Mobile Prefix Solicitation", Shape::opaque, read, Role::request, 1},
    {147, "Mobile Prefix Advertisement", Shape::opaque, configure, Role::unsolicited, 1},
    {148, "Certification Path Solicitation Message", Shape::opaque, read, Role::request, 1},
    {149, "Certification Path Advertisement Message", Shape::opaque, report, Role::unsolicited, 1},
    {151, "Multicast Router Advertisement", Shape::opaque, report, Role::unsolicited, 1},
    {152, "Multicast Router Solicitation", Shape::opaque, read, Role::request, 1},
    {153, "Multicast Router Termination", Shape::opaque, report, Role::unsolicited, 1},
    {155, "RPL Control Message", Shape::opaque, configure, Role::unsolicited, 0},
    {157, "Duplicate Address Request", Shape::opaque, read, Role::request, 1},
    {158, "Duplicate Address Confirmation", Shape::opaque, report, Role::response, 1},
    {160, "Extended Echo Request", Shape::opaque, diagnose, Role::request, 1},
    {161, "Extended Echo Reply", Shape::opaque, diagnose, Role::response, 5},
};

/// Octets that a message of the shape has at least, behind its first four.
std::size_t least_body(Shape shape) {
  switch (shape) {
    case Shape::opaque:
      return 0;
    case Shape::timestamp:
      return 16;
    case Shape::mask:
      return 8;
    case Shape::advertisement:
      return 12;
    case Shape::listener:
    case Shape::neighbour:
      return 20;
    case Shape::redirect6:
      return 36;
    default:
      return 4;
  }
}

/// The one's complement sum over the message, its checksum included. RFC 1071.
std::uint16_t sum(Bytes octets) {
  std::uint32_t total = 0;
  Reader in(octets.first(octets.size() & ~std::size_t{1}));
  while (in.left() != 0) total += in.be16();
  if ((octets.size() & 1) != 0) total += std::uint32_t{octets.back()} << 8;
  total = (total & 0xffff) + (total >> 16);
  return static_cast<std::uint16_t>(total + (total >> 16));
}

}  // namespace

Type const* find_type(bool v6, std::uint8_t type) {
  auto const rows = v6 ? std::span<Type const>(types6) : std::span<Type const>(types);
  auto const found = std::ranges::lower_bound(rows, type, {}, &Type::type);
  return found != rows.end() && found->type == type ? &*found : nullptr;
}

std::optional<Original> read_original(Bytes datagram) {
  if (datagram.empty()) return std::nullopt;
  Original original;
  Reader in(datagram);
  auto const first = in.u8();
  if (first >> 4 == 4) {
    in.skip(8);
    original.protocol = in.u8();
    in.skip(2);
    original.source = in.take(4);
    original.destination = in.take(4);
    auto const header = (first & 15u) * 4;
    if (header < 20) return std::nullopt;
    if (in && header > 20) in.skip(header - 20);
  } else if (first >> 4 == 6) {
    in.skip(5);
    original.protocol = in.u8();
    in.skip(1);
    original.source = in.take(16);
    original.destination = in.take(16);
  } else {
    return std::nullopt;
  }
  if (original.destination.empty()) return std::nullopt;
  bool const ports = original.protocol == 6 || original.protocol == 17 || original.protocol == 132;
  if (ports && in && in.left() >= 4) {
    original.source_port = in.be16();
    original.destination_port = in.be16();
  }
  return original;
}

Bytes Message::target() const {
  if (row == nullptr) return {};
  switch (row->shape) {
    case Shape::redirect:
      return body.first(4);
    case Shape::listener:
    case Shape::neighbour:
    case Shape::redirect6:
      return body.subspan(4, 16);
    default:
      return {};
  }
}

Result<void> read_message(Bytes datagram, bool v6, Message& message) {
  message.v6 = v6;
  message.octets = datagram;
  Reader in(datagram);
  message.type = in.u8();
  message.code = in.u8();
  message.checksum = in.be16();
  if (!in) return fail(in.error("header"));
  message.body = in.rest();
  auto const* row = find_type(v6, message.type);
  if (message.body.size() < (row != nullptr ? least_body(row->shape) : 0))
    return fail({Defect::truncated, datagram.size(), "body"});
  // Of ICMPv6 the sum runs over the addresses, too, which are not here.
  if (!v6 && sum(datagram) != 0xffff) return fail({Defect::bad_checksum, 2, "checksum"});
  message.row = row;
  return {};
}

}  // namespace greywatch::agent::icmp
