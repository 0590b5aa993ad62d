#pragma once
#include "agent/detect/detector.hpp"

namespace greywatch::agent::detect {

/// What is asked or said for the first time in a relation: unit, code, cause or object; changes apart from looking. p
/// is the larger of what the relation's own draws say (Good and Turing) and of what the node saw at a like age.
std::unique_ptr<Detector> make_operation(Desk const& desk);

}  // namespace greywatch::agent::detect
