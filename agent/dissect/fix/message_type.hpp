#pragma once
#include <cstdint>
#include <string_view>

#include "agent/observation.hpp"

namespace greywatch::agent::fix {

/// MsgType (35), as Observation::code has it.
constexpr std::uint32_t code_of(std::string_view type) {
  std::uint32_t code = 0;
  for (char c : type) code = code << 8 | static_cast<unsigned char>(c);
  return code;
}

/// A message type and what it asks for. FIX 5.0 SP2, volumes 2 to 5, and FIXT 1.1.
struct MessageType {
  std::string_view type;  ///< as in MsgType
  std::string_view name;
  Operation operation;
  Role role;
  Status status = Status::none;  ///< of what only ever says one thing: rejects
};

/// The row of a type, or null: user-defined ones ("U…") and unknown ones.
MessageType const* find_type(std::string_view type);

/// Does it keep the session going, whatever is traded? FIXT 1.1, session layer.
bool is_session_level(std::string_view type);

}  // namespace greywatch::agent::fix
