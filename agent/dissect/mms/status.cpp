#include "agent/dissect/mms/status.hpp"

#include <algorithm>

namespace greywatch::agent::mms {

namespace {

/// DataAccessError. ISO 9506-2, 14.4.
constexpr Status access_statuses[] = {
    Status::failed,          // object-invalidated
    Status::failed,          // hardware-fault
    Status::failed,          // temporarily-unavailable
    Status::refused,         // object-access-denied
    Status::unknown_object,  // object-undefined
    Status::unknown_object,  // invalid-address
    Status::unsupported,     // type-unsupported
    Status::failed,          // type-inconsistent
    Status::failed,          // object-attribute-inconsistent
    Status::unsupported,     // object-access-unsupported
    Status::unknown_object,  // object-non-existent
    Status::failed,          // object-value-invalid
};

/// Codes of ServiceError that say more than that it failed. ISO 9506-2, 7.4.3.
struct ErrorRow {
  std::uint32_t error_class;
  std::int64_t code;
  Status status;
};
constexpr ErrorRow errors[] = {
    {2, 1, Status::unknown_object},   // definition: object-undefined
    {2, 2, Status::unknown_object},   // invalid-address
    {2, 3, Status::unsupported},      // type-unsupported
    {2, 5, Status::refused},          // object-exists
    {3, 4, Status::unsupported},      // resource: capability-unavailable
    {3, 5, Status::unsupported},      // capability-unknown
    {7, 1, Status::unsupported},      // access: object-access-unsupported
    {7, 2, Status::unknown_object},   // object-non-existent
    {7, 3, Status::refused},          // object-access-denied
    {8, 0, Status::refused},          // initiate: other
    {11, 6, Status::refused},         // file: file-access-denied
    {11, 7, Status::unknown_object},  // file-non-existent
};

}  // namespace

std::optional<Status> status_of_access(std::int64_t error) {
  if (error < 0 || error >= static_cast<std::int64_t>(std::size(access_statuses))) return std::nullopt;
  return access_statuses[static_cast<std::size_t>(error)];
}

Status status_of_error(std::uint32_t error_class, std::int64_t code) {
  auto const row = std::ranges::find_if(
      errors, [&](ErrorRow const& one) { return one.error_class == error_class && one.code == code; });
  return row == std::end(errors) ? Status::failed : row->status;
}

}  // namespace greywatch::agent::mms
