#pragma once
#include <optional>

#include "agent/dissect/modbus/fields.hpp"

namespace greywatch::agent::modbus {

/// UMAS, which Schneider's controllers carry in function code 90. There is no standard: all here is known from public
/// analyses (docs/protocols/modbus.md names them) and is little-endian.
inline constexpr std::uint8_t umas_code = 90;

/// What stands in front of every UMAS message; of a signed one what stands inside.
struct Umas {
  std::uint8_t key = 0;       ///< of the session: 0 before a reservation, then what the controller gave
  std::uint8_t function = 0;  ///< of a response umas_ok or umas_error
  bool is_signed = false;
  Bytes data;
};
inline constexpr std::uint8_t umas_ok = 0xFE, umas_error = 0xFD, umas_signed = 0x38;

/// What a function asks for.
struct UmasFunction {
  std::uint8_t code = 0;
  std::string_view name;
  Operation operation = Operation::other;
};
UmasFunction const* find_umas_function(std::uint8_t code);

/// Fills `pdu` from the `body` behind the function code: what is asked, of which block, how many.
void read_umas_pdu(Bytes body, Pdu& pdu, bool response);

/// Pending::high of UMAS: the function, and whether the request was signed.
inline constexpr std::uint16_t umas_signed_flag = 0x8000;
/// The function that a response answers; nothing where its request was not seen, or was none of UMAS.
inline std::optional<std::uint8_t> asked_umas_function(std::optional<Pending> const& asked) {
  if (!asked || asked->function != umas_code) return std::nullopt;
  return static_cast<std::uint8_t>(asked->high);
}

/// Reads the UMAS of a message. A response is signed where its request was. Nothing where the head is cut short.
std::optional<Umas> read_umas(Message const& message);

/// Says what a message does: what its function says, of a response what was asked; and how that ended.
void classify_umas(Pdu const& pdu, Message const& message, Observation& observation, Emitter& emitter);

/// Names the fields of UMAS.
void name_umas(Message const& message, FieldSink& sink);

}  // namespace greywatch::agent::modbus
