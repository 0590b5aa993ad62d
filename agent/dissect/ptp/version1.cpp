#include "agent/dissect/ptp/version1.hpp"

namespace greywatch::agent::ptp {
namespace {

constexpr std::size_t least_octets = 40, sync_octets = 124;

Bytes trimmed(Bytes text) {
  while (!text.empty() && text.back() == 0) text = text.first(text.size() - 1);
  return text;
}

std::uint64_t be48(Reader& in) {
  auto const upper = in.be16();
  return std::uint64_t{upper} << 32 | in.be32();
}

}  // namespace

bool is_version1(Bytes octets) { return octets.size() >= 2 && octets[0] == 0 && octets[1] == 1; }

Version1 read_version1(Bytes octets) {
  Version1 said;
  Reader in(octets);
  said.version = in.be16();
  said.version_network = in.be16();
  said.subdomain = trimmed(in.take(16));
  said.message_type = in.u8();
  in.skip(1);  // sourceCommunicationTechnology
  said.source_uuid = be48(in);
  said.source_port = in.be16();
  said.sequence = in.be16();
  said.control = in.u8();
  in.skip(1);
  said.flags = in.be16();
  in.skip(4);
  if (!in) {
    said.malformed = Malformed{Defect::truncated, octets.size(), "header"};
    return said;
  }
  if (said.control > 1) return said;
  if (octets.size() < sync_octets) {
    said.malformed = Malformed{Defect::truncated, octets.size(), "body"};
    return said;
  }
  static_assert(least_octets == 40);
  said.has_time = true;
  said.seconds = in.be32();
  said.nanoseconds = in.be32();
  in.skip(2);  // epochNumber
  said.current_utc_offset = static_cast<std::int16_t>(in.be16());
  in.skip(2);  // grandmasterCommunicationTechnology
  said.grandmaster_uuid = be48(in);
  in.skip(2 + 2 + 3);  // grandmasterPortId, grandmasterSequenceId
  said.grandmaster_stratum = in.u8();
  said.grandmaster_identifier = trimmed(in.take(4));
  return said;
}

void describe_version1(void const* message, FieldSink& sink) {
  auto const& said = *static_cast<Version1 const*>(message);
  sink.field("ptp.version", std::uint64_t{said.version});
  if (said.malformed && said.malformed->field == "header") return;
  sink.field("ptp.v1.version_network", std::uint64_t{said.version_network});
  sink.field("ptp.v1.subdomain", as_text(said.subdomain));
  sink.field("ptp.v1.message_type", std::uint64_t{said.message_type});
  sink.field("ptp.v1.source_uuid", said.source_uuid);
  sink.field("ptp.port_number", std::uint64_t{said.source_port});
  sink.field("ptp.sequence_id", std::uint64_t{said.sequence});
  sink.field("ptp.control_field", std::uint64_t{said.control});
  sink.field("ptp.flags", std::uint64_t{said.flags});
  if (!said.has_time) return;
  sink.field("ptp.v1.origin_timestamp.seconds", std::uint64_t{said.seconds});
  sink.field("ptp.v1.origin_timestamp.nanoseconds", std::uint64_t{said.nanoseconds});
  sink.field("ptp.current_utc_offset", std::int64_t{said.current_utc_offset});
  sink.field("ptp.v1.grandmaster_uuid", said.grandmaster_uuid);
  sink.field("ptp.v1.grandmaster_stratum", std::uint64_t{said.grandmaster_stratum});
  sink.field("ptp.v1.grandmaster_identifier", as_text(said.grandmaster_identifier));
}

}  // namespace greywatch::agent::ptp
