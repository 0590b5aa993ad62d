#include "agent/dissect/tftp/tftp.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::tftp {
namespace {

using test::Exchange;
using test::octets;

std::string const request =
    "0002"
    "66772e62696e00"
    "6f6374657400"
    "7473697a6500"
    "3900";  // fw.bin, octet, tsize, 9

TEST_CASE("A request names its file, mode and options") {
  Exchange flow(dissector, "tftp.");
  auto const said = flow.ask(request);
  CHECK(said.operation == Operation::file);
  CHECK(said.code == 2);
  CHECK(said.fields["file"] == "fw.bin");
  CHECK(said.fields["mode"] == "octet");
  CHECK(said.fields["option.name"] == "tsize");
  CHECK(said.fields["option.value"] == "9");
}

TEST_CASE("Blocks, acknowledgements and errors are read") {
  Exchange flow(dissector, "tftp.");
  auto const data = flow.ask(
      "00030001"
      "616263");
  CHECK(data.fields["block"] == "1");
  CHECK(data.fields["data_octets"] == "3");
  CHECK(flow.answer("00040001").status == Status::ok);
  auto const error = flow.answer(
      "00050001"
      "6e6f00");
  CHECK(error.status == Status::unknown_object);
  CHECK(error.fields["error_message"] == "no");
  CHECK(flow.answer("00050002"
                    "00")
            .status == Status::refused);
  CHECK(flow.answer("0006"
                    "626c6b73697a6500"
                    "35313200")
            .fields["option.value"] == "512");
}

TEST_CASE("Other opcodes and texts without an end are malformed") {
  Exchange flow(dissector, "tftp.");
  CHECK(flow.ask("0007").malformed->field == "opcode");
  CHECK(flow.ask("000166").malformed->field == "text");
  CHECK(flow.ask("0004").malformed->field == "block");
}

TEST_CASE("Only requests and errors are claimed, and no prefix of a request's names") {
  auto const whole = octets(request);
  CHECK(dissector.probe(whole, Direction::to_server) == Likeness::certain);
  CHECK(dissector.probe(octets("00040001"), Direction::to_server) == Likeness::no);
  CHECK(dissector.probe(octets("0001"
                               "6600"
                               "7800"),
                        Direction::to_server) == Likeness::no);
  Exchange flow(dissector);
  for (std::size_t length = 0; length < 15; ++length) {
    flow.say(Bytes(whole).first(length), Direction::to_server);
    CHECK(dissector.probe(Bytes(whole).first(length), Direction::to_server) == Likeness::no);
  }
}

}  // namespace
}  // namespace greywatch::agent::tftp
