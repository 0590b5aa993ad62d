#include "agent/dissect/ptp/fields.hpp"

#include "agent/dissect/ptp/message.hpp"
#include "agent/dissect/ptp/tlv_fields.hpp"

namespace greywatch::agent::ptp {
namespace {

struct Flag {
  std::uint16_t bit;
  std::string_view name;
};
constexpr Flag flags[] = {
    {flag_alternate_master, "ptp.flag.alternate_master"},
    {flag_two_step, "ptp.flag.two_step"},
    {flag_unicast, "ptp.flag.unicast"},
    {flag_profile_1, "ptp.flag.profile_specific_1"},
    {flag_profile_2, "ptp.flag.profile_specific_2"},
    {flag_security, "ptp.flag.security"},
    {flag_leap_61, "ptp.flag.leap_61"},
    {flag_leap_59, "ptp.flag.leap_59"},
    {flag_utc_offset_valid, "ptp.flag.utc_offset_valid"},
    {flag_ptp_timescale, "ptp.flag.ptp_timescale"},
    {flag_time_traceable, "ptp.flag.time_traceable"},
    {flag_frequency_traceable, "ptp.flag.frequency_traceable"},
    {flag_uncertain, "ptp.flag.synchronization_uncertain"},
};

struct TimestampNames {
  MessageType type;
  std::string_view seconds, nanoseconds;
};
/// As the tables of the messages call the timestamp of each.
constexpr TimestampNames timestamp_names[] = {
    {MessageType::sync, "ptp.origin_timestamp.seconds", "ptp.origin_timestamp.nanoseconds"},
    {MessageType::delay_req, "ptp.origin_timestamp.seconds", "ptp.origin_timestamp.nanoseconds"},
    {MessageType::announce, "ptp.origin_timestamp.seconds", "ptp.origin_timestamp.nanoseconds"},
    {MessageType::pdelay_req, "ptp.origin_timestamp.seconds", "ptp.origin_timestamp.nanoseconds"},
    {MessageType::follow_up, "ptp.precise_origin_timestamp.seconds", "ptp.precise_origin_timestamp.nanoseconds"},
    {MessageType::delay_resp, "ptp.receive_timestamp.seconds", "ptp.receive_timestamp.nanoseconds"},
    {MessageType::pdelay_resp, "ptp.request_receipt_timestamp.seconds", "ptp.request_receipt_timestamp.nanoseconds"},
    {MessageType::pdelay_resp_follow_up, "ptp.response_origin_timestamp.seconds",
     "ptp.response_origin_timestamp.nanoseconds"},
};

void describe_header(Header const& header, FieldSink& sink) {
  sink.field("ptp.major_sdo_id", std::uint64_t{header.major_sdo_id});
  sink.field("ptp.message_type", std::uint64_t{header.type});
  sink.field("ptp.minor_version", std::uint64_t{header.minor_version});
  sink.field("ptp.version", std::uint64_t{header.version});
  sink.field("ptp.message_length", std::uint64_t{header.length});
  sink.field("ptp.domain_number", std::uint64_t{header.domain});
  sink.field("ptp.minor_sdo_id", std::uint64_t{header.minor_sdo_id});
  sink.field("ptp.flags", std::uint64_t{header.flags});
  for (auto const& flag : flags) sink.field(flag.name, (header.flags & flag.bit) != 0);
  sink.field("ptp.correction.ns", header.correction >> 16);
  sink.field("ptp.correction.sub_ns", static_cast<double>(header.correction & 0xFFFF) / 65536);
  sink.field("ptp.message_type_specific", std::uint64_t{header.type_specific});
  identity_field("ptp.clock_identity", header.source.clock, sink);
  sink.field("ptp.port_number", std::uint64_t{header.source.port});
  sink.field("ptp.sequence_id", std::uint64_t{header.sequence});
  sink.field("ptp.control_field", std::uint64_t{header.control});
  sink.field("ptp.log_message_interval", std::int64_t{header.log_interval});
}

void describe_announce(Announce const& said, FieldSink& sink) {
  sink.field("ptp.current_utc_offset", std::int64_t{said.current_utc_offset});
  sink.field("ptp.grandmaster_priority1", std::uint64_t{said.priority1});
  sink.field("ptp.grandmaster_clock_class", std::uint64_t{said.clock_class});
  sink.field("ptp.grandmaster_clock_accuracy", std::uint64_t{said.clock_accuracy});
  sink.field("ptp.grandmaster_variance", std::uint64_t{said.variance});
  sink.field("ptp.grandmaster_priority2", std::uint64_t{said.priority2});
  identity_field("ptp.grandmaster_identity", said.grandmaster, sink);
  sink.field("ptp.steps_removed", std::uint64_t{said.steps_removed});
  sink.field("ptp.time_source", std::uint64_t{said.time_source});
}

}  // namespace

void describe(void const* message, FieldSink& sink) {
  auto const& said = *static_cast<Message const*>(message);
  if (!said.whole) return;
  describe_header(said.header, sink);
  if (said.timestamp) {
    for (auto const& names : timestamp_names) {
      if (!said.header.is(names.type)) continue;
      sink.field(names.seconds, said.timestamp->seconds);
      sink.field(names.nanoseconds, std::uint64_t{said.timestamp->nanoseconds});
    }
  }
  if (said.port) {
    bool const target = said.header.is(MessageType::signaling) || said.header.is(MessageType::management);
    identity_field(target ? "ptp.target_clock_identity" : "ptp.requesting_clock_identity", said.port->clock, sink);
    sink.field(target ? "ptp.target_port_number" : "ptp.requesting_port_number", std::uint64_t{said.port->port});
  }
  if (said.announce) describe_announce(*said.announce, sink);
  if (said.management) {
    sink.field("ptp.starting_boundary_hops", std::uint64_t{said.management->starting_hops});
    sink.field("ptp.boundary_hops", std::uint64_t{said.management->hops});
    sink.field("ptp.action", std::uint64_t{said.management->action});
  }
  auto left = said.tlvs;
  while (auto const tlv = next_tlv(left)) describe_tlv(*tlv, sink);
}

}  // namespace greywatch::agent::ptp
