#include "agent/dissect/registry.hpp"

namespace greywatch::agent {

std::span<Dissector const* const> registry() { return {}; }

}  // namespace greywatch::agent
