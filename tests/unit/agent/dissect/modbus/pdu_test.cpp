#include "agent/dissect/modbus/pdu.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/octets.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::test;
using modbus::read_pdu;

namespace {

/// An ADU of transaction 1 and unit 17 around a PDU, its length true.
std::vector<std::uint8_t> adu(std::string_view pdu) {
  auto const body = octets(pdu);
  std::vector<std::uint8_t> whole{0, 1, 0, 0, 0, static_cast<std::uint8_t>(body.size() + 1), 17};
  whole.insert(whole.end(), body.begin(), body.end());
  return whole;
}

struct Lie {
  std::string_view what, pdu;
  bool response;
  Defect defect;
  std::size_t offset;  ///< in the ADU; the function code is at 7
  std::string_view field;
};

constexpr bool request = false, response = true;
using enum Defect;

// One for each rule, by the clauses of Modbus Application Protocol V1.1b3. All but what is said is right.
constexpr Lie lies[] = {
    {"no function 0", "00 0000", request, bad_value, 7, "modbus.function_code"},
    {"6.1: no coils", "01 0013 0000", request, bad_value, 10, "modbus.quantity_of_bits"},
    {"6.1: 2001 coils", "01 0013 07D1", request, bad_value, 10, "modbus.quantity_of_bits"},
    {"6.1: a request cut short", "01 0013 00", request, truncated, 11, "modbus.data"},
    {"6.1: a request too long", "01 0013 0001 07", request, trailing, 12, "modbus.data"},
    {"6.1: no octets of coils", "01 00", response, bad_value, 8, "modbus.byte_count"},
    {"6.1: 251 octets of coils", "01 FB", response, bad_value, 8, "modbus.byte_count"},
    {"6.1: fewer octets than counted", "01 03 CD 6B", response, bad_length, 8, "modbus.byte_count"},
    {"6.1: more octets than counted", "01 01 CD 6B", response, bad_length, 8, "modbus.byte_count"},
    {"6.2: no inputs", "02 00C4 0000", request, bad_value, 10, "modbus.quantity_of_bits"},
    {"6.3: no registers", "03 006B 0000", request, bad_value, 10, "modbus.quantity_of_registers"},
    {"6.3: 126 registers", "03 006B 007E", request, bad_value, 10, "modbus.quantity_of_registers"},
    {"6.3: half a register", "03 03 022B 00", response, bad_length, 8, "modbus.byte_count"},
    {"6.3: an empty response", "03 00", response, bad_value, 8, "modbus.byte_count"},
    {"6.3: fewer octets than counted", "03 06 022B 0000", response, bad_length, 8, "modbus.byte_count"},
    {"6.4: 126 registers", "04 0008 007E", request, bad_value, 10, "modbus.quantity_of_registers"},
    {"6.5: a coil neither on nor off", "05 00AC FF01", request, bad_value, 10, "modbus.output_value"},
    {"6.5: the same, answered", "05 00AC 0001", response, bad_value, 10, "modbus.output_value"},
    {"6.6: no value", "06 0001", request, truncated, 10, "modbus.data"},
    {"6.6: half a register more", "06 0001 0003 01", request, trailing, 12, "modbus.data"},
    {"6.7: a request with data", "07 6D", request, trailing, 8, "modbus.data"},
    {"6.7: a response without", "07", response, truncated, 8, "modbus.data"},
    {"6.8: no sub-function", "08 00", request, truncated, 9, "modbus.data"},
    {"6.8: no data", "08 000B", request, truncated, 10, "modbus.data"},
    {"6.8: two words of data", "08 000B 0000 0001", request, trailing, 12, "modbus.data"},
    {"6.8: a restart that neither keeps nor clears the log", "08 0001 0001", request, bad_value, 10,
     "modbus.diagnostic_data"},
    {"6.9: a status neither busy nor idle", "0B 0001 0108", response, bad_value, 8, "modbus.comm_status"},
    {"6.9: no event count", "0B FFFF", response, truncated, 10, "modbus.data"},
    {"6.10: fewer octets than the counts", "0C 05 0000 0108 01", response, bad_value, 8, "modbus.byte_count"},
    {"6.10: fewer events than counted", "0C 08 0000 0108 0121 20", response, bad_length, 8, "modbus.byte_count"},
    {"6.11: no coils", "0F 0013 0000 00", request, bad_value, 10, "modbus.quantity_of_bits"},
    {"6.11: 1969 coils", "0F 0013 07B1 01 00", request, bad_value, 10, "modbus.quantity_of_bits"},
    {"6.11: fewer octets than coils", "0F 0013 000A 01 CD", request, bad_length, 12, "modbus.byte_count"},
    {"6.11: more octets than coils", "0F 0013 0008 02 CD01", request, bad_length, 12, "modbus.byte_count"},
    {"6.11: octets cut short", "0F 0013 000A 02 CD", request, truncated, 14, "modbus.data"},
    {"6.11: no coils written", "0F 0013 0000", response, bad_value, 10, "modbus.quantity_of_bits"},
    {"6.12: no registers", "10 0001 0000 00", request, bad_value, 10, "modbus.quantity_of_registers"},
    {"6.12: 124 registers", "10 0001 007C F8", request, bad_value, 10, "modbus.quantity_of_registers"},
    {"6.12: the count says one, the octets two", "10 0001 0001 04 000A 0102", request, bad_length, 12,
     "modbus.byte_count"},
    {"6.12: octets cut short", "10 0001 0002 04 000A", request, truncated, 15, "modbus.data"},
    {"6.12: 124 registers written", "10 0001 007C", response, bad_value, 10, "modbus.quantity_of_registers"},
    {"6.13: fewer octets than counted", "11 04 414243", response, bad_length, 8, "modbus.byte_count"},
    {"6.14: half a reference", "14 06 06 0004 0001 00", request, bad_value, 8, "modbus.byte_count"},
    {"6.14: another reference type", "14 07 05 0004 0001 0002", request, bad_value, 9, "modbus.reference_type"},
    {"6.14: file 0", "14 07 06 0000 0001 0002", request, bad_value, 10, "modbus.file_number"},
    {"6.14: record 10000", "14 07 06 0004 2710 0002", request, bad_value, 12, "modbus.record_number"},
    {"6.14: the count ends within a reference", "14 08 06 0004 0001 0002 06", request, truncated, 17, "modbus.data"},
    {"6.14: fewer octets than counted", "14 0E 06 0004 0001 0002", request, bad_length, 8, "modbus.byte_count"},
    {"6.14: half a register in a record", "14 07 06 06 0DFE 0020 01", response, bad_length, 9, "modbus.byte_count"},
    {"6.14: another reference type answered", "14 08 07 05 0DFE 0020 0001", response, bad_value, 10,
     "modbus.reference_type"},
    {"6.14: a record longer than the response", "14 08 09 06 0DFE 0020 0001", response, truncated, 17, "modbus.data"},
    {"6.15: less than one record", "15 08 06 0004 0007 0000 06", request, bad_value, 8, "modbus.byte_count"},
    {"6.15: another reference type", "15 09 07 0004 0007 0001 06AF", request, bad_value, 9, "modbus.reference_type"},
    {"6.15: file 0", "15 09 06 0000 0007 0001 06AF", request, bad_value, 10, "modbus.file_number"},
    {"6.15: record 10000", "15 09 06 0004 2710 0001 06AF", request, bad_value, 12, "modbus.record_number"},
    {"6.15: fewer registers than the record", "15 09 06 0004 0007 0002 06AF", request, truncated, 18, "modbus.data"},
    {"6.16: no OR mask", "16 0004 00F2", request, truncated, 12, "modbus.data"},
    {"6.17: 126 registers to read", "17 0003 007E 000E 0001 02 00FF", request, bad_value, 10, "modbus.read_quantity"},
    {"6.17: no registers to read", "17 0003 0000 000E 0001 02 00FF", request, bad_value, 10, "modbus.read_quantity"},
    {"6.17: no registers to write", "17 0003 0006 000E 0000 00", request, bad_value, 14, "modbus.write_quantity"},
    {"6.17: 122 registers to write", "17 0003 0006 000E 007A F4", request, bad_value, 14, "modbus.write_quantity"},
    {"6.17: fewer octets than registers", "17 0003 0006 000E 0002 02 00FF", request, bad_length, 16,
     "modbus.byte_count"},
    {"6.17: half a register", "17 03 00FE 0A", response, bad_length, 8, "modbus.byte_count"},
    {"6.18: half a pointer", "18 04", request, truncated, 9, "modbus.data"},
    {"6.18: octets not as counted", "18 0008 0002 01B8 1284", response, bad_length, 8, "modbus.fifo_byte_count"},
    {"6.18: registers not as counted", "18 0006 0001 01B8 1284", response, bad_length, 10,
     "modbus.quantity_of_registers"},
    {"6.18: 32 registers", "18 0002 0020", response, bad_value, 10, "modbus.quantity_of_registers"},
    {"6.19: no MEI type", "2B", request, truncated, 8, "modbus.data"},
    {"6.21: read code 0", "2B 0E 00 00", request, bad_value, 9, "modbus.read_device_id_code"},
    {"6.21: read code 5", "2B 0E 05 00", request, bad_value, 9, "modbus.read_device_id_code"},
    {"6.21: no object", "2B 0E 01", request, truncated, 10, "modbus.data"},
    {"6.21: conformity level 4", "2B 0E 01 04 00 00 00", response, bad_value, 10, "modbus.conformity_level"},
    {"6.21: more follows, or not", "2B 0E 01 01 01 00 00", response, bad_value, 11, "modbus.more_follows"},
    {"6.21: an object longer than the message", "2B 0E 01 01 00 00 01 00 06 436F", response, truncated, 18,
     "modbus.data"},
    {"6.21: fewer objects than counted", "2B 0E 01 01 00 00 02 00 01 43", response, truncated, 17, "modbus.data"},
    {"7: a request is no exception", "83 02", request, bad_value, 7, "modbus.function_code"},
    {"7: exception 0", "83 00", response, bad_value, 8, "modbus.exception_code"},
    {"7: no exception code", "83", response, truncated, 8, "modbus.data"},
    {"7: an exception with data", "83 02 01", response, trailing, 9, "modbus.data"},
};

}  // namespace

