#include "agent/dissect/mms/service.hpp"

#include <array>

#include "agent/dissect/mms/types.hpp"

namespace greywatch::agent::mms {

namespace {

constexpr std::size_t most_tag = 96;

constexpr Member information_report_members[] = {
    inlined("mms.variable_access_specification", variable_access),
    list(ctx(0), "mms.list_of_access_result", access_results, Part::results),
};
constexpr Type information_report{information_report_members};

constexpr Unconfirmed unconfirmed[] = {
    {0, "informationReport", as_group(information_report)},
    {1, "unsolicitedStatus", as_group(status_response)},
    {2, "eventNotification", as_group(event_notification)},
};

using Op = Operation;
constexpr Member opaque_body = of({}, Kind::opaque, {});

/// ISO 9506-2:2003, AdditionalService-Request: the tags are from memory.
constexpr Service additional[] = {
    {0, "vMDStop", Op::control, opaque_body, opaque_body},
    {1, "vMDReset", Op::control, opaque_body, opaque_body},
    {2, "select", Op::select, opaque_body, opaque_body},
    {3, "alterProgramInvocationAttributes", Op::configure, opaque_body, opaque_body},
    {4, "initiateUnitControlLoad", Op::program, opaque_body, opaque_body},
    {5, "unitControlLoadSegment", Op::program, opaque_body, opaque_body},
    {6, "unitControlUpload", Op::program, opaque_body, opaque_body},
    {7, "startUnitControl", Op::control, opaque_body, opaque_body},
    {8, "stopUnitControl", Op::control, opaque_body, opaque_body},
    {9, "createUnitControl", Op::program, opaque_body, opaque_body},
    {10, "addToUnitControl", Op::program, opaque_body, opaque_body},
    {11, "removeFromUnitControl", Op::program, opaque_body, opaque_body},
    {12, "getUnitControlAttributes", Op::read, opaque_body, opaque_body},
    {13, "loadUnitControlFromFile", Op::program, opaque_body, opaque_body},
    {14, "storeUnitControlToFile", Op::program, opaque_body, opaque_body},
    {15, "deleteUnitControl", Op::program, opaque_body, opaque_body},
    {16, "defineEventConditionList", Op::configure, opaque_body, opaque_body},
    {17, "deleteEventConditionList", Op::configure, opaque_body, opaque_body},
    {18, "addEventConditionListReference", Op::configure, opaque_body, opaque_body},
    {19, "removeEventConditionListReference", Op::configure, opaque_body, opaque_body},
    {20, "getEventConditionListAttributes", Op::read, opaque_body, opaque_body},
    {21, "reportEventConditionListStatus", Op::read, opaque_body, opaque_body},
    {22, "alterEventConditionListMonitoring", Op::configure, opaque_body, opaque_body},
};

/// What ISO 9506-2:2003 adds behind the files; tags from memory, bodies passed over. 79 is the request detail.
constexpr Service later[] = {
    {78, "additionalService", Op::other, opaque_body, opaque_body},
    {80, "getDataExchangeAttributes", Op::read, opaque_body, opaque_body},
    {81, "exchangeData", Op::write, opaque_body, opaque_body},
    {82, "defineAccessControlList", Op::configure, opaque_body, opaque_body},
    {83, "getAccessControlListAttributes", Op::read, opaque_body, opaque_body},
    {84, "reportAccessControlledObjects", Op::read, opaque_body, opaque_body},
    {85, "deleteAccessControlList", Op::configure, opaque_body, opaque_body},
    {86, "changeAccessControl", Op::configure, opaque_body, opaque_body},
    {87, "reconfigureProgramInvocation", Op::program, opaque_body, opaque_body},
};

std::array<Service const*, most_tag> by_tag() {
  std::array<Service const*, most_tag> all{};
  for (auto const rows :
       {variable_services(), domain_services(), event_services(), file_services(), std::span<Service const>(later)})
    for (auto const& row : rows) all[row.tag] = &row;
  return all;
}

}  // namespace

Service const* find_service(std::uint32_t tag) {
  static auto const rows = by_tag();
  return tag < rows.size() ? rows[tag] : nullptr;
}

Service const* find_additional(std::uint32_t tag) { return tag < std::size(additional) ? &additional[tag] : nullptr; }

Unconfirmed const* find_unconfirmed(std::uint32_t tag) {
  return tag < std::size(unconfirmed) ? &unconfirmed[tag] : nullptr;
}

}  // namespace greywatch::agent::mms
