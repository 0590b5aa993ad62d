#include "agent/dissect/modbus/modbus.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::test;

namespace {
struct Modbus : Exchange {
  Modbus() : Exchange(modbus::dissector) {}
};
}  // namespace

// The examples are those of Modbus Application Protocol V1.1b3, behind an MBAP header of transaction 0001 and unit 17.

TEST_CASE("reading coils: the response carries the target of its request", "[dissect][modbus]") {
  Modbus flow;  // 6.1: coils 20 to 38
  auto const request = flow.ask("0001 0000 0006 11 01 0013 0013");
  CHECK(request.operation == Operation::read);
  CHECK(request.role == Role::request);
  CHECK(request.status == Status::none);
  CHECK(request.code == 1);
  CHECK(request.target.unit == 17);
  CHECK(request.target.object == 0x13);
  CHECK(request.target.count == 0x13);
  CHECK_FALSE(request.value);
  CHECK(request.fields["modbus.transaction_id"] == "1");
  CHECK(request.fields["modbus.length"] == "6");
  CHECK(request.fields["modbus.unit_id"] == "17");
  CHECK(request.fields["modbus.function_code"] == "1");
  CHECK(request.fields["modbus.function"] == "Read Coils");
  CHECK(request.fields["modbus.reference_number"] == "19");
  CHECK(request.fields["modbus.quantity_of_bits"] == "19");
  auto const response = flow.answer("0001 0000 0006 11 01 03 CD 6B 05");
  CHECK(response.role == Role::response);
  CHECK(response.status == Status::ok);
  CHECK(response.target.object == 0x13);
  CHECK(response.target.count == 0x13);
  CHECK(response.fields["modbus.byte_count"] == "3");
  CHECK(response.fields["modbus.bit_value"] == "1 0 1 1 0 0 1 1 1 1 0 1 0 1 1 0 1 0 1");
  CHECK(response.fields["modbus.bit_number"].starts_with("19 20 "));
  CHECK(response.violations.empty());
}

TEST_CASE("reading discrete inputs", "[dissect][modbus]") {
  Modbus flow;  // 6.2: inputs 197 to 218
  CHECK(flow.ask("0001 0000 0006 11 02 00C4 0016").target.count == 22);
  auto const response = flow.answer("0001 0000 0006 11 02 03 AC DB 35");
  CHECK(response.fields["modbus.bit_number"].starts_with("196 "));
  CHECK(response.fields["modbus.bit_value"] == "0 0 1 1 0 1 0 1 1 1 0 1 1 0 1 1 1 0 1 0 1 1");
}

TEST_CASE("reading holding and input registers", "[dissect][modbus]") {
  Modbus flow;  // 6.3: registers 108 to 110
  auto const request = flow.ask("0001 0000 0006 11 03 006B 0003");
  CHECK(request.target.object == 0x6B);
  CHECK(request.fields["modbus.quantity_of_registers"] == "3");
  auto const response = flow.answer("0001 0000 0009 11 03 06 022B 0000 0064");
  CHECK(response.fields["modbus.register_number"] == "107 108 109");
  CHECK(response.fields["modbus.register_value"] == "555 0 100");
  flow.ask("0002 0000 0006 11 04 0008 0001");  // 6.4
  CHECK(flow.answer("0002 0000 0005 11 04 02 000A").fields["modbus.register_value"] == "10");
}

TEST_CASE("a response whose request was not seen is read, without numbers", "[dissect][modbus]") {
  Modbus flow;
  auto const response = flow.answer("0001 0000 0009 11 03 06 022B 0000 0064");
  CHECK(response.role == Role::response);
  CHECK(response.status == Status::ok);
  CHECK(response.target.count == 0);
  CHECK(response.violations.empty());
  CHECK(response.fields["modbus.register_value"] == "555 0 100");
  CHECK(response.fields["modbus.register_number"].empty());
  CHECK(flow.answer("0002 0000 0004 11 01 01 05").fields["modbus.bit_value"] == "1 0 1 0 0 0 0 0");
}

