#pragma once
#include "agent/dissect/fins/layout.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::fins {

/// A row of the table of commands. W342, 5-1-1 and 5-3; W227, 3-2; Ethernet Units W420 and W421, 8.
struct Command {
  std::uint16_t code = 0;  ///< main and sub request code
  std::string_view name;
  Operation operation = Operation::other;
  Layout request, response;  ///< what stands behind the command code, of an answer behind the end code
};
/// Null for codes that no manual lists.
Command const* find_command(std::uint16_t code);

inline constexpr std::uint16_t memory_read = 0x0101, memory_write = 0x0102, memory_fill = 0x0103,
                               program_protect = 0x0304, program_unprotect = 0x0305, run = 0x0401,
                               controller_data_read = 0x0501, message_read = 0x0920, forced_set_reset = 0x2301;
/// The specification of forced_set_reset that releases a bit; of others bit 0 is what it is forced, or put, to.
inline constexpr std::uint16_t forced_released = 0xFFFF;

/// Those whose answer is told apart by its length: controller data, messages and FAL numbers.
Layout response_layout(Command const& command, std::size_t octets);

}  // namespace greywatch::agent::fins
