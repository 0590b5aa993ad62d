#pragma once
#include <cstdint>
#include <string_view>

#include "agent/observation.hpp"

namespace greywatch::agent::fins {

/// How an answer says that it went. W342, 5-1-3; W227, 2-4.
struct EndCode {
  std::uint16_t code = 0;  ///< main and sub, without flags
  std::string_view name;
  Status status = Status::failed;
};
/// Null for codes that no manual lists. `code` with or without its flags.
EndCode const* find_end_code(std::uint16_t code);
/// What the main code is about: "destination node error"; empty where it is unknown.
std::string_view end_code_class(std::uint16_t code);

/// The upper bits of both octets are flags.
inline constexpr std::uint16_t end_code_bits = 0x7F3F;
inline constexpr std::uint16_t relay_error = 0x8000;  ///< it went wrong on the way: its network and node follow
inline constexpr std::uint16_t fatal_error = 0x0080, non_fatal_error = 0x0040;  ///< the CPU has such an error

}  // namespace greywatch::agent::fins