TEST_CASE("writing one coil or register", "[dissect][modbus]") {
  Modbus flow;  // 6.5: coil 173 on
  auto const coil = flow.ask("0001 0000 0006 11 05 00AC FF00");
  CHECK(coil.operation == Operation::write);
  CHECK(coil.target.object == 0xAC);
  CHECK(coil.target.count == 1);
  CHECK(coil.value == 1);
  CHECK(coil.fields["modbus.output_value"] == "65280");
  auto const echo = flow.answer("0001 0000 0006 11 05 00AC FF00");
  CHECK(echo.role == Role::response);
  CHECK(echo.value == 1);
  CHECK(flow.ask("0002 0000 0006 11 05 00AC 0000").value == 0);
  auto const written = flow.ask("0003 0000 0006 11 06 0001 0003");  // 6.6: register 2
  CHECK(written.value == 3);
  CHECK(written.fields["modbus.written_register_value"] == "3");
  CHECK(flow.answer("0003 0000 0006 11 06 0001 0003").violations.empty());
}

TEST_CASE("reading the exception status", "[dissect][modbus]") {
  Modbus flow;  // 6.7
  auto const request = flow.ask("0001 0000 0002 11 07");
  CHECK(request.operation == Operation::diagnose);
  CHECK(request.target.count == 0);
  CHECK(flow.answer("0001 0000 0003 11 07 6D").fields["modbus.exception_status"] == "109");
}

TEST_CASE("diagnostics name their sub-function; those that change the device are controls", "[dissect][modbus]") {
  Modbus flow;  // 6.8
  auto const query = flow.ask("0001 0000 0006 11 08 0000 A537");
  CHECK(query.operation == Operation::diagnose);
  CHECK(query.subcode == 0);
  CHECK(query.fields["modbus.sub_function"] == "0");
  CHECK(query.fields["modbus.query_data"] == "a537");
  CHECK_FALSE(flow.answer("0001 0000 000A 11 08 0000 0102 0304 0506").malformed);
  auto const restart = flow.ask("0002 0000 0006 11 08 0001 FF00");
  CHECK(restart.operation == Operation::control);
  CHECK(restart.subcode == 1);
  CHECK(flow.ask("0003 0000 0006 11 08 0004 0000").operation == Operation::control);
  auto const count = flow.ask("0004 0000 0006 11 08 000B 0000");
  CHECK(count.operation == Operation::diagnose);
  CHECK(flow.answer("0004 0000 0006 11 08 000B 0102").fields["modbus.diagnostic_data"] == "258");
  CHECK(flow.unknowns.empty());
  flow.ask("0005 0000 0006 11 08 0015 0003");
  CHECK(flow.unknowns["sub_function"] == std::vector<std::uint32_t>{21});
}

TEST_CASE("the comm event counter and log", "[dissect][modbus]") {
  Modbus flow;
  flow.ask("0001 0000 0002 11 0B");  // 6.9
  auto const counter = flow.answer("0001 0000 0006 11 0B FFFF 0108");
  CHECK(counter.fields["modbus.comm_status"] == "65535");
  CHECK(counter.fields["modbus.event_count"] == "264");
  flow.ask("0002 0000 0002 11 0C");  // 6.10
  auto const log = flow.answer("0002 0000 000B 11 0C 08 0000 0108 0121 20 00");
  CHECK(log.fields["modbus.message_count"] == "289");
  CHECK(log.fields["modbus.event"] == "32 0");
}

