#include "agent/dissect/bacnet/apdu.hpp"

#include <span>

namespace greywatch::agent::bacnet {
namespace {

constexpr std::string_view kinds[] = {
    "Confirmed-Request", "Unconfirmed-Request", "SimpleACK", "ComplexACK", "SegmentACK", "Error", "Reject", "Abort"};

// clang-format off
constexpr Service confirmed[] = {
    {"acknowledgeAlarm", Operation::control},
    {"confirmedCOVNotification", Operation::report},
    {"confirmedEventNotification", Operation::report},
    {"getAlarmSummary", Operation::read},
    {"getEnrollmentSummary", Operation::read},
    {"subscribeCOV", Operation::configure},
    {"atomicReadFile", Operation::file},
    {"atomicWriteFile", Operation::file},
    {"addListElement", Operation::write},
    {"removeListElement", Operation::write},
    {"createObject", Operation::configure},
    {"deleteObject", Operation::configure},
    {"readProperty", Operation::read},
    {"readPropertyConditional", Operation::read},
    {"readPropertyMultiple", Operation::read},
    {"writeProperty", Operation::write},
    {"writePropertyMultiple", Operation::write},
    {"deviceCommunicationControl", Operation::control},
    {"confirmedPrivateTransfer", Operation::other},
    {"confirmedTextMessage", Operation::other},
    {"reinitializeDevice", Operation::control},
    {"vtOpen", Operation::session},
    {"vtClose", Operation::session},
    {"vtData", Operation::session},
    {"authenticate", Operation::session},
    {"requestKey", Operation::session},
    {"readRange", Operation::read},
    {"lifeSafetyOperation", Operation::control},
    {"subscribeCOVProperty", Operation::configure},
    {"getEventInformation", Operation::read},
    {"subscribeCOVPropertyMultiple", Operation::configure},
    {"confirmedCOVNotificationMultiple", Operation::report},
    {"confirmedAuditNotification", Operation::report},
    {"auditLogQuery", Operation::read},
};

constexpr Service unconfirmed[] = {
    {"i-Am", Operation::diagnose},
    {"i-Have", Operation::diagnose},
    {"unconfirmedCOVNotification", Operation::report},
    {"unconfirmedEventNotification", Operation::report},
    {"unconfirmedPrivateTransfer", Operation::other},
    {"unconfirmedTextMessage", Operation::other},
    {"timeSynchronization", Operation::time},
    {"who-Has", Operation::diagnose},
    {"who-Is", Operation::diagnose},
    {"utcTimeSynchronization", Operation::time},
    {"writeGroup", Operation::write},
    {"unconfirmedCOVNotificationMultiple", Operation::report},
    {"unconfirmedAuditNotification", Operation::report},
    {"who-Am-I", Operation::diagnose},
    {"you-Are", Operation::configure},
};
// clang-format on

constexpr std::string_view rejects[] = {
    "other",
    "buffer-overflow",
    "inconsistent-parameters",
    "invalid-parameter-data-type",
    "invalid-tag",
    "missing-required-parameter",
    "parameter-out-of-range",
    "too-many-arguments",
    "undefined-enumeration",
    "unrecognized-service",
};

constexpr std::string_view aborts[] = {
    "other",
    "buffer-overflow",
    "invalid-apdu-in-this-state",
    "preempted-by-higher-priority-task",
    "segmentation-not-supported",
    "security-error",
    "insufficient-security",
    "window-size-out-of-range",
    "application-exceeded-reply-time",
    "out-of-resources",
    "tsm-timeout",
    "apdu-too-long",
};

template <class T>
T row(std::span<T const> table, std::uint8_t code) {
  return code < table.size() ? table[code] : T{};
}

}  // namespace

std::string_view name(Kind kind) { return kinds[static_cast<std::size_t>(kind)]; }
Service confirmed_service(std::uint8_t choice) { return row(std::span<Service const>(confirmed), choice); }
Service unconfirmed_service(std::uint8_t choice) { return row(std::span<Service const>(unconfirmed), choice); }
bool is_announcement(std::uint8_t unconfirmed_choice) { return unconfirmed_choice <= 1; }
std::string_view reject_reason(std::uint8_t reason) { return row(std::span<std::string_view const>(rejects), reason); }
std::string_view abort_reason(std::uint8_t reason) { return row(std::span<std::string_view const>(aborts), reason); }

Result<Apdu> read_apdu(Bytes octets) {
  Reader in(octets);
  auto const first = in.u8();
  if (!in) return fail(in.error("apdu"));
  if (first >> 4 > 7) return fail({Defect::bad_value, 0, "apdu.type"});
  Apdu apdu;
  apdu.kind = static_cast<Kind>(first >> 4);
  auto const segment = [&] {
    if (!apdu.segmented) return;
    apdu.sequence_number = in.u8();
    apdu.window_size = in.u8();
  };
  switch (apdu.kind) {
    case Kind::confirmed_request: {
      apdu.segmented = first & 8;
      apdu.more_follows = first & 4;
      apdu.segmented_response_accepted = first & 2;
      auto const most = in.u8();
      apdu.most_segments = most >> 4 & 7;
      apdu.most_octets = most & 15;
      apdu.invoke_id = in.u8();
      segment();
      apdu.service = in.u8();
      break;
    }
    case Kind::unconfirmed_request:
      apdu.service = in.u8();
      break;
    case Kind::complex_ack:
      apdu.segmented = first & 8;
      apdu.more_follows = first & 4;
      apdu.invoke_id = in.u8();
      segment();
      apdu.service = in.u8();
      break;
    case Kind::simple_ack:
    case Kind::error:
      apdu.invoke_id = in.u8();
      apdu.service = in.u8();
      break;
    case Kind::segment_ack:
      apdu.negative_ack = first & 2;
      apdu.from_server = first & 1;
      apdu.invoke_id = in.u8();
      apdu.sequence_number = in.u8();
      apdu.window_size = in.u8();
      break;
    case Kind::reject:
    case Kind::abort:
      apdu.from_server = apdu.kind == Kind::abort && (first & 1);
      apdu.invoke_id = in.u8();
      apdu.reason = in.u8();
      break;
  }
  if (!in) return fail(in.error("apdu"));
  if (apdu.more_follows && !apdu.segmented) return fail({Defect::bad_value, 0, "apdu.more_follows"});
  apdu.body = in.rest();
  return apdu;
}

Tag read_tag(Reader& in) {
  auto const first = in.u8();
  Tag tag;
  tag.number = first >> 4;
  tag.context = first & 8;
  tag.value = first & 7;
  if (tag.number == 15) tag.number = in.u8();
  tag.opening = tag.context && tag.value == 6;
  tag.closing = tag.context && tag.value == 7;
  if (tag.opening || tag.closing) return tag;
  if (!tag.context && tag.number == 1) return tag;
  tag.length = tag.value;
  if (tag.value == 5) tag.length = in.u8();
  if (tag.value == 5 && tag.length == 254) {
    tag.length = in.be16();
  } else if (tag.value == 5 && tag.length == 255) {
    tag.length = in.be32();
  }
  return tag;
}

}  // namespace greywatch::agent::bacnet
