#include "agent/dissect/modbus/pdu.hpp"

#include <algorithm>

#include "agent/dissect/modbus/umas.hpp"

namespace greywatch::agent::modbus {

namespace {

void refuse(Pdu& pdu, Malformed why) {
  if (!pdu.malformed) pdu.malformed = why;
}

/// A number that must lie in a range, both ends included.
template <class T>
T ranged(T value, Reader const& in, Pdu& pdu, unsigned least, unsigned most, std::string_view field) {
  if (in && (value < least || value > most)) refuse(pdu, {Defect::bad_value, in.at() - sizeof(T), field});
  return value;
}
std::uint16_t number(Reader& in, Pdu& pdu, unsigned least, unsigned most, std::string_view field) {
  return ranged(in.be16(), in, pdu, least, most, field);
}
std::uint8_t octet(Reader& in, Pdu& pdu, unsigned least, unsigned most, std::string_view field) {
  return ranged(in.u8(), in, pdu, least, most, field);
}

/// A byte count that must be `expected`, and the octets it counts.
Bytes counted(Reader& in, Pdu& pdu, std::size_t expected) {
  auto const count = in.u8();
  if (in && count != expected) refuse(pdu, {Defect::bad_length, in.at() - 1, "modbus.byte_count"});
  return in.take(count);
}
/// A byte count within limits that must end with the message, and the octets it counts.
Bytes counted_rest(Reader& in, Pdu& pdu, unsigned least, unsigned most) {
  auto const count = octet(in, pdu, least, most, "modbus.byte_count");
  if (in && count != in.left()) refuse(pdu, {Defect::bad_length, in.at() - 1, "modbus.byte_count"});
  return in.take(count);
}

/// The same, before groups that are read one by one.
std::size_t group_octets(Reader& in, Pdu& pdu, unsigned least, unsigned most) {
  Reader ahead = in;
  counted_rest(ahead, pdu, least, most);
  return in.u8();
}

std::uint16_t first_word(Bytes octets) {
  return octets.size() < 2 ? std::uint16_t{0} : static_cast<std::uint16_t>(octets[0] << 8 | octets[1]);
}

/// Some stacks fill exceptions and short requests up with zeros; no more of them than a word or two were ever seen.
constexpr std::size_t most_padding = 4;

// The functions, by their clause in V1.1b3.

/// 6.1, 6.2.
void read_bits(Reader& in, Pdu& pdu, bool response) {
  if (response) {
    pdu.data = static_cast<std::uint16_t>(counted_rest(in, pdu, 1, 250).size());
    return;
  }
  pdu.object = in.be16();
  pdu.count = number(in, pdu, 1, 2000, "modbus.quantity_of_bits");
}

/// 6.3, 6.4.
void read_registers(Reader& in, Pdu& pdu, bool response) {
  if (response) {
    pdu.data = static_cast<std::uint16_t>(counted_rest(in, pdu, 2, 250).size());
    if (pdu.data % 2 != 0) refuse(pdu, {Defect::bad_length, mbap_octets + 1, "modbus.byte_count"});
    return;
  }
  pdu.object = in.be16();
  pdu.count = number(in, pdu, 1, 125, "modbus.quantity_of_registers");
}

/// 6.5: the only values are FF00 and 0000; the response is an echo.
void write_coil(Reader& in, Pdu& pdu, bool) {
  pdu.object = in.be16();
  pdu.count = 1;
  auto const value = in.be16();
  if (in && value != 0 && value != 0xFF00) refuse(pdu, {Defect::bad_value, in.at() - 2, "modbus.output_value"});
  pdu.value = pdu.besides = value == 0 ? 0 : 1;
  pdu.either = true;
}

/// 6.6: the response is an echo.
void write_register(Reader& in, Pdu& pdu, bool) {
  pdu.object = in.be16();
  pdu.count = 1;
  pdu.value = pdu.besides = in.be16();
  pdu.either = true;
}

/// 6.7.
void read_exception_status(Reader& in, Pdu&, bool response) {
  if (response) in.skip(1);
}

/// 6.8. Return Query Data carries what it likes; all others one word, of which the standard fixes that of a restart.
void diagnostics(Reader& in, Pdu& pdu, bool) {
  pdu.subcode = in.be16();
  pdu.either = true;
  if (pdu.subcode == 0 || find_diagnostic(pdu.subcode) == nullptr) {
    in.rest();
    return;
  }
  auto const data = in.be16();
  if (in && pdu.subcode == 1 && data != 0 && data != 0xFF00) {
    refuse(pdu, {Defect::bad_value, in.at() - 2, "modbus.diagnostic_data"});
  }
}

/// 6.9.
void event_counter(Reader& in, Pdu& pdu, bool response) {
  if (!response) return;
  auto const status = in.be16();
  if (in && status != 0 && status != 0xFFFF) refuse(pdu, {Defect::bad_value, in.at() - 2, "modbus.comm_status"});
  in.skip(2);
}

/// 6.10: status, event count, message count, and up to 64 events.
void event_log(Reader& in, Pdu& pdu, bool response) {
  if (response) counted_rest(in, pdu, 6, 70);
}

/// 6.11.
void write_coils(Reader& in, Pdu& pdu, bool response) {
  pdu.object = in.be16();
  pdu.count = number(in, pdu, 1, 1968, "modbus.quantity_of_bits");
  if (response) return;
  auto const values = counted(in, pdu, (pdu.count + 7u) / 8u);
  if (!values.empty()) pdu.value = values[0] & 1;
}

/// 6.12.
void write_registers(Reader& in, Pdu& pdu, bool response) {
  pdu.object = in.be16();
  pdu.count = number(in, pdu, 1, 123, "modbus.quantity_of_registers");
  if (response) return;
  auto const values = counted(in, pdu, pdu.count * 2u);
  if (values.size() >= 2) pdu.value = first_word(values);
}

/// 6.13: what it says is the device's own.
void report_server_id(Reader& in, Pdu& pdu, bool response) {
  if (response) counted_rest(in, pdu, 1, 251);
}

constexpr std::uint8_t file_reference = 6;

/// One reference of a file record request. 6.14, 6.15.
void file_reference_head(Reader& in, Pdu& pdu, bool first) {
  octet(in, pdu, file_reference, file_reference, "modbus.reference_type");
  std::uint32_t const file = number(in, pdu, 1, 0xFFFF, "modbus.file_number");
  auto const record = number(in, pdu, 0, 9999, "modbus.record_number");
  if (first) pdu.object = file << 16 | record;
}

/// 6.14.
void read_file(Reader& in, Pdu& pdu, bool response) {
  std::size_t left = group_octets(in, pdu, 7, 245);
  for (bool first = true; in && left > 0; first = false) {
    auto const start = in.at();
    if (response) {
      auto const length = octet(in, pdu, 1, 245, "modbus.byte_count");
      octet(in, pdu, file_reference, file_reference, "modbus.reference_type");
      if (in && length % 2 == 0) refuse(pdu, {Defect::bad_length, start, "modbus.byte_count"});
      in.skip(length == 0 ? 0u : length - 1u);
    } else {
      file_reference_head(in, pdu, first);
      auto const length = in.be16();
      if (first) pdu.count = length;
    }
    auto const used = in.at() - start;
    if (in && used > left) refuse(pdu, {Defect::bad_length, start, "modbus.byte_count"});
    left -= std::min(used, left);
  }
}

/// 6.15: the response is an echo.
void write_file(Reader& in, Pdu& pdu, bool) {
  pdu.either = true;
  std::size_t left = group_octets(in, pdu, 9, 251);
  for (bool first = true; in && left > 0; first = false) {
    auto const start = in.at();
    file_reference_head(in, pdu, first);
    auto const length = in.be16();
    auto const values = in.take(length * 2u);
    if (first) pdu.count = length;
    if (first && values.size() >= 2) pdu.value = first_word(values);
    auto const used = in.at() - start;
    if (in && used > left) refuse(pdu, {Defect::bad_length, start, "modbus.byte_count"});
    left -= std::min(used, left);
  }
}

/// 6.16: the response is an echo.
void mask_write(Reader& in, Pdu& pdu, bool) {
  pdu.object = in.be16();
  pdu.count = 1;
  in.skip(4);
  pdu.either = true;
}

/// 6.17. The target is what is written.
void read_write(Reader& in, Pdu& pdu, bool response) {
  if (response) {
    pdu.data = static_cast<std::uint16_t>(counted_rest(in, pdu, 2, 250).size());
    if (pdu.data % 2 != 0) refuse(pdu, {Defect::bad_length, mbap_octets + 1, "modbus.byte_count"});
    return;
  }
  in.skip(2);
  pdu.besides = number(in, pdu, 1, 125, "modbus.read_quantity");
  pdu.object = in.be16();
  pdu.count = number(in, pdu, 1, 121, "modbus.write_quantity");
  auto const values = counted(in, pdu, pdu.count * 2u);
  if (values.size() >= 2) pdu.value = first_word(values);
}

/// 6.18. The byte count of the response has two octets.
void read_fifo(Reader& in, Pdu& pdu, bool response) {
  if (!response) {
    pdu.object = in.be16();
    pdu.count = 1;
    return;
  }
  auto const octets = in.be16();
  if (in && octets != in.left()) refuse(pdu, {Defect::bad_length, in.at() - 2, "modbus.fifo_byte_count"});
  auto const count = number(in, pdu, 0, 31, "modbus.quantity_of_registers");
  if (in && octets != 2 + 2 * count) refuse(pdu, {Defect::bad_length, in.at() - 2, "modbus.quantity_of_registers"});
  in.take(count * 2u);
}

/// 6.21.
void device_identification(Reader& in, Pdu& pdu, bool response) {
  octet(in, pdu, 1, 4, "modbus.read_device_id_code");
  if (!response) {
    pdu.object = in.u8();
    pdu.count = 1;
    return;
  }
  auto const conformity = in.u8();
  if (in && ((conformity & 0x7F) < 1 || (conformity & 0x7F) > 3)) {
    refuse(pdu, {Defect::bad_value, in.at() - 1, "modbus.conformity_level"});
  }
  auto const more_follows = in.u8();
  if (in && more_follows != 0 && more_follows != 0xFF)
    refuse(pdu, {Defect::bad_value, in.at() - 1, "modbus.more_follows"});
  in.skip(1);
  for (unsigned objects = in.u8(); in && objects > 0; --objects) {
    in.skip(1);
    in.take(in.u8());
  }
}

/// 6.19 to 6.21. CANopen's own protocol (CiA 309) and unknown types stay opaque.
void encapsulated(Reader& in, Pdu& pdu, bool response) {
  pdu.subcode = in.u8();
  if (pdu.subcode == mei_device_identification) return device_identification(in, pdu, response);
  pdu.either = true;
  in.rest();
}

void opaque(Reader& in, Pdu& pdu, bool) {
  pdu.either = true;
  in.rest();
}

void read_function(Reader& in, Pdu& pdu, bool response) {
  switch (pdu.function) {
    case 1:
    case 2:
      return read_bits(in, pdu, response);
    case 3:
    case 4:
      return read_registers(in, pdu, response);
    case 5:
      return write_coil(in, pdu, response);
    case 6:
      return write_register(in, pdu, response);
    case 7:
      return read_exception_status(in, pdu, response);
    case 8:
      return diagnostics(in, pdu, response);
    case 11:
      return event_counter(in, pdu, response);
    case 12:
      return event_log(in, pdu, response);
    case 15:
      return write_coils(in, pdu, response);
    case 16:
      return write_registers(in, pdu, response);
    case 17:
      return report_server_id(in, pdu, response);
    case 20:
      return read_file(in, pdu, response);
    case 21:
      return write_file(in, pdu, response);
    case 22:
      return mask_write(in, pdu, response);
    case 23:
      return read_write(in, pdu, response);
    case 24:
      return read_fifo(in, pdu, response);
    case 43:
      return encapsulated(in, pdu, response);
    default:  // not a case of its own, which all other functions would have to pass by
      return pdu.function == umas_code ? read_umas_pdu(in.rest(), pdu, response) : opaque(in, pdu, response);
  }
}

}  // namespace

Pdu read_pdu(Bytes adu, bool response) {
  Reader in(adu);
  auto const mbap = read_mbap(in);
  auto const code = in.u8();
  Pdu pdu{.mbap = mbap, .function = static_cast<std::uint8_t>(code & 0x7F)};
  if (!in) {
    refuse(pdu, in.error("modbus.function_code"));
    return pdu;
  }
  if (mbap.protocol != 0) refuse(pdu, {Defect::bad_value, 2, "modbus.protocol_id"});
  if (mbap.length != adu.size() - 6) refuse(pdu, {Defect::bad_length, 4, "modbus.length"});
  if (pdu.function == 0) refuse(pdu, {Defect::bad_value, mbap_octets, "modbus.function_code"});
  if ((code & 0x80) == 0) {
    read_function(in, pdu, response);
  } else if (response) {
    // 7: one octet of exception code follows.
    pdu.exception = octet(in, pdu, 1, 255, "modbus.exception_code");
    pdu.subcode = pdu.exception;
  } else {
    refuse(pdu, {Defect::bad_value, mbap_octets, "modbus.function_code"});
    in.rest();
  }
  if (!in) refuse(pdu, in.error("modbus.data"));
  if (in && in.left() != 0) {
    auto const end = in.at();
    auto const tail = in.rest();
    pdu.padded =
        tail.size() <= most_padding && std::all_of(tail.begin(), tail.end(), [](auto each) { return each == 0; });
    if (!pdu.padded) refuse(pdu, {Defect::trailing, end, "modbus.data"});
  }
  return pdu;
}

}  // namespace greywatch::agent::modbus
