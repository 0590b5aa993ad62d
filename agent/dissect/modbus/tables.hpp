#pragma once
#include <cstdint>
#include <string_view>

#include "agent/observation.hpp"

namespace greywatch::agent::modbus {

/// What a function code asks for. Modbus Application Protocol V1.1b3, 5.1 and 6.
struct Function {
  std::uint8_t code = 0;
  std::string_view name;
  Operation operation = Operation::other;
  bool by_subcode = false;  ///< what stands behind the function code tells what is done
};
/// The row of a code without its exception bit; null for codes that the standard leaves to users or reserves.
Function const* find_function(std::uint8_t code);

/// A sub-function of Diagnostics (8). V1.1b3, 6.8.1.
struct Diagnostic {
  std::uint16_t code = 0;
  std::string_view name;
  bool controls = false;  ///< changes what the device does on the line: restart, listen only
};
Diagnostic const* find_diagnostic(std::uint16_t code);

/// V1.1b3, 7.
struct Exception {
  std::uint8_t code = 0;
  std::string_view name;
  Status status = Status::failed;
};
Exception const* find_exception(std::uint8_t code);

/// MODBUS Encapsulated Interface types. V1.1b3, 6.19 to 6.21.
inline constexpr std::uint8_t mei_canopen = 13, mei_device_identification = 14;

}  // namespace greywatch::agent::modbus
