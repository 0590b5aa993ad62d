#pragma once
#include "agent/detect/detector.hpp"

namespace greywatch::agent::detect {

/// Messages whose octets were refused, where well-formed ones are normal: by the rate learned for the relation and the
/// node.
std::unique_ptr<Detector> make_malformed(Desk const& desk);

}  // namespace greywatch::agent::detect
