#pragma once
#include "agent/detect/detector.hpp"

namespace greywatch::agent::detect {

/// Who talks with whom for the first time: a client new to a server, a client at a new server, strangers. Follows a
/// foreign relation from the first packet of each flow to the last.
std::unique_ptr<Detector> make_talker(Desk const& desk);

}  // namespace greywatch::agent::detect
