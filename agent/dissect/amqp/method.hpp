#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "agent/observation.hpp"

namespace greywatch::agent::amqp {

/// Kinds of arguments. AMQP 0-9-1, 4.2. `secret` is a long string that is never shown.
enum class Kind : std::uint8_t { none, octet, number16, number32, number64, bit, words, text, table, secret };

struct Argument {
  std::string_view name;  ///< empty: reserved
  Kind kind = Kind::none;
};
/// A row of the table of methods.
struct Method {
  std::uint16_t class_id, method;
  std::string_view name;
  Operation operation;
  Role role;
  std::array<Argument, 9> arguments = {};
};

/// Null where no table has it.
Method const* find_method(std::uint16_t class_id, std::uint16_t method);

/// Properties of class basic, from the highest flag down. AMQP 0-9-1, 1.8.1.
std::span<Argument const> properties_of_basic();

}  // namespace greywatch::agent::amqp
