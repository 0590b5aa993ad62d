#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "agent/observation.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::dnp3 {

/// The transport header: one octet before each segment. IEEE 1815-2012, 8.2.
struct TransportHeader {
  std::uint8_t octet = 0;
  bool fin() const { return (octet & 0x80) != 0; }
  bool fir() const { return (octet & 0x40) != 0; }
  std::uint8_t sequence() const { return octet & 0x3f; }
};

/// Function codes that code has to tell apart. 4.4, table 4-3.
enum class FunctionCode : std::uint8_t {
  confirm = 0,
  read = 1,
  write = 2,
  select = 3,
  operate = 4,
  freeze_at_time = 11,
  freeze_at_time_nr = 12,
  cold_restart = 13,
  warm_restart = 14,
  response = 129,
  unsolicited_response = 130,
  authenticate_resp = 131,
};

/// What a request (or response) of a function code has behind its object headers.
enum class Carries : std::uint8_t {
  headers,  ///< which objects are meant
  objects,  ///< and their data
};

/// One row of table 4-3.
struct Function {
  std::uint8_t code;
  std::string_view name;
  Operation operation;
  Carries carries;
  bool acts = false;     ///< it works on the process or stops the outstation at once
  bool answered = true;  ///< a request of this function has a response
};
/// The row, or null: reserved.
Function const* find_function(std::uint8_t code);

/// Internal indications. 4.5, table 4-4: IIN1 is the upper octet here, IIN2 the lower one.
struct Indication {
  std::uint16_t bit;
  std::string_view name;  ///< name of the field
};
std::span<Indication const> indications();
namespace iin {
inline constexpr std::uint16_t device_restart = 0x8000, device_trouble = 0x4000, no_func_code_support = 0x0001,
                               object_unknown = 0x0002, parameter_error = 0x0004, event_buffer_overflow = 0x0008,
                               already_executing = 0x0010, config_corrupt = 0x0020;
}

/// An application fragment. 4.2.
struct Fragment {
  std::uint8_t control = 0;  ///< FIR, FIN, CON, UNS, SEQ
  std::uint8_t code = 0;
  std::uint16_t iin = 0;  ///< responses
  Function const* function = nullptr;
  Bytes objects;               ///< object headers and objects
  std::size_t objects_at = 0;  ///< their place in the fragment

  bool fir() const { return (control & 0x80) != 0; }
  bool fin() const { return (control & 0x40) != 0; }
  bool con() const { return (control & 0x20) != 0; }
  bool uns() const { return (control & 0x10) != 0; }
  std::uint8_t sequence() const { return control & 0x0f; }
  bool is(FunctionCode other) const { return code == static_cast<std::uint8_t>(other); }
  bool is_response() const { return (code & 0x80) != 0; }
};
Result<Fragment> read_fragment(Bytes octets);

/// A control status (groups 12, 13, 41 and 43) as Status; nothing when reserved.
std::optional<Status> control_status(std::uint8_t code);
/// A file status (group 70, variations 4 and 6) as Status.
Status file_status(std::uint8_t code);

}  // namespace greywatch::agent::dnp3
