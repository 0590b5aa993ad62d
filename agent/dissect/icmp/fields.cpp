#include "agent/dissect/icmp/message.hpp"
#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::icmp {
namespace {

void put_ip(FieldSink& sink, std::string_view name, Bytes octets) { sink.field(name, text::ip(octets).view()); }

void describe_original(Bytes datagram, FieldSink& sink, bool v6) {
  auto const original = read_original(datagram);
  if (!original) return;
  sink.field(v6 ? "icmpv6.original.protocol" : "icmp.original.protocol", std::uint64_t{original->protocol});
  put_ip(sink, v6 ? "icmpv6.original.source_ip" : "icmp.original.source_ip", original->source);
  put_ip(sink, v6 ? "icmpv6.original.destination_ip" : "icmp.original.destination_ip", original->destination);
  if (original->source_port)
    sink.field(v6 ? "icmpv6.original.source_port" : "icmp.original.source_port", std::uint64_t{*original->source_port});
  if (original->destination_port)
    sink.field(v6 ? "icmpv6.original.destination_port" : "icmp.original.destination_port",
               std::uint64_t{*original->destination_port});
}

void describe4(Message const& message, FieldSink& sink) {
  auto const body = message.body;
  switch (message.row->shape) {
    case Shape::echo:
      sink.field("icmp.identifier", std::uint64_t{message.identifier()});
      sink.field("icmp.sequence_number", std::uint64_t{message.sequence()});
      sink.field("icmp.data_octets", std::uint64_t{message.data().size()});
      return;
    case Shape::timestamp: {
      sink.field("icmp.identifier", std::uint64_t{message.identifier()});
      sink.field("icmp.sequence_number", std::uint64_t{message.sequence()});
      Reader in(message.data());
      sink.field("icmp.originate_timestamp", std::uint64_t{in.be32()});
      sink.field("icmp.receive_timestamp", std::uint64_t{in.be32()});
      sink.field("icmp.transmit_timestamp", std::uint64_t{in.be32()});
      return;
    }
    case Shape::mask:
      sink.field("icmp.identifier", std::uint64_t{message.identifier()});
      sink.field("icmp.sequence_number", std::uint64_t{message.sequence()});
      put_ip(sink, "icmp.address_mask", body.subspan(4, 4));
      return;
    case Shape::redirect:
      put_ip(sink, "icmp.gateway", body.first(4));
      describe_original(body.subspan(4), sink, false);
      return;
    case Shape::error:
      // RFC 1191, 4: the next hop's MTU; RFC 792: the octet that is wrong.
      if (message.type == 3 && message.code == 4) sink.field("icmp.mtu", std::uint64_t{message.sequence()});
      if (message.type == 12) sink.field("icmp.pointer", std::uint64_t{body[0]});
      describe_original(body.subspan(4), sink, false);
      return;
    case Shape::router: {
      Reader in(body);
      auto const count = in.u8();
      auto const words = in.u8();
      sink.field("icmp.num_addrs", std::uint64_t{count});
      sink.field("icmp.addr_entry_size", std::uint64_t{words});
      sink.field("icmp.lifetime", std::uint64_t{in.be16()});
      for (unsigned n = 0; n < count && words >= 2 && in.left() >= words * 4u; ++n) {
        put_ip(sink, "icmp.router_address", in.take(4));
        sink.field("icmp.preference_level", static_cast<std::int64_t>(static_cast<std::int32_t>(in.be32())));
        in.skip(words * 4u - 8);
      }
      return;
    }
    default:
      return;
  }
}

/// Options of neighbour discovery: type, length in units of eight octets. RFC 4861, 4.6.
void describe_options(Bytes options, FieldSink& sink) {
  while (options.size() >= 8) {
    auto const type = options[0];
    auto const length = std::size_t{options[1]} * 8;
    if (length == 0 || length > options.size()) return;
    auto const value = options.subspan(2, length - 2);
    options = options.subspan(length);
    sink.field("icmpv6.option.type", std::uint64_t{type});
    sink.field("icmpv6.option.length", std::uint64_t{length / 8});
    Reader in(value);
    switch (type) {
      case 1:
      case 2:
        if (value.size() == 6) sink.field("icmpv6.option.link_layer_address", text::mac(value).view());
        break;
      case 3: {  // prefix information, 4.6.2
        if (value.size() < 30) break;
        sink.field("icmpv6.option.prefix_length", std::uint64_t{in.u8()});
        auto const flags = in.u8();
        sink.field("icmpv6.option.on_link", (flags & 0x80) != 0);
        sink.field("icmpv6.option.autonomous", (flags & 0x40) != 0);
        sink.field("icmpv6.option.valid_lifetime", std::uint64_t{in.be32()});
        sink.field("icmpv6.option.preferred_lifetime", std::uint64_t{in.be32()});
        in.skip(4);
        put_ip(sink, "icmpv6.option.prefix", in.take(16));
        break;
      }
      case 5:  // MTU, 4.6.4
        in.skip(2);
        sink.field("icmpv6.option.mtu", std::uint64_t{in.be32()});
        break;
      case 25:  // recursive DNS servers, RFC 8106, 5.1
        in.skip(2);
        sink.field("icmpv6.option.rdnss_lifetime", std::uint64_t{in.be32()});
        while (in.left() >= 16) put_ip(sink, "icmpv6.option.rdnss", in.take(16));
        break;
      default:
        break;
    }
  }
}

/// Address records of a listener report. RFC 3810, 5.2.
void describe_records(Bytes body, FieldSink& sink) {
  Reader in(body);
  in.skip(2);
  auto const count = in.be16();
  sink.field("icmpv6.number_of_records", std::uint64_t{count});
  for (unsigned n = 0; n < count && in.left() >= 20; ++n) {
    sink.field("icmpv6.record_type", std::uint64_t{in.u8()});
    auto const auxiliary = in.u8();
    auto const sources = in.be16();
    put_ip(sink, "icmpv6.multicast_address", in.take(16));
    in.skip(std::size_t{sources} * 16 + auxiliary * 4u);
  }
}

void describe6(Message const& message, FieldSink& sink) {
  auto const body = message.body;
  Reader in(body);
  switch (message.row->shape) {
    case Shape::echo:
      sink.field("icmpv6.identifier", std::uint64_t{message.identifier()});
      sink.field("icmpv6.sequence_number", std::uint64_t{message.sequence()});
      sink.field("icmpv6.data_octets", std::uint64_t{message.data().size()});
      return;
    case Shape::error: {
      auto const word = in.be32();
      if (message.type == 2) sink.field("icmpv6.mtu", std::uint64_t{word});
      if (message.type == 4) sink.field("icmpv6.pointer", std::uint64_t{word});
      describe_original(body.subspan(4), sink, true);
      return;
    }
    case Shape::listener:
      sink.field("icmpv6.maximum_response_delay", std::uint64_t{message.identifier()});
      put_ip(sink, "icmpv6.multicast_address", message.target());
      return;
    case Shape::records:
      describe_records(body, sink);
      return;
    case Shape::solicitation:
      describe_options(body.subspan(4), sink);
      return;
    case Shape::advertisement: {
      sink.field("icmpv6.cur_hop_limit", std::uint64_t{in.u8()});
      auto const flags = in.u8();
      sink.field("icmpv6.managed", (flags & 0x80) != 0);
      sink.field("icmpv6.other_configuration", (flags & 0x40) != 0);
      sink.field("icmpv6.router_lifetime", std::uint64_t{in.be16()});
      sink.field("icmpv6.reachable_time", std::uint64_t{in.be32()});
      sink.field("icmpv6.retrans_timer", std::uint64_t{in.be32()});
      describe_options(in.rest(), sink);
      return;
    }
    case Shape::neighbour:
      if (message.type == 136) {
        sink.field("icmpv6.router", (body[0] & 0x80) != 0);
        sink.field("icmpv6.solicited", (body[0] & 0x40) != 0);
        sink.field("icmpv6.override", (body[0] & 0x20) != 0);
        put_ip(sink, "icmpv6.advertised_address", message.target());
      } else {
        put_ip(sink, "icmpv6.solicited_address", message.target());
      }
      describe_options(body.subspan(20), sink);
      return;
    case Shape::redirect6:
      put_ip(sink, "icmpv6.redirect_target", message.target());
      put_ip(sink, "icmpv6.redirect_destination", body.subspan(20, 16));
      describe_options(body.subspan(36), sink);
      return;
    default:
      return;
  }
}

}  // namespace

void describe(void const* what, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(what);
  if (message.octets.size() < 4) return;
  auto const v6 = message.v6;
  sink.field(v6 ? "icmpv6.type" : "icmp.type", std::uint64_t{message.type});
  sink.field(v6 ? "icmpv6.code" : "icmp.code", std::uint64_t{message.code});
  sink.field(v6 ? "icmpv6.checksum" : "icmp.checksum", std::uint64_t{message.checksum});
  if (message.row == nullptr) return;
  sink.field(v6 ? "icmpv6.name" : "icmp.name", message.row->name);
  v6 ? describe6(message, sink) : describe4(message, sink);
}

}  // namespace greywatch::agent::icmp
