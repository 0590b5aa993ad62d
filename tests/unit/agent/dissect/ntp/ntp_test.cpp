#include "agent/dissect/ntp/ntp.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::ntp {
namespace {

using test::Exchange;
using test::octets;

constexpr auto zero = "0000000000000000";
/// 2026-11-27 00:00:00 UTC and some seconds, as NTP writes it: 2,208,988,800 s from 1900 to 1970.
constexpr std::int64_t midnight = 1'795'737'600;

std::string timestamp(std::int64_t seconds) {
  char text[24];
  std::snprintf(text, sizeof text, "%08llx80000000", static_cast<unsigned long long>(seconds + 2'208'988'800));
  return text;
}
std::string message(std::string const& first, std::string const& origin, std::string const& receive,
                    std::string const& transmit, std::string const& stratum = "02") {
  return first + stratum + "06ec" + "00010000" + "00008000" + "c0000201" + timestamp(midnight - 60) + origin + receive +
         transmit;
}
std::string request(std::int64_t at) {
  return std::string("230006ec") + "00000000" + "00000000" + "00000000" + zero + zero + zero + timestamp(at);
}

TEST_CASE("A client asks a server for the time, and is answered") {
  Exchange flow(dissector, "ntp.");
  auto const asked = flow.ask(request(midnight));
  CHECK(asked.operation == Operation::read);
  CHECK(asked.role == Role::request);
  CHECK(asked.code == 3);
  CHECK(asked.fields["version"] == "4");
  CHECK(asked.fields["transmit_timestamp"] == "17200168919575298048");
  flow.now = from_unix_ns(midnight * 1'000'000'000);
  auto const told = flow.answer(message("24", timestamp(midnight), timestamp(midnight), timestamp(midnight)));
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::ok);
  CHECK(told.rules().empty());
  CHECK(told.fields["stratum"] == "2");
  CHECK(told.fields["poll"] == "6");
  CHECK(told.fields["precision"] == "-20");
  CHECK(told.fields["root_delay"] == "1.000000");
  CHECK(told.fields["root_dispersion"] == "0.500000");
  CHECK(told.fields["reference_id"] == "192.0.2.1");
}

TEST_CASE("An answer that names no request as its origin is told") {
  Exchange flow(dissector, "ntp.");
  flow.ask(request(midnight));
  auto const forged = flow.answer(message("24", timestamp(midnight + 5), timestamp(midnight), timestamp(midnight)));
  CHECK(forged.rules() == "ntp.response.origin_mismatch");
}

TEST_CASE("An answer whose request was lost breaks no rule") {
  Exchange flow(dissector, "ntp.");
  CHECK(flow.answer(message("24", timestamp(midnight), timestamp(midnight), timestamp(midnight))).rules().empty());
  flow.ask(request(midnight));
  flow.lose(Direction::to_server);
  CHECK(flow.answer(message("24", timestamp(1), timestamp(midnight), timestamp(midnight))).rules().empty());
}

TEST_CASE("In interleaved mode the origin is the receive timestamp of the request") {
  Exchange flow(dissector, "ntp.");
  flow.ask(message("23", timestamp(midnight - 9), timestamp(midnight - 7), timestamp(midnight)));
  CHECK(flow.answer(message("24", timestamp(midnight - 7), timestamp(midnight), timestamp(midnight))).rules().empty());
}

TEST_CASE("A server whose clock is stepped by seconds is told once") {
  Exchange flow(dissector, "ntp.");
  auto const poll = [&](std::int64_t at, std::int64_t tells) {
    flow.now = from_unix_ns(at * 1'000'000'000);
    flow.ask(request(at));
    return flow.answer(message("24", timestamp(at), timestamp(tells), timestamp(tells))).rules();
  };
  CHECK(poll(midnight, midnight).empty());
  CHECK(poll(midnight + 64, midnight + 64).empty());
  CHECK(poll(midnight + 128, midnight + 3728) == "ntp.time.stepped");
  CHECK(poll(midnight + 192, midnight + 3792).empty());
}

TEST_CASE("A kiss-o'-death refuses, and tells no time") {
  Exchange flow(dissector, "ntp.");
  flow.ask(request(midnight));
  auto const kiss = flow.answer(std::string("e40006ec") + "00000000" + "00000000" + "52415445" + zero +
                                timestamp(midnight) + timestamp(midnight) + timestamp(midnight));
  CHECK(kiss.status == Status::refused);
  CHECK(kiss.fields["kiss_code"] == "RATE");
  CHECK(kiss.rules().empty());
}

TEST_CASE("Control messages are read, and what they change is configuration") {
  Exchange flow(dissector, "ntp.");
  auto const look = flow.ask("160200010000000000000000");
  CHECK(look.operation == Operation::read);
  CHECK(look.subcode == 2);
  auto const told = flow.answer(
      "168200010615000100000004"
      "733d3200");
  CHECK(told.role == Role::response);
  CHECK(told.status == Status::ok);
  CHECK(told.target.object == 1);
  CHECK(told.fields["control.count"] == "4");
  CHECK(flow.ask("160800020000000000000004"
                 "733d3200")
            .operation == Operation::configure);
  CHECK(flow.answer("16c300030500000100000000").status == Status::unknown_object);
  CHECK(flow.ask("161300030000000000000000").operation == Operation::other);
  CHECK(flow.unknowns["opcode"] == std::vector<std::uint32_t>{19});
}

TEST_CASE("A control message whose count goes beyond the datagram is malformed") {
  Exchange flow(dissector, "ntp.");
  auto const lie = flow.answer(
      "1682000106150001000000ff"
      "733d3200");
  REQUIRE(lie.malformed);
  CHECK(lie.malformed->defect == Defect::truncated);
  CHECK(lie.status == Status::malformed);
}

TEST_CASE("Private messages are read: the list of clients, and a change of configuration") {
  Exchange flow(dissector, "ntp.");
  auto const list = flow.ask("1700032a00000000");
  CHECK(list.operation == Operation::read);
  CHECK(list.subcode == 42);
  CHECK(flow.ask("17000311000100080000000000000000").operation == Operation::configure);
  CHECK(flow.answer("9700032a40000000").status == Status::unknown_object);
  CHECK(flow.answer("9700032a00020048").malformed);
}

TEST_CASE("Extension fields and a digest stand behind the header") {
  Exchange flow(dissector, "ntp.");
  auto const plain = message("23", zero, zero, timestamp(midnight));
  std::string const extension =
      "01040010"
      "000102030405060708090a0b";
  std::string const mac =
      "00000007"
      "00112233445566778899aabbccddeeff";
  auto const said = flow.ask(plain + extension + mac);
  CHECK_FALSE(said.malformed);
  CHECK(said.fields["extension.type"] == "260");
  CHECK(said.fields["extension.length"] == "16");
  CHECK(said.fields["key_id"] == "7");
  CHECK(flow.ask(plain + "0000").malformed);
}

TEST_CASE("Every prefix of a message is refused or read, and never claimed") {
  Exchange flow(dissector, "ntp.");
  auto const whole = octets(message("24", timestamp(midnight), timestamp(midnight), timestamp(midnight)));
  CHECK(dissector.probe(whole, Direction::to_client) == Likeness::certain);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    auto const prefix = Bytes(whole).first(length);
    CHECK(flow.say(prefix, Direction::to_client).malformed);
    CHECK(dissector.probe(prefix, Direction::to_client) == Likeness::no);
  }
}

}  // namespace
}  // namespace greywatch::agent::ntp
