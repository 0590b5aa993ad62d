#include "agent/dissect/bacnet/segments.hpp"

#include <fmt/format.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>

#include "agent/dissect/bacnet/bacnet.hpp"
#include "tests/support/exchange.hpp"

namespace greywatch::agent::bacnet {
namespace {

std::string in_link(std::string const& apdu, std::string const& network = "0100") {
  return fmt::format("810a{:04x}", 4 + test::octets(network + apdu).size()) + network + apdu;
}

/// The answer to a readProperty of device 1, whose object-list has five entries: cut where it should not matter.
std::vector<std::string> const parts{"0c02000001 194c 3e c400000001 c40000", "0002 c4000000", "03 c400800004",
                                     "c400800005 3f"};
constexpr auto all_instances = "1 1 2 3 4 5";  // the device's first

struct Talk : test::Exchange {
  Talk() : Exchange(dissector, "bacnet.") {}
  void read(int invoke_id = 1) { ask(in_link(fmt::format("0275{:02x}0c 0c02000001 194c", invoke_id), "0104")); }
  test::SaidMessage segment(unsigned number, std::string const& body, bool more, int invoke_id = 1) {
    return answer(in_link(fmt::format("{} {:02x} {:02x} 04 0c {}", more ? "3c" : "38", invoke_id, number, body)));
  }
  test::SaidMessage part(std::size_t number, int invoke_id = 1) {
    return segment(static_cast<unsigned>(number), parts[number], number + 1 < parts.size(), invoke_id);
  }
};

TEST_CASE("the segments of an answer are read as one message, with the last of them") {
  Talk talk;
  talk.read();
  auto const first = talk.part(0);
  CHECK_FALSE(first.malformed);
  CHECK(first.fields["object"].empty());
  CHECK(first.fields["asked"] == "device 1 object-list");
  CHECK(first.target.object == (std::uint64_t{0x02000001} << 22 | 76));
  CHECK(talk.ask(in_link("40010004")).operation == Operation::session);
  CHECK(talk.part(1).fields["object"].empty());
  CHECK(talk.part(2).fields["apdu.sequence_number"] == "2");
  auto const last = talk.part(3);
  CHECK_FALSE(last.malformed);
  CHECK(last.fields["instance"] == all_instances);
  CHECK(last.fields["segments"] == "4");
  CHECK(last.fields["incomplete"].empty());
  CHECK(last.role == Role::response);
  CHECK(last.status == Status::ok);
  CHECK(last.target.object == first.target.object);
  CHECK(talk.emitted == 1);
}

TEST_CASE("segments that come in disorder, and again, change nothing") {
  for (auto const& order : std::vector<std::vector<std::size_t>>{{0, 2, 1, 3},
                                                                 {0, 3, 2, 1},
                                                                 {0, 1, 1, 2, 3},
                                                                 {0, 0, 1, 2, 0, 1, 2, 3},
                                                                 {0, 3, 3, 1, 3, 1, 2},
                                                                 {0, 2, 2, 3, 1}}) {
    Talk talk;
    talk.read();
    test::SaidMessage last;
    for (auto number : order) {
      CHECK(last.fields["segments"].empty());
      last = talk.part(number);
      CHECK_FALSE(last.malformed);
    }
    CHECK(last.fields["instance"] == all_instances);
    CHECK(last.fields["segments"] == "4");
  }
}

TEST_CASE("of a message that has lost a segment what came is told when its flow ends") {
  Talk talk;
  talk.read();
  talk.part(0);
  talk.part(1);
  CHECK(talk.part(3).fields["segments"].empty());
  talk.close();
  REQUIRE(talk.all.size() == 1);
  auto const& told = talk.all.front();
  CHECK(told.fields["instance"] == "1 1 2");
  CHECK(told.fields["incomplete"] == "true");
  CHECK(told.fields["segments"] == "2");
  CHECK(told.code == 12);
  CHECK(told.operation == Operation::read);
  CHECK(talk.deviations["segments_missing"] == 1);
  talk.close();
  CHECK(talk.all.empty());
}

TEST_CASE("answers whose segments interleave are all read") {
  for (bool const backwards : {false, true}) {
    Talk talk;
    for (int invoke_id = 1; invoke_id <= 3; ++invoke_id) talk.read(invoke_id);
    std::array<test::SaidMessage, 4> last;
    for (std::size_t number = 0; number < 4; ++number)
      for (int each = 1; each <= 3; ++each) {
        // They end in the order that they began in, or in the other one.
        auto const invoke_id = backwards ? 4 - each : each;
        last[static_cast<std::size_t>(invoke_id)] =
            number == 0 ? talk.segment(0, fmt::format("0c0200000{} 194c 3e c400000001 c40000", each), true, each)
                        : talk.part(number, invoke_id);
      }
    for (int invoke_id = 1; invoke_id <= 3; ++invoke_id) {
      auto& whole = last[static_cast<std::size_t>(invoke_id)];
      CHECK(whole.fields["segments"] == "4");
      CHECK(whole.fields["instance"] == fmt::format("{} 1 2 3 4 5", invoke_id));
    }
    CHECK(talk.deviations.empty());
    CHECK(talk.kept().empty());
  }
}

TEST_CASE("an answer that goes on while others come and go is read to its end") {
  Talk talk;
  talk.read();
  talk.segment(0, "0c02000001 194c 3e", true);
  for (unsigned number = 1; number < 300; ++number) {
    talk.read(2);
    talk.part(0, 2);
    CHECK(talk.segment(number & 255, fmt::format("c4{:08x}", number), true).fields["segments"].empty());
    for (std::size_t part = 1; part < 3; ++part) talk.part(part, 2);
    CHECK(talk.part(3, 2).fields["instance"] == all_instances);
  }
  auto const last = talk.segment(300 & 255, "3f", false);
  CHECK(last.fields["segments"] == "301");
  CHECK(last.fields["instance"].ends_with("298 299"));
  CHECK(talk.deviations.empty());
}

TEST_CASE("a fourth answer at once crowds out the one that waits longest, which is told") {
  Talk talk;
  for (int invoke_id = 1; invoke_id <= 4; ++invoke_id) {
    talk.now += std::chrono::seconds(9);
    talk.read(invoke_id);
    talk.part(0, invoke_id);
    if (invoke_id == 3) talk.part(1, 1);
    talk.part(1, invoke_id);
  }
  CHECK(talk.deviations["segments_crowded_out"] == 1);
  CHECK(talk.deviations["segments_missing"] == 1);
  CHECK(talk.part(2, 2).fields["segments"].empty());
  CHECK(talk.deviations["segment_without_first"] == 1);
  for (int invoke_id : {4, 1, 3}) {
    talk.part(2, invoke_id);
    CHECK(talk.part(3, invoke_id).fields["instance"] == all_instances);
  }
  // What requests say finds room beside three answers.
  for (int invoke_id = 1; invoke_id <= 3; ++invoke_id) talk.part(0, invoke_id);
  talk.ask(in_link("0c 75 09 00 04 10 0c00400001 1e 0955 2e 4441200000 2f", "0104"));
  CHECK(talk.deviations["segments_crowded_out"] == 1);
  CHECK(talk.ask(in_link("08 75 09 01 04 10 1f", "0104")).fields["segments"] == "2");
}

TEST_CASE("a message that no segment came of for long is told, and makes way") {
  Talk talk;
  talk.read();
  talk.part(0);
  talk.part(1);
  talk.now += std::chrono::seconds(30);
  talk.read(2);
  talk.part(0, 2);
  CHECK(talk.emitted == 1);
  talk.now += std::chrono::seconds(50);
  talk.part(1, 2);
  REQUIRE(talk.all.size() == 2);
  CHECK(talk.all[0].fields["incomplete"] == "true");
  CHECK(talk.all[0].fields["instance"] == "1 1 2");
  CHECK(talk.part(2).fields["segments"].empty());
  CHECK(talk.deviations["segment_without_first"] == 1);
  talk.part(2, 2);
  CHECK(talk.part(3, 2).fields["instance"] == all_instances);
  CHECK(talk.deviations["segments_missing"] == 1);
}

TEST_CASE("an answer to a request that is said again begins again") {
  Talk talk;
  talk.read();
  talk.part(0);
  talk.part(1);
  talk.read();
  talk.part(0);
  CHECK(talk.deviations["segments_missing"] == 1);
  for (std::size_t number = 1; number < 3; ++number) CHECK(talk.part(number).fields["segments"].empty());
  CHECK(talk.part(3).fields["instance"] == all_instances);
  // So does one whose first segment says something else.
  talk.part(0);
  talk.segment(0, "0c02000001 194c 3e c400000009", true);
  CHECK(talk.segment(1, "3f", false).fields["instance"] == "1 9");
  CHECK(talk.deviations["segments_missing"] == 2);
}

TEST_CASE("an answer has more segments than there are numbers") {
  Talk talk;
  talk.read();
  talk.segment(0, "0c02000001 194c 3e", true);
  for (unsigned number = 1; number < 600; ++number) {
    // Pairs come the wrong way around.
    auto const other = number % 2 == 1 ? number + 1 : number - 1;
    CHECK(talk.segment(other & 255, fmt::format("c4{:08x}", other), true).fields["segments"].empty());
  }
  CHECK(talk.segment(599 & 255, fmt::format("c4{:08x}", 599), true).fields["segments"].empty());
  auto const last = talk.segment(601 & 255, "3f", false);
  CHECK(last.fields["segments"] == "602");
  auto const instances = last.fields["instance"];
  CHECK(instances.starts_with("1 1 2 3 4 5"));
  CHECK(instances.ends_with("598 599 600"));
}

TEST_CASE("a segment far ahead of its turn is none of the message") {
  Talk talk;
  talk.read();
  talk.part(0);
  talk.segment(34, "c400000001", true);
  CHECK(talk.deviations["segment_too_early"] == 1);
  CHECK(talk.part(1).fields["segments"].empty());
}

TEST_CASE("segments that nobody saw the first of are counted") {
  Talk talk;
  auto const told = talk.part(2);
  CHECK_FALSE(told.malformed);
  CHECK(told.fields["service_name"] == "readProperty");
  CHECK(talk.deviations["segment_without_first"] == 1);
  // One that states another length may lack its end.
  talk.read();
  talk.part(0);
  talk.answer("810a0030 0100 3c 01 01 04 0c 0002");
  CHECK(talk.part(1).fields["segments"].empty());
}

TEST_CASE("when there is no memory for a segment what came is told") {
  Talk talk;
  talk.most_kept = 57;
  talk.read();
  talk.part(0);
  talk.part(1);
  talk.part(2);
  REQUIRE(talk.all.size() == 2);
  CHECK(talk.all[0].fields["instance"] == "1 1 2");
  CHECK(talk.all[0].fields["incomplete"] == "true");
}

TEST_CASE("a lie in a message of segments is told where it is") {
  Talk talk;
  talk.read();
  talk.segment(0, "0c02000001 194c 3e c400000001", true);
  auto const told = talk.segment(1, "c500 3f", false);
  REQUIRE(told.malformed);
  CHECK(told.malformed->offset == 13);
  CHECK(told.status == Status::malformed);
  // A first segment that is wrong begins nothing.
  CHECK(talk.segment(0, "0c02000001 194c 3e c500", true).malformed);
  talk.segment(1, "3f", false);
  CHECK(talk.deviations["segment_without_first"] == 1);
}

/// writePropertyMultiple of the present values of analog outputs 1 to 3.
std::vector<std::string> const writes{"0c00400001 1e 0955 2e 4441200000 2f 1f", "0c00400002 1e 0955 2e 44414000",
                                      "00 2f 1f", "0c00400003 1e 0955 2e 4441600000 2f 1f"};

test::SaidMessage write(Talk& talk, std::size_t number) {
  bool const more = number + 1 < writes.size();
  return talk.ask(in_link(fmt::format("{} 75 09 {:02x} 04 10 {}", more ? "0c" : "08", number, writes[number]), "0104"));
}

TEST_CASE("all that a request of several segments writes is told, each in its own observation") {
  Talk talk;
  CHECK(write(talk, 0).target.count == 1);
  CHECK(talk.emitted == 1);
  write(talk, 1);
  write(talk, 2);
  write(talk, 3);
  REQUIRE(talk.all.size() == 3);
  CHECK(talk.all[0].operation == Operation::write);
  CHECK(talk.all[0].target.count == 3);
  CHECK(talk.all[0].value == 10);
  CHECK(talk.all[1].value == 12);
  CHECK(talk.all[2].value == 14);
  CHECK(talk.all[2].fields["target"] == "analog-output 3 present-value");
  CHECK(talk.answer(in_link("200910")).fields["asked"] == "analog-output 1 present-value");
}

TEST_CASE("what an incomplete request writes is not hidden by what is missing of it") {
  Talk talk;
  for (std::size_t number : {0, 1, 2}) write(talk, number);
  talk.close();
  REQUIRE(talk.all.size() == 2);
  CHECK(talk.all[0].role == Role::request);
  CHECK(talk.all[1].value == 12);
}

TEST_CASE("passwords are not kept to be put together") {
  Talk talk;
  talk.ask(in_link("0c 75 09 00 04 14 0901 1d0a 00 7365637265", "0104"));
  CHECK(talk.kept().empty());
  CHECK(talk.ask(in_link("08 75 09 01 04 14 7473", "0104")).fields["segments"].empty());
}

TEST_CASE("stations behind a router have messages of their own") {
  Talk talk;
  auto const from = [&](int station, unsigned number, std::string const& body, bool more) {
    return talk.answer(in_link(fmt::format("{} 01 {:02x} 04 0c {}", more ? "3c" : "38", number, body),
                               fmt::format("0108 0005 01 {:02x}", station)));
  };
  from(7, 0, parts[0], true);
  CHECK(from(8, 1, parts[1], true).fields["segments"].empty());
  CHECK(talk.deviations["segment_without_first"] == 1);
  from(7, 1, parts[1], true);
  from(7, 2, parts[2], true);
  CHECK(from(7, 3, parts[3], false).fields["instance"] == all_instances);
}

}  // namespace
}  // namespace greywatch::agent::bacnet
