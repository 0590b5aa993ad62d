#pragma once
#include <span>

#include "agent/dissect/dissector.hpp"

namespace greywatch::agent {

/// Every protocol that the agent reads: the one table to touch. A protocol is a folder and a row; the order is that in
/// which the octets of an unknown flow are tried, strictest probe first.
std::span<Dissector const* const> registry();

}  // namespace greywatch::agent
