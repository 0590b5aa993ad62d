#pragma once
#include "agent/detect/detector.hpp"

namespace greywatch::agent::detect {

/// Sequential test of each client (Threshold Random Walk; Jung, Paxson, Berger, Balakrishnan 2004): do its first
/// contacts with servers, units and objects fail? Works from the first message on; what failed while it was learned is
/// not counted.
std::unique_ptr<Detector> make_scan(Desk const& desk);

}  // namespace greywatch::agent::detect