TEST_CASE("each rule of the standard is checked, and says where it was broken", "[dissect][modbus]") {
  for (auto const& lie : lies) {
    INFO(lie.what);
    auto const whole = adu(lie.pdu);
    auto const pdu = read_pdu(whole, lie.response);
    REQUIRE(pdu.malformed);
    CHECK(pdu.malformed->defect == lie.defect);
    CHECK(pdu.malformed->offset == lie.offset);
    CHECK(pdu.malformed->field == lie.field);
    CHECK(pdu.function == (whole[7] & 0x7F));
    CHECK(pdu.mbap.unit == 17);
  }
}

TEST_CASE("the header must be that of the message", "[dissect][modbus]") {
  auto const wrong_protocol = read_pdu(octets("0001 0001 0006 11 03 006B 0003"), false);
  REQUIRE(wrong_protocol.malformed);
  CHECK(wrong_protocol.malformed->offset == 2);
  auto const wrong_length = read_pdu(octets("0001 0000 0005 11 03 006B 0003"), false);
  REQUIRE(wrong_length.malformed);
  CHECK(wrong_length.malformed->offset == 4);
  CHECK(wrong_length.malformed->defect == bad_length);
  CHECK(read_pdu({}, false).malformed);
}

TEST_CASE("the largest messages of the standard are read", "[dissect][modbus]") {
  auto const filled = [](std::string_view head, std::size_t size) {
    auto pdu = octets(head);
    pdu.resize(size, 0x55);
    std::vector<std::uint8_t> whole{0, 1, 0, 0, 0, static_cast<std::uint8_t>(pdu.size() + 1), 17};
    whole.insert(whole.end(), pdu.begin(), pdu.end());
    return whole;
  };
  CHECK_FALSE(read_pdu(adu("01 0000 07D0"), request).malformed);
  CHECK_FALSE(read_pdu(filled("01 FA", 252), response).malformed);
  CHECK_FALSE(read_pdu(adu("03 0000 007D"), request).malformed);
  CHECK_FALSE(read_pdu(filled("03 FA", 252), response).malformed);
  CHECK_FALSE(read_pdu(filled("0F 0000 07B0 F6", 252), request).malformed);
  CHECK_FALSE(read_pdu(filled("10 0000 007B F6", 252), request).malformed);
  CHECK_FALSE(read_pdu(filled("17 0000 007D 0000 0079 F2", 252), request).malformed);
  CHECK_FALSE(read_pdu(filled("18 0040 001F", 67), response).malformed);
  CHECK_FALSE(read_pdu(adu("18 0002 0000"), response).malformed);
  CHECK_FALSE(read_pdu(filled("0C 46 0000 0001 0001", 72), response).malformed);
}

TEST_CASE("codes are found in their tables, others are not", "[dissect][modbus]") {
  int functions = 0;
  for (unsigned code = 0; code < 256; ++code)
    functions += modbus::find_function(static_cast<std::uint8_t>(code)) != nullptr;
  CHECK(functions == 20);
  CHECK(modbus::find_function(43)->name == "Encapsulated Interface Transport");
  CHECK(modbus::find_diagnostic(4)->controls);
  CHECK(modbus::find_diagnostic(19) == nullptr);
  CHECK(modbus::find_exception(11)->status == Status::failed);
  CHECK(modbus::find_exception(7) == nullptr);
}
