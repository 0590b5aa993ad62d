#pragma once
#include "agent/detect/detector.hpp"

namespace greywatch::agent::detect {

/// Rules of a protocol that its dissector judged exactly (Observation::violations), with expected and actual. What
/// broke a rule on a share of its occasions above the gate while it was learned is a habit of that equipment, not a
/// finding.
std::unique_ptr<Detector> make_violation(Desk const& desk);

}  // namespace greywatch::agent::detect
