#include "agent/dissect/c37118/tables.hpp"

namespace greywatch::agent::c37118 {
namespace {

constexpr Command commands[] = {
    {turn_off, turn_off, Operation::control},
    {turn_on, turn_on, Operation::control},
    {3, 6, Operation::diagnose},  // send header, configuration 1, 2, 3
    {extended_frame, extended_frame, Operation::configure},
    {0x0100, 0x0FFF, Operation::other},  // for users
};

}  // namespace

Command const* find_command(std::uint16_t word) {
  for (auto const& row : commands)
    if (word >= row.first && word <= row.last) return &row;
  return nullptr;
}

}  // namespace greywatch::agent::c37118
