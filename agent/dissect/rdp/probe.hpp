#pragma once
#include <optional>

#include "agent/dissect/dissector.hpp"
#include "agent/dissect/rdp/message.hpp"

namespace greywatch::agent::rdp {

Frame frame(Bytes octets);
Likeness probe(Bytes octets, Direction way);
std::optional<FastPath> read_fast_path(Bytes octets);

}  // namespace greywatch::agent::rdp
