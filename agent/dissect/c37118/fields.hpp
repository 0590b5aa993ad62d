#pragma once
#include <optional>

#include "agent/dissect/c37118/configuration.hpp"
#include "agent/dissect/c37118/frame.hpp"

namespace greywatch::agent::c37118 {

/// One frame and what it is read by.
struct Message {
  Common common;
  /// Of a configuration frame its own content (of the last of several all of it), of a data frame what it is read by,
  /// which fits it.
  std::optional<Configuration> configuration;
};

/// Observation::describe of a Message.
void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::c37118
