#pragma once
#include "agent/detect/detector.hpp"

namespace greywatch::agent::detect {

/// What follows what: a Markov chain per flow and unit. A transition never seen is judged by Good and Turing and by
/// what the node saw at a like age; 32 transitions in a row by the rank of their surprise among all such windows.
std::unique_ptr<Detector> make_transition(Desk const& desk);

}  // namespace greywatch::agent::detect
