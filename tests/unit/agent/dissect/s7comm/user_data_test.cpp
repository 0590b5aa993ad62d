#include <catch2/catch.hpp>

#include "agent/dissect/s7comm/s7comm.hpp"
#include "tests/support/exchange.hpp"
#include "tests/unit/agent/dissect/s7comm/messages.hpp"

namespace greywatch::agent::s7comm {
namespace {

using test::Exchange;

TEST_CASE("A system status list in two parts is read when the last one came, and tells what the CPU is") {
  Exchange flow(dissector, "s7comm.");
  auto const asked = flow.ask(user_data("0100", "0001120411440100",
                                        "ff090004"
                                        "00110000"));
  CHECK(asked.operation == Operation::diagnose);
  CHECK(asked.code == 0x704);
  CHECK(asked.subcode == 1);
  CHECK(asked.fields["object"] == "SZL 0x0011/0x0000");
  // Index 1: the order number; 7: the firmware.
  std::string const first =
      "0001"
      "3645533720393939203939392d3041"
      "4230302020"
      "00c0"
      "0003"
      "0001";
  std::string const second =
      "0007"
      "2020202020202020202020202020202020202020"
      "00c0"
      "5603"
      "0207";
  auto const whole =
      "00110000"
      "001c"
      "0002" +
      first + second;
  auto const cut = std::size_t{40};
  auto const part = flow.answer(user_data("0100",
                                          "0001120812840102"
                                          "d5"
                                          "01"
                                          "0000",
                                          "ff090014" + whole.substr(0, cut)));
  CHECK(part.status == Status::ok);
  CHECK(part.fields["szl.id"].empty());
  auto const rest = whole.substr(cut);
  auto const last = flow.answer(user_data("0100",
                                          "0001120812840102"
                                          "d5"
                                          "00"
                                          "0000",
                                          "ff09" + hex16(rest.size() / 2) + rest));
  CHECK(last.fields["szl.record_count"] == "2");
  CHECK(last.fields["szl.order_number"] == "6ES7 999 999-0AB00 ");
  CHECK(last.fields["szl.firmware"] == "V3.2.7");
  auto const alone = flow.answer(user_data("0100",
                                           "0001120812840102"
                                           "d6"
                                           "00"
                                           "0000",
                                           "ff090004"
                                           "00110000"));
  CHECK(alone.fields["szl.id"].empty());
}

TEST_CASE("A password is neither named nor kept as evidence") {
  Exchange flow(dissector, "s7comm.");
  auto const said = flow.ask(user_data("0500", "0001120411450100",
                                       "ff090008"
                                       "213a1b1d6e681b1d"));
  CHECK(said.operation == Operation::session);
  CHECK(said.fields["security.octets"] == "8");
  for (auto const& [name, text] : said.fields.all) CHECK(text.find("213a") == std::string::npos);
  auto const refused = flow.answer(user_data("0500",
                                             "0001120812850101"
                                             "0000"
                                             "d602",
                                             "0a000000"));
  CHECK(refused.status == Status::refused);
  auto const login = flow.ask(job("0006",
                                  "28000000000000fd"
                                  "0006"
                                  "0551574552"
                                  "54"
                                  "095f4e5f4c4f47494e5f"));
  CHECK(login.fields["invocation.service"] == "_N_LOGIN_");
  CHECK(login.fields["invocation.argument"].empty());
}

TEST_CASE("A clock is read and set") {
  Exchange flow(dissector, "s7comm.");
  CHECK(flow.ask(user_data("0100", "0001120411470100", "0a000000")).operation == Operation::read);
  auto const set = flow.ask(user_data("0200", "0001120411470200",
                                      "ff09000a"
                                      "0020"
                                      "261127143059"
                                      "1234"));
  CHECK(set.operation == Operation::time);
  CHECK(set.fields["clock.time"] == "2026-11-27T14:30:59.123Z");
  auto const bad = flow.ask(user_data("0200", "0001120411470200",
                                      "ff09000a"
                                      "0020"
                                      "269927143059"
                                      "1234"));
  CHECK(bad.fields["clock.month"] == "99");
  CHECK(bad.fields["clock.time"].empty());
}

TEST_CASE("What a CPU pushes is a report") {
  Exchange flow(dissector, "s7comm.");
  auto const stopped = flow.answer(user_data("0000", "0100101000000000", ""));
  CHECK(stopped.operation == Operation::report);
  CHECK(stopped.role == Role::unsolicited);
  CHECK(stopped.fields["userdata.mode"] == "0");
  auto const cyclic = flow.answer(user_data("0000", "0001120411020100",
                                            "ff090008"
                                            "0001"
                                            "ff0400100001"));
  CHECK(cyclic.operation == Operation::report);
  CHECK(cyclic.fields["data.value"] == "1.000000");
  auto const event = flow.answer(user_data("0000", "0001120411040300",
                                           "ff090014"
                                           "4304ff84"
                                           "0000000000000000"
                                           "9401092153421521"));
  CHECK(event.fields["diagnostic.event_id"] == "17156");
  CHECK(event.fields["clock.time"] == "1994-01-09T21:53:42.152Z");
  auto const alarm = flow.answer(user_data("0000", "0001120411040500",
                                           "ff09001a"
                                           "9401060027203975"
                                           "4001"
                                           "120a1601000000af0000fefe"
                                           "ff0400080100"));
  CHECK(alarm.fields["alarm.event_id"] == "175");
  CHECK(alarm.fields["alarm.acknowledged_going"] == "254");
}

TEST_CASE("Subfunctions that no table lists are counted") {
  Exchange flow(dissector, "s7comm.");
  auto const said = flow.ask(user_data("0100", "0001120411497f00", "ff0900020102"));
  CHECK(said.operation == Operation::other);
  CHECK(said.fields["userdata.octets"] == "0102");
  CHECK(flow.unknowns["userdata.subfunction"] == std::vector<std::uint32_t>{0x97F});
  CHECK(flow.ask(job("0001", "77")).operation == Operation::other);
  CHECK(flow.unknowns["function"] == std::vector<std::uint32_t>{0x77});
}

}  // namespace
}  // namespace greywatch::agent::s7comm
