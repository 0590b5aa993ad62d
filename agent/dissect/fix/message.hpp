#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/dissect/dissector.hpp"
#include "agent/dissect/fix/field.hpp"

namespace greywatch::agent::fix {

/// Octets of a message that are read; of longer ones the end is passed over, unread.
inline constexpr std::size_t most_read = 32 * 1024;

/// Where a message lies: "8=" BeginString, "9=" BodyLength, body, and of FIX "10=" CheckSum. FIXT 1.1, volume 1.
struct Layout {
  Bytes begin_string;
  std::size_t body = 0;   ///< octets before the body
  std::size_t whole = 0;  ///< octets in all
  bool own = false;       ///< BeginString is no version of FIX: a private format in the same frame, without a checksum
};
/// Nothing, and `frame` says why, when there is no start of a message or not enough of it.
std::optional<Layout> read_layout(Bytes octets, Frame& frame);

Frame frame(Bytes octets);
Likeness probe(Bytes octets, Direction way);

/// A message as far as it could be read. Borrows it.
struct Message {
  Layout layout;
  Bytes octets;
  std::string_view type;  ///< MsgType
  std::string_view sender, target, symbol;
  std::uint32_t exec_type = 0;
  std::optional<std::uint32_t> sequence, new_sequence;
  std::optional<std::uint32_t> entries_said;  ///< NoMDEntries
  std::uint32_t entries = 0;                  ///< how often the field behind it came
  std::optional<double> order_quantity, last_quantity;
  bool possible_duplicate = false, gap_fill = false, reset = false;
  std::optional<std::uint8_t> check_sum;  ///< as computed, where the message is whole
  std::uint32_t unknown = 0;              ///< fields without a row, user-defined ones included
  std::optional<Malformed> malformed;
};
Message read_message(Bytes octets);

/// A plain decimal, as FIX writes float: no exponent.
std::optional<double> read_number(Bytes value);

/// Observation::describe of a Message.
void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::fix
