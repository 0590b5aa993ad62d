#pragma once
#include <array>

#include "agent/dissect/s7comm/pdu.hpp"

namespace greywatch::agent::s7comm {

/// Syntax identifiers of a variable's address.
enum class Syntax : std::uint8_t {
  s7any = 0x10,       ///< area, data block, address
  pbc_id = 0x13,      ///< R_ID of BSEND and USEND
  alarm_lock = 0x15,  ///< message objects, as of alarms
  alarm_indication = 0x16,
  alarm_acknowledge = 0x19,
  alarm_query = 0x1A,
  notify = 0x1C,
  nck = 0x82,  ///< numerical control
  nck_metric = 0x83,
  nck_inch = 0x84,
  drive_any = 0xA2,       ///< parameters of drives
  symbolic = 0xB2,        ///< variables of S7-1200 by check sum and numbers
  data_block_read = 0xB0  ///< several places of data blocks of S7-400
};

/// Areas of S7ANY.
constexpr std::uint8_t area_counters = 0x1C, area_timers = 0x1D, area_peripherals = 0x80, area_inputs = 0x81,
                       area_outputs = 0x82, area_flags = 0x83, area_data_block = 0x84, area_instance = 0x85,
                       area_local = 0x86, area_previous_local = 0x87;

/// Transport sizes of S7ANY.
constexpr std::uint8_t size_bit = 1, size_byte = 2, size_char = 3, size_word = 4, size_int = 5, size_dword = 6,
                       size_dint = 7, size_real = 8;

/// The address of one variable. Borrows the message.
struct Item {
  std::uint8_t specification = 0;  ///< 0x12: variable specification
  std::uint8_t length = 0;         ///< octets that follow
  std::uint8_t syntax = 0;
  Bytes rest;  ///< behind the syntax identifier

  Syntax kind() const { return static_cast<Syntax>(syntax); }
};
/// All but the last item are filled up to an even number of octets.
Item read_item(Reader& in, bool last);

/// S7ANY.
struct Address {
  std::uint8_t transport_size = 0;
  std::uint16_t count = 0;  ///< elements of that size
  std::uint16_t db = 0;
  std::uint8_t area = 0;
  std::uint32_t address = 0;  ///< in bits; of counters and timers their number
};
constexpr std::size_t address_octets = 9;
Address read_address(Bytes rest);

/// What data blocks of S7-400 are read by.
struct BlockPart {
  std::uint8_t octets = 0;
  std::uint16_t db = 0, start = 0;
};
constexpr std::size_t block_part_octets = 5;
BlockPart read_block_part(Reader& in);

/// One item of data with its return code. Borrows the message.
struct DataItem {
  DataHead head;
  Bytes octets;
};
DataItem read_data_item(Reader& in, bool last);

/// The value of an item: by the transport size of its data, and of its address where that is known (0: it is not).
std::optional<double> value_of(DataItem const& item, std::uint8_t transport_size);

/// What a message is about, small enough to wait in the session for the response.
struct Subject {
  enum class Kind : std::uint8_t { none, variable, nck, drive, symbolic, block, service, status_list, other };
  Kind kind = Kind::none;
  std::uint8_t area = 0;       ///< variable: area; nck: area and unit; block: the type's second digit
  std::uint8_t size = 0;       ///< variable: transport size; symbolic, other: syntax
  std::uint8_t variables = 0;  ///< reads and writes: how many variables, this being the first
  std::uint16_t db = 0;        ///< variable: data block; nck: column; service: number in the table; list: SZL-ID
  std::uint16_t count = 0;
  std::uint32_t address = 0;  ///< variable: bit address; nck: line; drive: number and index; symbolic: check sum;
                              ///< block: number; list: index
};
Subject subject_of(Item const& item);

/// Names are shorter than this.
using Name = std::array<char, 48>;
/// The name of a subject as people write it: "DB131.DBX8.0", "MW10", "OB1", "SZL 0x0011/0x0000". Empty for none.
std::string_view name_of(Subject const& subject, Name& room);

}  // namespace greywatch::agent::s7comm
