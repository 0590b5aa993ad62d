#include "agent/dissect/ldap/tables.hpp"

#include <algorithm>

namespace greywatch::agent::ldap {
namespace {

struct Named {
  std::uint64_t code;
  std::string_view name;
};
template <std::size_t N>
std::string_view find(Named const (&table)[N], std::uint64_t code) {
  auto const found = std::ranges::find(table, code, &Named::code);
  return found != std::end(table) ? found->name : std::string_view{};
}

// One row a code.
// clang-format off
constexpr Named ops[] = {
    {0, "bind"},
    {1, "bind_response"},
    {2, "unbind"},
    {3, "search"},
    {4, "search_entry"},
    {5, "search_done"},
    {6, "modify"},
    {7, "modify_response"},
    {8, "add"},
    {9, "add_response"},
    {10, "delete"},
    {11, "delete_response"},
    {12, "modify_dn"},
    {13, "modify_dn_response"},
    {14, "compare"},
    {15, "compare_response"},
    {16, "abandon"},
    {19, "search_reference"},
    {23, "extended"},
    {24, "extended_response"},
    {25, "intermediate"},
};

constexpr Named results[] = {
    {0, "success"},
    {1, "operationsError"},
    {2, "protocolError"},
    {3, "timeLimitExceeded"},
    {4, "sizeLimitExceeded"},
    {5, "compareFalse"},
    {6, "compareTrue"},
    {7, "authMethodNotSupported"},
    {8, "strongerAuthRequired"},
    {10, "referral"},
    {11, "adminLimitExceeded"},
    {12, "unavailableCriticalExtension"},
    {13, "confidentialityRequired"},
    {14, "saslBindInProgress"},
    {16, "noSuchAttribute"},
    {17, "undefinedAttributeType"},
    {18, "inappropriateMatching"},
    {19, "constraintViolation"},
    {20, "attributeOrValueExists"},
    {21, "invalidAttributeSyntax"},
    {32, "noSuchObject"},
    {33, "aliasProblem"},
    {34, "invalidDNSyntax"},
    {36, "aliasDereferencingProblem"},
    {48, "inappropriateAuthentication"},
    {49, "invalidCredentials"},
    {50, "insufficientAccessRights"},
    {51, "busy"},
    {52, "unavailable"},
    {53, "unwillingToPerform"},
    {54, "loopDetect"},
    {64, "namingViolation"},
    {65, "objectClassViolation"},
    {66, "notAllowedOnNonLeaf"},
    {67, "notAllowedOnRDN"},
    {68, "entryAlreadyExists"},
    {69, "objectClassModsProhibited"},
    {71, "affectsMultipleDSAs"},
    {80, "other"},
    {118, "canceled"},
    {119, "noSuchOperation"},
    {120, "tooLate"},
    {121, "cannotCancel"},
    {4096, "e-syncRefreshRequired"},
};

struct Extension {
  std::string_view oid, name;
};
constexpr Extension extensions[] = {
    {"1.3.6.1.4.1.1466.20037", "startTLS"},
    {"1.3.6.1.4.1.1466.20036", "noticeOfDisconnection"},
    {"1.3.6.1.4.1.4203.1.11.1", "passwordModify"},
    {"1.3.6.1.4.1.4203.1.11.3", "whoAmI"},
    {"1.3.6.1.1.8", "cancel"},
    {"1.3.6.1.1.21.1", "startTransaction"},
    {"1.3.6.1.1.21.3", "endTransaction"},
    {"1.3.6.1.4.1.1466.101.119.1", "dynamicRefresh"},
    {"1.2.840.113556.1.4.1781", "fastBind"},
    {"1.2.840.113556.1.4.2212", "batchRequest"},
};
// clang-format on

}  // namespace

std::string_view op_name(std::uint32_t op) { return find(ops, op); }
std::string_view result_name(std::uint64_t code) { return find(results, code); }

std::string_view extension_name(std::string_view oid) {
  auto const found = std::ranges::find(extensions, oid, &Extension::oid);
  return found != std::end(extensions) ? found->name : std::string_view{};
}

Status status_of(std::uint64_t code) {
  switch (code) {
    case 0:
    case 5:   // compareFalse
    case 6:   // compareTrue
    case 10:  // referral
    case 14:  // saslBindInProgress
      return Status::ok;
    case 16:
    case 17:
    case 32:
    case 33:
      return Status::unknown_object;
    case 2:
    case 7:
    case 12:
      return Status::unsupported;
    case 8:
    case 13:
    case 48:
    case 49:
    case 50:
    case 53:
      return Status::refused;
    default:
      return Status::failed;
  }
}

}  // namespace greywatch::agent::ldap
