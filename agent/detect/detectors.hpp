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

/// Which observations a detector looks at.
enum class Sees : std::uint8_t {
  all,      ///< everything
  unusual,  ///< only that of which Scene::is_usual is false
};

/// One row a detector: its word in the configuration and in greywatch.detector, what it looks at, and what makes it.
/// The order is that in which they see an observation: exact rules first, so that coarser ones need not repeat them.
struct DetectorRow {
  std::string_view word;
  Sees sees;
  Habit least;  ///< of protocols with less habit it sees nothing
  std::unique_ptr<Detector> (*make)(Desk const& desk);
};

inline constexpr DetectorRow detectors[] = {
    {"violation", Sees::unusual, Habit::none, make_violation},
    {"malformed", Sees::unusual, Habit::none, make_malformed},
    {"talker", Sees::unusual, Habit::peers, make_talker},
    {"session", Sees::all, Habit::all, make_session},
    {"operation", Sees::unusual, Habit::all, make_operation},
    {"transition", Sees::all, Habit::all, make_transition},
    {"scan", Sees::all, Habit::all, make_scan},
};

}  // namespace greywatch::agent::detect
