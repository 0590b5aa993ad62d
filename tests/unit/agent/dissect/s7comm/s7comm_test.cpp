#include "agent/dissect/s7comm/s7comm.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"
#include "tests/unit/agent/dissect/s7comm/messages.hpp"

namespace greywatch::agent::s7comm {
namespace {

using test::Exchange;
using test::octets;

TEST_CASE("Two ends agree on what they can") {
  Exchange flow(dissector, "s7comm.");
  auto const asked = flow.ask(setup);
  CHECK(asked.operation == Operation::session);
  CHECK(asked.role == Role::request);
  CHECK(asked.code == 0xF0);
  CHECK(asked.fields["pdu_length"] == "480");
  auto const agreed = flow.answer(acknowledge("0001",
                                              "f000"
                                              "0001"
                                              "0001"
                                              "00f0"));
  CHECK(agreed.role == Role::response);
  CHECK(agreed.status == Status::ok);
  CHECK(agreed.fields["pdu_length"] == "240");
}

TEST_CASE("A PDU longer than both ends agreed to is told") {
  Exchange flow(dissector, "s7comm.");
  flow.ask(setup);
  flow.answer(acknowledge("0001",
                          "f000"
                          "0001"
                          "0001"
                          "00f0"));
  CHECK(flow.ask(job("0002", "1e00000000000007")).rules().empty());
  auto const value = std::string("0004") + hex16(230 * 8) + std::string(460, '0');
  CHECK(flow.ask(job("0003",
                     "0501"
                     "120a100200e6000184000000",
                     value))
            .rules() == "s7comm.pdu.longer_than_negotiated");
}

TEST_CASE("A write names its variable, and the answer the same one") {
  Exchange flow(dissector, "s7comm.");
  auto const asked = flow.ask(write_bit);
  CHECK(asked.operation == Operation::write);
  CHECK(asked.target.object == 64);
  CHECK(asked.target.count == 1);
  CHECK(asked.value == 1.0);
  CHECK(asked.fields["object"] == "DB131.DBX8.0");
  CHECK(asked.fields["item.db_number"] == "131");
  CHECK(asked.fields["item.byte_address"] == "8");
  CHECK(asked.fields["item.bit_address"] == "0");
  CHECK(asked.fields["data.octets"] == "01");
  auto const told = flow.answer(acknowledge("2700", "0501", "ff"));
  CHECK(told.operation == Operation::write);
  CHECK(told.status == Status::ok);
  CHECK(told.fields["object"] == "DB131.DBX8.0");
  CHECK(told.rules().empty());
}

TEST_CASE("A write of several variables tells each of them") {
  Exchange flow(dissector, "s7comm.");
  flow.ask(job("0002",
               "0502"
               "120a10050001000083000010"
               "120a10080001000084000020",
               "00050010ffff"
               "00070004"
               "3fc00000"));
  REQUIRE(flow.emitted == 2);
  CHECK(flow.all[0].fields["item_count"] == "2");
  CHECK(flow.all[0].value == -1.0);
  CHECK(flow.all[1].operation == Operation::write);
  CHECK(flow.all[1].fields["object"] == "DB0.DBD4");
  CHECK(flow.all[1].fields["item_count"].empty());
  CHECK(flow.all[1].value == 1.5);
}

TEST_CASE("Variables have the names that people give them") {
  Exchange flow(dissector, "s7comm.");
  auto const read = [&](std::string const& address) {
    return flow
        .ask(job("0002",
                 "0401"
                 "120a10" +
                     address))
        .fields["object"];
  };
  CHECK(read("010001000081000003") == "I0.3");
  CHECK(read("020001000082000010") == "QB2");
  CHECK(read("040001000083000050") == "MW10");
  CHECK(read("080001000083000960") == "MD300");
  CHECK(read("1c000100001c000005") == "C5");
  CHECK(read("1d000100001d000007") == "T7");
  CHECK(read("060001000984000020") == "DB9.DBD4");
  CHECK(read("040001000985000020") == "DI9.DIW4");
  CHECK(read("020001000080000008") == "PB1");
  CHECK(read("020001000003000008") == "area 0x03 B1");
  CHECK(flow.ask(job("0002",
                     "0401"
                     "1208"
                     "82"
                     "45"
                     "0023"
                     "0002"
                     "7f01"))
            .fields["object"] == "NCK area 2 unit 5 column 35 line 2");
  CHECK(flow.ask(job("0002",
                     "0401"
                     "120a"
                     "a2"
                     "00"
                     "0000"
                     "0000"
                     "03b3"
                     "0005"))
            .fields["object"] == "P947[5]");
  CHECK(flow.ask(job("0002",
                     "0401"
                     "1207"
                     "b0"
                     "01"
                     "10"
                     "0044"
                     "0166"))
            .fields["object"] == "DB68.DBB358");
  CHECK(flow.ask(job("0002",
                     "0401"
                     "120a"
                     "b2"
                     "ff"
                     "0000"
                     "0052"
                     "deadbeef"))
            .fields["object"] == "symbol 0xdeadbeef");
  auto const strange = flow.ask(job("0002",
                                    "0401"
                                    "1203"
                                    "77"
                                    "0102"));
  CHECK(strange.fields["object"] == "syntax 0x77");
  CHECK(strange.fields["item.octets"] == "0102");
}

TEST_CASE("Values are read by their transport size") {
  Exchange flow(dissector, "s7comm.");
  flow.ask(job("0002",
               "0403"
               "120a10010001000083000000"
               "120a10050001000083000010"
               "120a10080001000083000020"));
  auto const told = flow.answer(acknowledge("0002", "0403",
                                            "ff03000101"
                                            "00"
                                            "ff050010ff85"
                                            "ff07000441ca0000"));
  CHECK(told.status == Status::ok);
  CHECK(told.fields["data.value"] == "1.000000 -123.000000 25.250000");
  CHECK(told.fields["data.length"] == "1 2 4");
  CHECK(told.fields["data.octets"] == "01 ff85 41ca0000");
}

TEST_CASE("Return codes and error classes become a status") {
  Exchange flow(dissector, "s7comm.");
  auto const status = [&](std::string const& answer) {
    flow.ask(write_bit);
    return flow.answer(answer).status;
  };
  CHECK(status(acknowledge("2700", "0501", "03")) == Status::refused);
  CHECK(status(acknowledge("2700", "0501", "05")) == Status::unknown_object);
  CHECK(status(acknowledge("2700", "0501", "06")) == Status::unsupported);
  CHECK(status(acknowledge("2700", "", "", "8104")) == Status::unsupported);
  CHECK(status(acknowledge("2700", "", "", "d241")) == Status::refused);
  CHECK(status(acknowledge("2700", "", "", "8500")) == Status::failed);
  CHECK(status(acknowledge("2700", "0501", "42")) == Status::failed);
  CHECK(flow.unknowns["return_code"] == std::vector<std::uint32_t>{0x42});
}

TEST_CASE("Starting and stopping a CPU are control, changing its program is program") {
  Exchange flow(dissector, "s7comm.");
  auto const stop = flow.ask(job("0002",
                                 "290000000000"
                                 "09505f50524f4752414d"));
  CHECK(stop.operation == Operation::control);
  CHECK(stop.code == 0x29);
  CHECK(stop.fields["invocation.service"] == "P_PROGRAM");
  CHECK(flow.answer(acknowledge("0002", "29")).operation == Operation::control);
  auto const start = flow.ask(job("0003",
                                  "28000000000000fd"
                                  "00024320"
                                  "09505f50524f4752414d"));
  CHECK(start.operation == Operation::control);
  CHECK(start.fields["invocation.argument"] == "C");
  auto const insert = flow.ask(job("0004",
                                   "28000000000000fd"
                                   "000a"
                                   "0100"
                                   "3041303030303150"
                                   "055f494e5345"));
  CHECK(insert.operation == Operation::program);
  CHECK(insert.fields["object"] == "_INSE DB1");
  CHECK(insert.fields["block.number"] == "00001");
  auto const told = flow.answer(acknowledge("0004", "28"));
  CHECK(told.operation == Operation::program);
  CHECK(told.fields["object"] == "_INSE DB1");
  CHECK(flow.ask(job("0005",
                     "28000000000000fd"
                     "0000"
                     "035f5858"))
            .operation == Operation::control);
  CHECK(flow.unknowns["service"].size() == 1);
}

TEST_CASE("A download is asked for by one end, and its blocks are fetched by the other") {
  Exchange flow(dissector, "s7comm.");
  auto const asked = flow.ask(job("0e00",
                                  "1a00010000000000"
                                  "095f30413030303031"
                                  "50"
                                  "0d31303030353030303030343030"));
  CHECK(asked.operation == Operation::program);
  CHECK(asked.fields["object"] == "DB1");
  CHECK(asked.fields["block.load_memory_length"] == "000500");
  CHECK(asked.fields["block.code_length"] == "000400");
  flow.answer(acknowledge("0e00", "1a"));
  auto const fetch = flow.answer(job("0100",
                                     "1b00000000000000"
                                     "095f3041303030303150"));
  CHECK(fetch.role == Role::request);
  CHECK(fetch.fields["block.destination"] == "P");
  auto const given = flow.ask(acknowledge("0100", "1b01",
                                          "000200fb"
                                          "7070"));
  CHECK(given.role == Role::response);
  CHECK(given.fields["object"] == "DB1");
  CHECK(given.fields["block.more_follows"] == "true");
  CHECK(given.fields["data.octets"] == "7070");
  CHECK(given.rules().empty());
}

TEST_CASE("An upload has a number") {
  Exchange flow(dissector, "s7comm.");
  CHECK(flow.ask(job("0008",
                     "1d00000000000000"
                     "095f3038303030303141"))
            .operation == Operation::file);
  auto const told = flow.answer(acknowledge("0008",
                                            "1d00010000000007"
                                            "0730303030323136"));
  CHECK(told.fields["block.upload_id"] == "7");
  CHECK(told.fields["block.length"] == "0000216");
  CHECK(told.fields["object"] == "OB1");
}

TEST_CASE("An acknowledgement of no job is told once a job was paired, and not after a loss") {
  Exchange flow(dissector, "s7comm.");
  CHECK(flow.answer(acknowledge("0009", "0501", "ff")).rules().empty());
  flow.ask(write_bit);
  CHECK(flow.answer(acknowledge("2700", "0501", "ff")).rules().empty());
  CHECK(flow.answer(acknowledge("2700", "0501", "ff")).rules() == "s7comm.response.unsolicited");
  flow.lose(Direction::to_server);
  CHECK(flow.answer(acknowledge("2700", "0501", "ff")).rules().empty());
}

TEST_CASE("An acknowledgement of another function, or of another number of variables, is told") {
  Exchange flow(dissector, "s7comm.");
  flow.ask(write_bit);
  CHECK(flow.answer(acknowledge("2700", "0401", "ff03000101")).rules() == "s7comm.response.function_mismatch");
  flow.ask(write_bit);
  CHECK(flow.answer(acknowledge("2700", "0502", "ffff")).rules() == "s7comm.response.count_mismatch");
}

TEST_CASE("Messages of the transport are a session's") {
  Exchange flow(dissector, "s7comm.");
  auto const asked = flow.ask("0300001611e00000000100c0010ac1020100c2020103");
  CHECK(asked.operation == Operation::session);
  CHECK(asked.code == 0x100E0);
  CHECK(asked.fields["cotp.called_slot"] == "3");
  CHECK(asked.fields["cotp.called_tsap"] == "0103");
  CHECK(flow.answer("0300001611d00001000200c0010ac1020100c2020103").status == Status::ok);
  flow.ask("0300000702f080");
  CHECK(flow.emitted == 0);
  CHECK(flow.deviations["empty_data"] == 1);
}

TEST_CASE("S7comm-plus is read up to its function, and what goes on has no header") {
  Exchange flow(dissector, "s7comm.");
  auto const asked =
      flow.ask(tpkt("72020014"
                    "31"
                    "0000"
                    "054c"
                    "0000"
                    "0003"
                    "000003be"
                    "34"
                    "000000000000"
                    "72020000"));
  CHECK(asked.operation == Operation::read);
  CHECK(asked.code == 0x72054C);
  CHECK(asked.fields["plus.sequence_number"] == "3");
  CHECK(asked.fields["plus.session_id"] == "958");
  CHECK(flow.answer(tpkt("7202000e"
                         "32"
                         "0000"
                         "054c"
                         "0000"
                         "0003"
                         "34"
                         "00000000"
                         "72020000"))
            .role == Role::response);
  auto const noticed =
      flow.answer(tpkt("72020009"
                       "33"
                       "00000400"
                       "00010203"
                       "72020000"));
  CHECK(noticed.operation == Operation::report);
  CHECK(noticed.fields["plus.subscription"] == "1024");
  auto const begins =
      flow.ask(tpkt("72020014"
                    "31"
                    "0000"
                    "04ca"
                    "0000"
                    "0003"
                    "000003be"
                    "34"
                    "000000000000"));
  CHECK(begins.fields["plus.trailer"] == "false");
  auto const goes_on =
      flow.ask(tpkt("72020004"
                    "01020304"
                    "72020000"));
  CHECK_FALSE(goes_on.malformed);
  CHECK(goes_on.fields["plus.opcode"].empty());
  std::string const digest(64, 'a');
  auto const sealed =
      flow.ask(tpkt("7203002f"
                    "20" +
                    digest +
                    "31"
                    "0000"
                    "0542"
                    "0000"
                    "0004"
                    "000003be"
                    "34"
                    "72030000"));
  CHECK(sealed.operation == Operation::write);
  CHECK(sealed.fields["plus.digest"] == digest);
  CHECK(flow.ask(tpkt("72020004"
                      "41020304"
                      "72020000"))
            .malformed);
}

TEST_CASE("Every lie of a length is malformed") {
  Exchange flow(dissector, "s7comm.");
  auto const refused = [&](std::string const& pdu, char const* field) {
    auto const said = flow.ask(tpkt(pdu));
    REQUIRE(said.malformed);
    CHECK(said.malformed->field == field);
    CHECK(said.status == Status::malformed);
  };
  refused("32", "header");
  refused(
      "3209000000010000"
      "0000",
      "rosctr");
  refused(
      "3201000000010000"
      "0000",
      "function");
  refused(
      "3201000000010003"
      "0000"
      "04",
      "parameter_length");
  refused(
      "3201000000010001"
      "0004"
      "29",
      "data_length");
  refused(
      "3201000000010001"
      "0000"
      "29"
      "00",
      "data");
  refused(
      "3201000000010001"
      "0000"
      "04",
      "item_count");
  refused(
      "3201000000010004"
      "0000"
      "0401"
      "120a",
      "item");
  refused(
      "320100000001000e"
      "0004"
      "0501"
      "120a10010001008384000040"
      "00030009",
      "data");
  refused(
      "3207000000010004"
      "0000"
      "00011204",
      "userdata");
  refused(
      "3207000000010008"
      "0000"
      "0001120812840100",
      "userdata.length");
  refused(
      "3207000000010008"
      "0004"
      "0001120411440100"
      "ff090004",
      "data.length");
  refused("99", "protocol_id");
}

TEST_CASE("A probe knows its messages, waits on the transport's, and leaves others alone") {
  auto const like = [](std::string const& hex) { return dissector.probe(octets(hex), Direction::to_server); };
  CHECK(like(write_bit) == Likeness::certain);
  CHECK(like("0300001611e00000000100c0010ac1020100c2020103") == Likeness::more);
  CHECK(like("0300000702f000") == Likeness::more);
  CHECK(like(tpkt("72020009"
                  "33"
                  "00000400"
                  "00010203"
                  "72020000")) == Likeness::certain);
  CHECK(like(tpkt("72020004"
                  "01020304"
                  "72020000")) == Likeness::plausible);
  CHECK(like(tpkt("a0820102")) == Likeness::no);          // MMS
  CHECK(like(tpkt("0100010061020102")) == Likeness::no);  // a session of OSI
  CHECK(like("0300000b060000000000ff") == Likeness::no);
  CHECK(like("1603010200") == Likeness::no);
}

TEST_CASE("Every prefix of a message is refused or read, and never claimed") {
  auto const whole = octets(write_bit);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    auto const prefix = Bytes(whole).first(length);
    if (length >= 17) {
      CHECK(dissector.probe(prefix, Direction::to_server) == Likeness::certain);  // its lengths agree
    } else if (length > 0) {
      CHECK(dissector.probe(prefix, Direction::to_server) == Likeness::more);
    }
    Exchange flow(dissector, "s7comm.");
    if (length > 0) CHECK(flow.say(prefix, Direction::to_server).malformed);
    // The same cut, with a TPKT that tells of it: no prefix of a PDU is a PDU.
    if (length <= 7) continue;
    auto told = std::vector<std::uint8_t>(prefix.begin(), prefix.end());
    told[3] = static_cast<std::uint8_t>(length);
    CHECK(dissector.probe(told, Direction::to_server) != Likeness::certain);
    CHECK(flow.say(told, Direction::to_server).malformed);
  }
}

TEST_CASE("A message in several data TPDUs is one") {
  Exchange flow(dissector, "s7comm.");
  auto const whole = write_bit.substr(14);
  auto const first = whole.substr(0, 16), second = whole.substr(16);
  auto const joined = flow.ask("0300" + hex16(7 + first.size() / 2) + "02f000" + first + tpkt(second));
  CHECK_FALSE(joined.malformed);
  CHECK(joined.fields["object"] == "DB131.DBX8.0");
}

}  // namespace
}  // namespace greywatch::agent::s7comm
