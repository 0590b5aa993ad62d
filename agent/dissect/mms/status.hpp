#pragma once
#include <optional>

#include "agent/observation.hpp"

namespace greywatch::agent::mms {

/// What a DataAccessError says of the outcome; nothing when the standard does not define it. ISO 9506-2, 14.4.
std::optional<Status> status_of_access(std::int64_t error);

/// The same of a ServiceError by its class and code. ISO 9506-2, 7.4.3.
Status status_of_error(std::uint32_t error_class, std::int64_t code);

}  // namespace greywatch::agent::mms
