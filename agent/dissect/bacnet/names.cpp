#include "agent/dissect/bacnet/names.hpp"

#include <algorithm>
#include <iterator>

namespace greywatch::agent::bacnet {
namespace {

// clang-format off
/// BACnetObjectType.
constexpr std::string_view object_types[] = {
    "analog-input", "analog-output", "analog-value", "binary-input", "binary-output", "binary-value", "calendar",
    "command", "device", "event-enrollment", "file", "group", "loop", "multi-state-input", "multi-state-output",
    "notification-class", "program", "schedule", "averaging", "multi-state-value", "trend-log", "life-safety-point",
    "life-safety-zone", "accumulator", "pulse-converter", "event-log", "global-group", "trend-log-multiple",
    "load-control", "structured-view", "access-door", "timer", "access-credential", "access-point", "access-rights",
    "access-user", "access-zone", "credential-data-input", "network-security", "bitstring-value",
    "characterstring-value", "date-pattern-value", "date-value", "datetime-pattern-value", "datetime-value",
    "integer-value", "large-analog-value", "octetstring-value", "positive-integer-value", "time-pattern-value",
    "time-value", "notification-forwarder", "alert-enrollment", "channel", "lighting-output",
    "binary-lighting-output", "network-port", "elevator-group", "escalator", "lift", "staging", "audit-log",
    "audit-reporter", "color", "color-temperature",
};

constexpr std::string_view error_classes[] = {
    "device", "object", "property", "resources", "security", "services", "vt", "communication"};

/// Error codes of clause 18; empty where there is none.
constexpr std::string_view error_codes[] = {
    "other", "authentication-failed", "configuration-in-progress", "device-busy", "dynamic-creation-not-supported",
    "file-access-denied", "incompatible-security-levels", "inconsistent-parameters",
    "inconsistent-selection-criterion", "invalid-data-type", "invalid-file-access-method",
    "invalid-file-start-position", "invalid-operator-name", "invalid-parameter-data-type", "invalid-time-stamp",
    "key-generation-error", "missing-required-parameter", "no-objects-of-specified-type", "no-space-for-object",
    "no-space-to-add-list-element", "no-space-to-write-property", "no-vt-sessions-available",
    "property-is-not-a-list", "object-deletion-not-permitted", "object-identifier-already-exists",
    "operational-problem", "password-failure", "read-access-denied", "security-not-supported",
    "service-request-denied", "timeout", "unknown-object", "unknown-property", {}, "unknown-vt-class",
    "unknown-vt-session", "unsupported-object-type", "value-out-of-range", "vt-session-already-closed",
    "vt-session-termination-failure", "write-access-denied", "character-set-not-supported", "invalid-array-index",
    "cov-subscription-failed", "not-cov-property", "optional-functionality-not-supported",
    "invalid-configuration-data", "datatype-not-supported", "duplicate-name", "duplicate-object-id",
    "property-is-not-an-array", "abort-buffer-overflow", "abort-invalid-apdu-in-this-state",
    "abort-preempted-by-higher-priority-task", "abort-segmentation-not-supported", "abort-proprietary", "abort-other",
    "invalid-tag", "network-down", "reject-buffer-overflow", "reject-inconsistent-parameters",
    "reject-invalid-parameter-data-type", "reject-invalid-tag", "reject-missing-required-parameter",
    "reject-parameter-out-of-range", "reject-too-many-arguments", "reject-undefined-enumeration",
    "reject-unrecognized-service", "reject-proprietary", "reject-other", "unknown-device", "unknown-route",
    "value-not-initialized", "invalid-event-state", "no-alarm-configured", "log-buffer-full", "logged-value-purged",
    "no-property-specified", "not-configured-for-triggered-logging", "unknown-subscription", "parameter-out-of-range",
    "list-element-not-found", "busy", "communication-disabled", "success", "access-denied", "bad-destination-address",
    "bad-destination-device-id", "bad-signature", "bad-source-address", "bad-timestamp", "cannot-use-key",
    "cannot-verify-message-id", "correct-key-revision", "destination-device-id-required", "duplicate-message",
    "encryption-not-configured", "encryption-required", "incorrect-key", "invalid-key-data", "key-update-in-progress",
    "malformed-message", "not-key-server", "security-not-configured", "source-security-required", "too-many-keys",
    "unknown-authentication-type", "unknown-key", "unknown-key-revision", "unknown-source-message",
    "not-router-to-dnet", "router-busy", "unknown-network-message", "message-too-long", "security-error",
    "addressing-error", "write-bdt-failed", "read-bdt-failed", "register-foreign-device-failed", "read-fdt-failed",
    "delete-fdt-entry-failed", "distribute-broadcast-failed", "unknown-file-size", "abort-apdu-too-long",
    "abort-application-exceeded-reply-time", "abort-out-of-resources", "abort-tsm-timeout",
    "abort-window-size-out-of-range", "file-full", "inconsistent-configuration", "inconsistent-object-type",
    "internal-error", "not-configured", "out-of-memory", "value-too-long", "abort-insufficient-security",
    "abort-security-error", "duplicate-entry", "invalid-value-in-this-state", "invalid-operation-in-this-state",
    "list-item-not-numbered", "list-item-not-timestamped", "invalid-data-encoding", "bvlc-function-unknown",
    "bvlc-proprietary-function-unknown", "header-encoding-error", "header-not-understood", "message-incomplete",
    "not-a-bacnet-sc-hub", "payload-expected", "unexpected-data", "node-duplicate-vmac",
    "http-unexpected-response-code", "http-no-upgrade", "http-resource-not-local", "http-proxy-authentication-failed",
    "http-response-timeout", "http-response-syntax-error", "http-response-value-error",
    "http-response-missing-header", "http-websocket-header-error", "http-upgrade-required", "http-upgrade-error",
    "http-temporary-unavailable", "http-not-a-server", "http-error", "websocket-scheme-not-supported",
    "websocket-unknown-control-message", "websocket-close-error", "websocket-closed-by-peer",
    "websocket-endpoint-leaves", "websocket-protocol-error", "websocket-data-not-accepted",
    "websocket-closed-abnormally", "websocket-data-inconsistent", "websocket-data-against-policy",
    "websocket-frame-too-long", "websocket-extension-missing", "websocket-request-unavailable", "websocket-error",
    "tls-client-certificate-error", "tls-server-certificate-error", "tls-client-authentication-failed",
    "tls-server-authentication-failed", "tls-client-certificate-expired", "tls-server-certificate-expired",
    "tls-client-certificate-revoked", "tls-server-certificate-revoked", "tls-error", "dns-unavailable",
    "dns-name-resolution-failed", "dns-resolver-failure", "dns-error", "tcp-connect-timeout",
    "tcp-connection-refused", "tcp-closed-by-local", "tcp-closed-other", "tcp-error", "ip-address-not-reachable",
    "ip-error",
};
// clang-format on

struct Vendor {
  std::uint16_t number;
  std::string_view name;
};
constexpr Vendor vendors[] = {
    {0, "ASHRAE"},
    {1, "NIST"},
    {2, "Trane"},
    {3, "Daikin Applied"},
    {5, "Johnson Controls"},
    {7, "Siemens"},
    {8, "Delta Controls"},
    {9, "Siemens"},
    {10, "Schneider Electric"},
    {16, "Carrier"},
    {17, "Honeywell"},
    {18, "Alerton"},
    {24, "Automated Logic"},
    {28, "KMC Controls"},
    {35, "Reliable Controls"},
    {36, "Tridium"},
    {178, "Loytec"},
    {222, "WAGO"},
    {245, "Contemporary Controls"},
    {260, "BACnet Stack"},
    {364, "Distech Controls"},
};

template <std::size_t N>
std::string_view row(std::string_view const (&table)[N], std::uint32_t number) {
  return number < N ? table[number] : std::string_view{};
}

}  // namespace

std::string_view object_type_name(std::uint16_t type) { return row(object_types, type); }
std::string_view error_class_name(std::uint32_t error_class) { return row(error_classes, error_class); }
std::string_view error_code_name(std::uint32_t code) { return row(error_codes, code); }

std::string_view vendor_name(std::uint32_t vendor) {
  auto const* const found = std::ranges::find(vendors, vendor, &Vendor::number);
  return found != std::end(vendors) ? found->name : std::string_view{};
}

Status error_status(std::uint32_t error_class, std::uint32_t code) {
  constexpr std::uint32_t security = 4;
  switch (code) {
    case 31:  // unknown-object
    case 32:  // unknown-property
    case 42:  // invalid-array-index
    case 70:  // unknown-device
      return Status::unknown_object;
    case 36:  // unsupported-object-type
    case 45:  // optional-functionality-not-supported
    case 67:  // reject-unrecognized-service
      return Status::unsupported;
    case 5:   // file-access-denied
    case 26:  // password-failure
    case 27:  // read-access-denied
    case 29:  // service-request-denied
    case 40:  // write-access-denied
    case 83:  // communication-disabled
    case 85:  // access-denied
      return Status::refused;
    default:
      return error_class == security ? Status::refused : Status::failed;
  }
}

void write_object(ObjectId object, Name& out) {
  if (auto const name = object_type_name(object.type()); !name.empty()) {
    out.put(name);
  } else {
    out.put("type ");
    out.put_number(object.type());
  }
  out.put(' ');
  out.put_number(object.instance());
}

void write_property(std::uint32_t property, Name& out) {
  if (auto const name = property_name(property); !name.empty()) return out.put(name);
  out.put("property ");
  out.put_number(property);
}

}  // namespace greywatch::agent::bacnet
