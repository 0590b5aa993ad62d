#include "agent/dissect/ptp/tlv_fields.hpp"

#include <algorithm>

#include "agent/dissect/ptp/tables.hpp"
#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::ptp {
namespace {

constexpr char digits[] = "0123456789abcdef";

/// Opaque octets, as hexadecimal digits.
void opaque(std::string_view name, Bytes octets, FieldSink& sink) {
  if (!octets.empty()) sink.field(name, text::hex(octets).view());
}

/// 2^-16 ns.
double nanoseconds(std::uint64_t interval) { return static_cast<double>(static_cast<std::int64_t>(interval)) / 65536; }

/// Texts that hold several things between semicolons: IEEE 1588-2019, 15.5.3.1.2, productDescription is maker, model
/// and number of the instance, revisionData of hardware, firmware and software.
void describe_list(std::string_view list, std::span<std::string_view const> names, FieldSink& sink) {
  for (auto name : names) {
    auto const end = std::min(list.find(';'), list.size());
    if (end > 0) sink.field(name, list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}
constexpr std::string_view product_names[] = {"ptp.management.manufacturer", "ptp.management.model",
                                              "ptp.management.serial"};
constexpr std::string_view revision_names[] = {"ptp.management.hardware_revision", "ptp.management.firmware_revision",
                                               "ptp.management.software_revision"};

void describe_text(std::string_view name, std::string_view text, FieldSink& sink) {
  if (text.empty()) return;
  sink.field(name, text);
  if (name == "ptp.management.product_description") describe_list(text, product_names, sink);
  if (name == "ptp.management.revision_data") describe_list(text, revision_names, sink);
}

/// Names one element, if all of it is there.
void describe_part(Part const& part, Reader& in, FieldSink& sink) {
  auto const ahead = [&](auto value) {
    if (in) sink.field(part.name, value);
  };
  switch (part.element) {
    case Element::u8:
      return ahead(std::uint64_t{in.u8()});
    case Element::i8:
      return ahead(std::int64_t{static_cast<std::int8_t>(in.u8())});
    case Element::u16:
      return ahead(std::uint64_t{in.be16()});
    case Element::i16:
      return ahead(std::int64_t{static_cast<std::int16_t>(in.be16())});
    case Element::i32:
      return ahead(std::int64_t{static_cast<std::int32_t>(in.be32())});
    case Element::interval:
      return ahead(nanoseconds(in.be64()));
    case Element::clock: {
      auto const identity = in.be64();
      if (in) identity_field(part.name, identity, sink);
      return;
    }
    case Element::timestamp: {
      auto const time = read_timestamp(in);
      ahead(time.seconds);
      if (in) sink.field("ptp.management.current_time.nanoseconds", std::uint64_t{time.nanoseconds});
      return;
    }
    case Element::seconds: {
      auto const upper = in.be16();
      return ahead(std::uint64_t{upper} << 32 | in.be32());
    }
    case Element::clocks:
      while (in.left() >= 8) identity_field(part.name, in.be64(), sink);
      return;
    case Element::text:
      return describe_text(part.name, as_text(in.take(in.u8())), sink);
    case Element::octets:
      return opaque(part.name, in.take(in.be16()), sink);
    case Element::three:
      return opaque(part.name, in.take(3), sink);
    case Element::six:
      return opaque(part.name, in.take(6), sink);
    case Element::skipped:
      return in.skip(1);
  }
}

void describe_management(Bytes value, FieldSink& sink) {
  Reader in(value);
  auto const id = in.be16();
  if (!in) return;
  sink.field("ptp.management.id", std::uint64_t{id});
  auto const* row = find_management_id(id);
  if (row == nullptr || row->parts.empty()) return opaque("ptp.management.data", in.rest(), sink);
  if (in.left() == 0) return;  // a GET asks with no data
  for (auto const& part : row->parts)
    if (in) describe_part(part, in, sink);
}

void describe_management_error(Bytes value, FieldSink& sink) {
  Reader in(value);
  auto const error = in.be16(), id = in.be16();
  in.skip(4);
  if (!in) return;
  sink.field("ptp.management.error", std::uint64_t{error});
  sink.field("ptp.management.id", std::uint64_t{id});
  if (in.left() > 0) describe_text("ptp.management.display_data", as_text(in.take(in.u8())), sink);
}

/// IEEE C37.238-2011 and -2017, 5.12 of the latter; IEEE 802.1AS-2020, 11.4.4.3.
void describe_organization(Bytes value, FieldSink& sink) {
  constexpr std::uint32_t c37_238 = 0x1C129D, ieee_802_1 = 0x0080C2;
  Reader in(value);
  auto const organization = in.be24(), kind = in.be24();
  if (!in) return;
  sink.field("ptp.tlv.organization_id", std::uint64_t{organization});
  sink.field("ptp.tlv.organization_sub_type", std::uint64_t{kind});
  auto const left = in.left();
  if (organization == c37_238 && kind == 1 && left >= 10) {
    sink.field("ptp.c37_238.grandmaster_id", std::uint64_t{in.be16()});
    sink.field("ptp.c37_238.grandmaster_time_inaccuracy", std::uint64_t{in.be32()});
    sink.field("ptp.c37_238.network_time_inaccuracy", std::uint64_t{in.be32()});
  } else if (organization == c37_238 && kind == 2 && left >= 10) {
    sink.field("ptp.c37_238.grandmaster_id", std::uint64_t{in.be16()});
    in.skip(4);
    sink.field("ptp.c37_238.total_time_inaccuracy", std::uint64_t{in.be32()});
  } else if (organization == ieee_802_1 && kind == 1 && left >= 22) {
    sink.field("ptp.802_1as.cumulative_rate_offset", std::int64_t{static_cast<std::int32_t>(in.be32())});
    sink.field("ptp.802_1as.time_base_indicator", std::uint64_t{in.be16()});
  } else {
    opaque("ptp.tlv.data", in.rest(), sink);
  }
}

void describe_unicast(Tlv const& tlv, FieldSink& sink) {
  Reader in(tlv.value);
  auto const type = in.u8() >> 4;
  if (in) sink.field("ptp.unicast.message_type", static_cast<std::uint64_t>(type));
  if (tlv.type != tlv_request_unicast && tlv.type != tlv_grant_unicast) return;
  auto const interval = static_cast<std::int8_t>(in.u8());
  auto const duration = in.be32();
  if (!in) return;
  sink.field("ptp.unicast.log_interval", std::int64_t{interval});
  sink.field("ptp.unicast.duration", std::uint64_t{duration});
  if (tlv.type != tlv_grant_unicast) return;
  in.skip(1);
  auto const renewal = in.u8();
  if (in) sink.field("ptp.unicast.renewal_invited", (renewal & 1) != 0);
}

/// IEEE 1588-2019, 16.3.
void describe_alternate_offset(Bytes value, FieldSink& sink) {
  Reader in(value);
  auto const key = in.u8();
  auto const offset = static_cast<std::int32_t>(in.be32()), jump = static_cast<std::int32_t>(in.be32());
  auto const upper = in.be16();
  auto const next = std::uint64_t{upper} << 32 | in.be32();
  if (!in) return;
  sink.field("ptp.alternate_offset.key", std::uint64_t{key});
  sink.field("ptp.alternate_offset.current", std::int64_t{offset});
  sink.field("ptp.alternate_offset.jump", std::int64_t{jump});
  sink.field("ptp.alternate_offset.next_jump", next);
  auto const name = in.take(in.u8());
  if (in) sink.field("ptp.alternate_offset.name", as_text(name));
}

}  // namespace

void identity_field(std::string_view name, std::uint64_t identity, FieldSink& sink) {
  char text[18] = {'0', 'x'};
  for (int at = 0; at < 16; ++at) text[2 + at] = digits[identity >> (60 - 4 * at) & 15];
  sink.field(name, std::string_view(text, sizeof text));
}

void describe_tlv(Tlv const& tlv, FieldSink& sink) {
  sink.field("ptp.tlv.type", std::uint64_t{tlv.type});
  sink.field("ptp.tlv.length", std::uint64_t{tlv.value.size()});
  switch (tlv.type) {
    case tlv_management:
      return describe_management(tlv.value, sink);
    case tlv_management_error:
      return describe_management_error(tlv.value, sink);
    case tlv_organization:
    case tlv_organization_propagate:
    case tlv_organization_once:
      return describe_organization(tlv.value, sink);
    case tlv_request_unicast:
    case tlv_grant_unicast:
    case tlv_cancel_unicast:
    case tlv_acknowledge_cancel:
      return describe_unicast(tlv, sink);
    case tlv_path_trace:
      for (Reader in(tlv.value); in.left() >= 8;) identity_field("ptp.path_trace", in.be64(), sink);
      return;
    case tlv_alternate_offset:
      return describe_alternate_offset(tlv.value, sink);
    default:
      opaque("ptp.tlv.data", tlv.value, sink);
  }
}

}  // namespace greywatch::agent::ptp
