#pragma once
#include <optional>

#include "agent/dissect/modbus/pdu.hpp"
#include "agent/dissect/modbus/session.hpp"
#include "agent/observation.hpp"

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

/// Fills `pdu` as the functions of the standard do: what is asked, of which block, how many.
void read_umas_pdu(Reader& in, Pdu& pdu, bool response);

/// Pending::high of UMAS: the function, and whether the request was signed.
inline constexpr std::uint16_t umas_signed_flag = 0x8000;
/// The function that a response answers; nothing where its request was not seen, or was none of UMAS.
inline std::optional<std::uint8_t> asked_umas_function(std::optional<Pending> const& asked) {
  if (!asked || asked->function != umas_code) return std::nullopt;
  return static_cast<std::uint8_t>(asked->high);
}

/// Reads the UMAS of `adu`, a whole message with its MBAP header. A response is signed where its request was. Nothing
/// where the head is cut short. Borrows `adu`.
std::optional<Umas> read_umas(Bytes adu, bool response, std::optional<Pending> const& asked);

/// Names the fields of UMAS in `adu`.
void name_umas(Bytes adu, bool response, std::optional<Pending> const& answered, FieldSink& sink);

}  // namespace greywatch::agent::modbus