TEST_CASE("writing several coils and registers", "[dissect][modbus]") {
  Modbus flow;  // 6.11: ten coils from 20
  auto const coils = flow.ask("0001 0000 0009 11 0F 0013 000A 02 CD 01");
  CHECK(coils.operation == Operation::write);
  CHECK(coils.target.object == 0x13);
  CHECK(coils.target.count == 10);
  CHECK(coils.value == 1);
  CHECK(coils.fields["modbus.written_bit_value"] == "1 0 1 1 0 0 1 1 1 0");
  auto const done = flow.answer("0001 0000 0006 11 0F 0013 000A");
  CHECK(done.fields["modbus.quantity_of_bits"] == "10");
  CHECK(done.violations.empty());
  auto const registers = flow.ask("0002 0000 000B 11 10 0001 0002 04 000A 0102");  // 6.12
  CHECK(registers.value == 10);
  CHECK(registers.fields["modbus.register_number"] == "1 2");
  CHECK(registers.fields["modbus.register_value"] == "10 258");
  CHECK(flow.answer("0002 0000 0006 11 10 0001 0002").violations.empty());
}

TEST_CASE("a server reports its id", "[dissect][modbus]") {
  Modbus flow;  // 6.13
  CHECK(flow.ask("0001 0000 0002 11 11").operation == Operation::read);
  auto const response = flow.answer("0001 0000 0007 11 11 04 41 42 43 FF");
  CHECK(response.fields["modbus.server_id"] == "ABC\xFF");
}

TEST_CASE("file records are targets of file and record number", "[dissect][modbus]") {
  Modbus flow;  // 6.14
  auto const request = flow.ask("0001 0000 0011 11 14 0E 06 0004 0001 0002 06 0003 0009 0002");
  CHECK(request.operation == Operation::read);
  CHECK(request.target.object == 0x40001);
  CHECK(request.target.count == 2);
  CHECK(request.fields["modbus.file_number"] == "4 3");
  CHECK(request.fields["modbus.record_number"] == "1 9");
  CHECK(request.fields["modbus.reference_type"] == "6 6");
  auto const response = flow.answer("0001 0000 000F 11 14 0C 05 06 0DFE 0020 05 06 33CD 0040");
  CHECK_FALSE(response.malformed);
  CHECK(response.target.object == 0x40001);
  CHECK(response.fields["modbus.record_data"] == "3582 32 13261 64");
  auto const write = flow.ask("0002 0000 0010 11 15 0D 06 0004 0007 0003 06AF 04BE 100D");  // 6.15
  CHECK_FALSE(write.malformed);
  CHECK(write.operation == Operation::write);
  CHECK(write.target.object == 0x40007);
  CHECK(write.value == 0x6AF);
  CHECK(flow.answer("0002 0000 0010 11 15 0D 06 0004 0007 0003 06AF 04BE 100D").violations.empty());
}

TEST_CASE("masking, exchanging, and the queue", "[dissect][modbus]") {
  Modbus flow;
  auto const mask = flow.ask("0001 0000 0008 11 16 0004 00F2 0025");  // 6.16
  CHECK(mask.operation == Operation::write);
  CHECK(mask.fields["modbus.and_mask"] == "242");
  CHECK(mask.fields["modbus.or_mask"] == "37");
  auto const exchange = flow.ask("0002 0000 0011 11 17 0003 0006 000E 0003 06 00FF 00FF 00FF");  // 6.17
  CHECK(exchange.operation == Operation::write);
  CHECK(exchange.target.object == 0x0E);
  CHECK(exchange.target.count == 3);
  CHECK(exchange.value == 255);
  CHECK(exchange.fields["modbus.read_reference_number"] == "3");
  CHECK(exchange.fields["modbus.read_quantity"] == "6");
  auto const values = flow.answer("0002 0000 000F 11 17 0C 00FE 0ACD 0001 0003 000D 00FF");
  CHECK(values.violations.empty());
  CHECK(values.fields["modbus.read_register_value"] == "254 2765 1 3 13 255");
  flow.ask("0003 0000 0004 11 18 04DE");  // 6.18
  auto const queue = flow.answer("0003 0000 000A 11 18 0006 0002 01B8 1284");
  CHECK(queue.target.object == 0x4DE);
  CHECK(queue.fields["modbus.quantity_of_registers"] == "2");
  CHECK(queue.fields["modbus.fifo_value"] == "440 4740");
}

