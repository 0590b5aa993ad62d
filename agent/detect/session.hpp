#pragma once
#include "agent/detect/detector.hpp"

namespace greywatch::agent::detect {

/// Rules of who may do what in a control session: one active client a server, interrogation and clock by the master,
/// commands not in long runs, execution after selection where that is the habit.
std::unique_ptr<Detector> make_session(Desk const& desk);

}  // namespace greywatch::agent::detect
