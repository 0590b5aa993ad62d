#include "agent/dissect/dns/message.hpp"

namespace greywatch::agent::dns {
namespace {

void describe_header(Header const& header, Kin kin, FieldSink& sink) {
  sink.field("dns.id", std::uint64_t{header.id});
  sink.field("dns.flags", std::uint64_t{header.flags});
  sink.field("dns.response", header.response());
  sink.field("dns.opcode", std::uint64_t{header.opcode()});
  sink.field("dns.truncated", header.truncated());
  if (kin == Kin::llmnr) {
    sink.field("dns.conflict", header.authoritative());
    sink.field("dns.tentative", header.recursion_desired());
  } else {
    if (header.response()) sink.field("dns.authoritative", header.authoritative());
    sink.field("dns.recursion_desired", header.recursion_desired());
    if (header.response()) sink.field("dns.recursion_available", header.recursion_available());
    if (header.response() || header.authenticated()) sink.field("dns.authenticated_data", header.authenticated());
    sink.field("dns.checking_disabled", header.checking_disabled());
  }
  if (header.response()) sink.field("dns.response_code", std::uint64_t{header.rcode()});
  if (header.is_update()) {
    sink.field("dns.zones", std::uint64_t{header.questions});
    sink.field("dns.prerequisites", std::uint64_t{header.answers});
    sink.field("dns.updates", std::uint64_t{header.authorities});
  } else {
    sink.field("dns.questions", std::uint64_t{header.questions});
    sink.field("dns.answers", std::uint64_t{header.answers});
    sink.field("dns.authority_records", std::uint64_t{header.authorities});
  }
  sink.field("dns.additional_records", std::uint64_t{header.additional});
}

/// RFC 6891, 6.1.2 and 6.1.3.
void describe_opt(Bytes message, Record const& record, FieldSink& sink) {
  sink.field("dns.opt.udp_payload_size", std::uint64_t{record.rclass});
  sink.field("dns.opt.extended_rcode", std::uint64_t{record.ttl >> 24});
  sink.field("dns.opt.version", std::uint64_t{record.ttl >> 16 & 0xff});
  sink.field("dns.opt.dnssec_ok", (record.ttl & 0x8000) != 0);
  Reader in(message.subspan(record.data, record.length));
  while (in.left() >= 4) {
    sink.field("dns.opt.code", std::uint64_t{in.be16()});
    auto const length = in.be16();
    sink.field("dns.opt.length", std::uint64_t{length});
    in.skip(length);
  }
}

void put_name(Bytes message, std::size_t& at, std::string_view field, FieldSink& sink) {
  Name name;
  if (!read_name(message, at, name)) sink.field(field, name.view());
}

void describe_text(Bytes data, FieldSink& sink) {
  Reader in(data);
  while (in.left() != 0) {
    auto const length = in.u8();
    auto const some = in.take(std::min<std::size_t>(length, in.left()));
    sink.field("dns.txt.length", std::uint64_t{length});
    sink.field("dns.txt", as_text(some));
  }
}

void describe_data(Bytes message, Record const& record, FieldSink& sink) {
  auto at = record.data;
  auto const data = message.subspan(record.data, record.length);
  Reader in(data);
  switch (record.type) {
    case 1:
      sink.field("dns.a", text::ip(data).view());
      return;
    case 2:
      return put_name(message, at, "dns.ns", sink);
    case 5:
      return put_name(message, at, "dns.cname", sink);
    case 6:
      put_name(message, at, "dns.soa.mname", sink);
      put_name(message, at, "dns.soa.rname", sink);
      in = Reader(message.subspan(at));
      sink.field("dns.soa.serial", std::uint64_t{in.be32()});
      sink.field("dns.soa.refresh", std::uint64_t{in.be32()});
      sink.field("dns.soa.retry", std::uint64_t{in.be32()});
      sink.field("dns.soa.expire", std::uint64_t{in.be32()});
      sink.field("dns.soa.minimum", std::uint64_t{in.be32()});
      return;
    case 12:
      return put_name(message, at, "dns.ptr", sink);
    case 13:
      sink.field("dns.hinfo.cpu", as_text(in.take(in.u8())));
      sink.field("dns.hinfo.os", as_text(in.take(in.u8())));
      return;
    case 15:
      sink.field("dns.mx.preference", std::uint64_t{in.be16()});
      at += 2;
      return put_name(message, at, "dns.mx.exchange", sink);
    case 16:
      return describe_text(data, sink);
    case 28:
      sink.field("dns.aaaa", text::ip(data).view());
      return;
    case 33:
      sink.field("dns.srv.priority", std::uint64_t{in.be16()});
      sink.field("dns.srv.weight", std::uint64_t{in.be16()});
      sink.field("dns.srv.port", std::uint64_t{in.be16()});
      at += 6;
      return put_name(message, at, "dns.srv.target", sink);
    default:
      return;
  }
}

}  // namespace

void describe(void const* what, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(what);
  if (message.octets.size() < header_octets) return;
  auto const header = read_header(message.octets);
  describe_header(header, message.kin, sink);
  // Multicast DNS takes the upper bit of the class: a unicast answer is wanted, or what was known is void. RFC 6762,
  // 5.4 and 10.2.
  bool const multicast = message.kin == Kin::multicast;
  std::uint16_t const mask = multicast ? 0x7fff : 0xffff;
  Walk walk(message.octets, header);
  while (auto const question = walk.question()) {
    sink.field("dns.question.name", walk.name.view());
    sink.field("dns.question.type", std::uint64_t{question->type});
    sink.field("dns.question.class", static_cast<std::uint64_t>(question->qclass & mask));
    if (multicast) sink.field("dns.question.unicast", (question->qclass & 0x8000) != 0);
  }
  while (auto const record = walk.record()) {
    sink.field("dns.record.name", walk.name.view());
    sink.field("dns.record.type", std::uint64_t{record->type});
    sink.field("dns.record.length", std::uint64_t{record->length});
    if (record->type == 41) {
      describe_opt(message.octets, *record, sink);
      continue;
    }
    sink.field("dns.record.class", static_cast<std::uint64_t>(record->rclass & mask));
    if (multicast) sink.field("dns.record.cache_flush", (record->rclass & 0x8000) != 0);
    sink.field("dns.record.ttl", std::uint64_t{record->ttl});
    if (record->length != 0 && data_fits(message.octets, *record)) describe_data(message.octets, *record, sink);
  }
}

}  // namespace greywatch::agent::dns