TEST_CASE("device identification names its objects", "[dissect][modbus]") {
  Modbus flow;  // 6.21
  auto const request = flow.ask("0001 0000 0005 11 2B 0E 01 00");
  CHECK(request.operation == Operation::read);
  CHECK(request.subcode == 14);
  CHECK(request.fields["modbus.read_device_id_code"] == "1");
  auto const response = flow.answer(
      "0001 0000 001C 11 2B 0E 01 01 00 00 03"
      "00 06 436F6D70616E  01 03 585858  02 05 56322E3131");
  CHECK_FALSE(response.malformed);
  CHECK(response.fields["modbus.object_id"] == "0 1 2");
  CHECK(response.fields["modbus.object_value"] == "Compan XXX V2.11");
  CHECK(response.fields["modbus.conformity_level"] == "1");
}

TEST_CASE("CANopen, users' and unknown codes stay opaque, and the unknown are counted", "[dissect][modbus]") {
  Modbus flow;
  auto const canopen = flow.ask("0001 0000 0007 11 2B 0D 01 02 03 04");
  CHECK(canopen.operation == Operation::other);
  CHECK(canopen.fields["modbus.data"] == "01020304");
  CHECK(flow.unknowns.empty());
  auto const user = flow.ask("0003 0000 0004 11 41 AA BB");
  CHECK(user.operation == Operation::other);
  CHECK_FALSE(user.malformed);
  flow.ask("0004 0000 0003 11 2B 63");
  CHECK(flow.unknowns["function_code"] == std::vector<std::uint32_t>{0x41});
  CHECK(flow.unknowns["mei_type"] == std::vector<std::uint32_t>{0x63});
}

TEST_CASE("exceptions say how the request ended", "[dissect][modbus]") {
  struct Row {
    std::string code;
    Status status;
  };
  for (auto const& [code, status] :
       {Row{"01", Status::unsupported}, Row{"02", Status::unknown_object}, Row{"03", Status::refused},
        Row{"04", Status::failed}, Row{"05", Status::ok}, Row{"06", Status::failed}, Row{"08", Status::failed},
        Row{"0A", Status::failed}, Row{"0B", Status::failed}, Row{"77", Status::failed}}) {
    Modbus flow;
    flow.ask("0001 0000 0006 11 06 04A1 0001");
    auto const refusal = flow.answer("0001 0000 0003 11 86" + code);
    CHECK(refusal.role == Role::response);
    CHECK(refusal.operation == Operation::write);
    CHECK(refusal.code == 6);
    CHECK(refusal.status == status);
    CHECK(refusal.target.object == 0x4A1);
    CHECK(refusal.violations.empty());
    CHECK(refusal.fields["modbus.function_code"] == "6");
    CHECK(flow.unknowns.count("exception_code") == (code == "77" ? 1 : 0));
  }
}

TEST_CASE("a message cut short anywhere is malformed, and says what it can", "[dissect][modbus]") {
  for (auto const* hex :
       {"0001 0000 0006 11 03 006B 0003", "0001 0000 000B 11 10 0001 0002 04 000A 0102",
        "0001 0000 0011 11 14 0E 06 0004 0001 0002 06 0003 0009 0002",
        "0001 0000 0010 11 15 0D 06 0004 0007 0003 06AF 04BE 100D", "0001 0000 0008 11 16 0004 00F2 0025",
        "0001 0000 0011 11 17 0003 0006 000E 0003 06 00FF 00FF 00FF", "0001 0000 0004 11 18 04DE",
        "0001 0000 0005 11 2B 0E 01 00", "0001 0000 0009 11 0F 0013 000A 02 CD 01"}) {
    auto const whole = octets(hex);
    for (std::size_t n = 0; n < whole.size(); ++n) {
      Modbus flow;
      auto const said = flow.say(Bytes(whole).first(n), Direction::to_server);
      INFO(hex << " first " << n);
      REQUIRE(flow.emitted == 1);
      REQUIRE(said.malformed);
      CHECK(said.status == Status::malformed);
      if (n > 7) CHECK(said.code == whole[7]);
      if (n > 7) CHECK(said.target.unit == 17);
    }
  }
}

