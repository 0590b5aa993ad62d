#pragma once
#include <string_view>

#include "agent/detect/malformed.hpp"
#include "agent/detect/operation.hpp"
#include "agent/detect/scan.hpp"
#include "agent/detect/session.hpp"
#include "agent/detect/talker.hpp"
#include "agent/detect/transition.hpp"
#include "agent/detect/violation.hpp"

namespace greywatch::agent::detect {

/// One row a detector: its word in the configuration and in greywatch.detector, and what makes it. The order is that in
/// which they see an observation: exact rules first, so that coarser ones need not repeat them.
struct DetectorRow {
  std::string_view word;
  bool usual;  ///< looks at every observation, not only at those of which Scene::is_usual is false
  std::unique_ptr<Detector> (*make)(Desk const& desk);
};

inline constexpr DetectorRow detectors[] = {
    {"violation", false, make_violation},
    {"malformed", false, make_malformed},
    {"talker", false, make_talker},
    {"session", true, make_session},
    {"operation", false, make_operation},
    {"transition", true, make_transition},
    {"scan", true, make_scan},
};

}  // namespace greywatch::agent::detect