TEST_CASE("a frame is as long as its header says", "[dissect][modbus]") {
  auto const whole = octets("0001 0000 0006 11 03 006B 0003 0002");
  for (std::size_t n = 0; n < whole.size(); ++n) {
    auto const cut = modbus::dissector.frame(Bytes(whole).first(n));
    CHECK((cut.verdict == Frame::Verdict::complete) == (n >= 12));
    if (n >= 6) CHECK(cut.length == 12);
  }
  using enum Frame::Verdict;
  auto const verdict = [](std::string_view hex) { return modbus::dissector.frame(octets(hex)).verdict; };
  CHECK(verdict("0001 0001") == lost);
  CHECK(verdict("0001 0000 0001") == lost);
  CHECK(verdict("0001 0000 00FF 11 03") == lost);
  CHECK(verdict("0001 0000 00FF") == more);
  CHECK(verdict("0001 0000 00FF 11 5A") == more);  // UMAS is known to exceed the standard
  CHECK(verdict("0001 0000 0801 11 5A") == lost);
}

TEST_CASE("likeness needs rules obeyed, not a port", "[dissect][modbus]") {
  auto const likeness = [](std::string_view hex) { return modbus::dissector.probe(octets(hex), Direction::to_server); };
  CHECK(likeness("0001 0000 0006 11 03 006B 0003") == Likeness::certain);
  CHECK(likeness("0001 0000 0009 11 03 06 022B 0000 0064") == Likeness::certain);
  CHECK(likeness("0001 0000 0006 11 03 006B 0003 0002 0000 0006 11 03 006B") == Likeness::certain);
  CHECK(likeness("0001 0000 0003 11 83 02") == Likeness::certain);
  CHECK(likeness("0001 0000 0006 11 03 006B 0003 FFFFFFFF") == Likeness::plausible);
  CHECK(likeness("0001 0000 0006 11 03 006B 0000") == Likeness::plausible);
  CHECK(likeness("0001 0000 0002 11 07") == Likeness::plausible);
  CHECK(likeness("0001 0000 0004 11 64 0000") == Likeness::plausible);
  CHECK(likeness("0001 0000 0006 11 03 00") == Likeness::plausible);
  CHECK(likeness("00") == Likeness::more);
  CHECK(likeness("0001 0000 0006 11") == Likeness::more);
  CHECK(likeness("0001 0000 0006 11 00 006B 0003") == Likeness::no);
  CHECK(likeness("474554202F20485454502F312E310D0A") == Likeness::no);
  CHECK(likeness("680407000000") == Likeness::no);
}

TEST_CASE("zeros that fill a message up are let pass and counted, other octets are not", "[dissect][modbus]") {
  Modbus flow;
  CHECK_FALSE(flow.ask("0001 0000 0006 11 2B 0E 03 01 00").malformed);
  auto const refusal = flow.answer("0001 0000 0004 11 AB 06 00");
  CHECK_FALSE(refusal.malformed);
  CHECK(refusal.role == Role::response);
  CHECK(flow.deviations["padding"] == 2);
  auto const tail = flow.ask("0002 0000 0007 11 03 006B 0003 01");
  REQUIRE(tail.malformed);
  CHECK(tail.malformed->defect == Defect::trailing);
  CHECK(tail.malformed->offset == 12);
  CHECK(flow.ask("0002 0000 000B 11 03 006B 0003 0000000000").malformed);
}
