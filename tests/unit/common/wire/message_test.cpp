#include "common/wire/message.hpp"

#include <catch2/catch.hpp>

#include "tests/support/octets.hpp"
#include "tests/support/random_finding.hpp"

using namespace greywatch;
using namespace greywatch::link;

namespace {

std::vector<Message> one_of_each() {
  Heartbeat beat{.sent = -5,
                 .echo = 1'764'000'000'000'000'000,
                 .echo_delay = 17,
                 .coverage = 0.25,
                 .spool_records = 3,
                 .spool_octets = 4};
  beat.dropped = {1, 2, 3, 4, 5, 6, 7};
  beat.health = {{"capture.eth0.packets", 1e12}, {"net.flows", 0}};
  Hello hello{.node = "sub-1", .version = "0.1.0", .build = "abc", .epoch = 9, .next_sequence = 10, .probe = true};
  hello.versions = {3, 2};
  hello.dropped = {7, 6, 5, 4, 3, 2, 1};
  return {hello,
          Welcome{.protocol = 2, .committed = 77, .version = "0.2.0", .window = 4, .heartbeat_ms = 15000},
          Batch{.epoch = 9, .first = 3, .last = 5, .count = 2, .octets = 100, .findings = "zzz"},
          Ack{std::uint64_t{1} << 60},
          beat,
          Refuse{RefuseCause::version, "too old"},
          Rules{7, std::string(1000, 'r')}};
}

Result<Message> through(Message const& message) {
  auto const octets = frame(message);
  auto const length = frame_length(as_bytes(octets).first(4));
  REQUIRE(length);
  REQUIRE(*length == octets.size() - 4);
  return parse(as_bytes(octets).subspan(4));
}

}  // namespace

TEST_CASE("each message reads back what was framed", "[common][wire]") {
  for (auto const& message : one_of_each()) {
    auto const read = through(message);
    REQUIRE(read);
    CHECK(*read == message);
  }
}

TEST_CASE("a frame that is cut, changed or followed by more is never taken for whole", "[common][wire]") {
  test::RandomFinding random(4);
  for (auto const& message : one_of_each()) {
    auto const octets = frame(message).substr(4);
    for (std::size_t n = 0; n < octets.size(); ++n) {
      CHECK_FALSE(parse(as_bytes(octets).first(n)));
      auto changed = octets;
      changed[n] = static_cast<char>(random.below(256));
      auto const read = parse(as_bytes(changed));
      if (read) CHECK(frame(*read).size() <= octets.size() + 4 + 16);
    }
    CHECK(parse(as_bytes(octets + "x")).error().defect == Defect::trailing);
    // Two messages in one envelope would be merged by a lenient reader.
    CHECK_FALSE(parse(as_bytes(octets + octets)));
  }
}

TEST_CASE("a length prefix is believed only within its bounds", "[common][wire]") {
  CHECK(frame_length(test::octets("00 00 00 02")).value() == 2);
  CHECK_FALSE(frame_length(test::octets("00 00 00 01")));
  CHECK_FALSE(frame_length(test::octets("FF FF FF FF")));
  CHECK_FALSE(frame_length(test::octets("00 00 00")));
  CHECK(frame_length(test::octets("00 10 40 00")).value() == max_frame_octets);
  CHECK_FALSE(frame_length(test::octets("00 10 40 01")));
}

TEST_CASE("only a batch may be large", "[common][wire]") {
  Hello hello{.node = "n", .build = std::string(20'000, 'x')};
  CHECK(through(hello).error().defect == Defect::bad_length);
  Batch batch{.epoch = 1, .first = 1, .last = 1, .count = 1, .octets = 20'000, .findings = std::string(20'000, 'x')};
  CHECK(through(batch));
}

TEST_CASE("each bound of a message is enforced by name", "[common][wire]") {
  auto const why = [](Message const& message) {
    auto const read = through(message);
    return read ? std::string_view("accepted") : read.error().field;
  };
  CHECK(why(Hello{}) == "hello.node");
  CHECK(why(Hello{.node = std::string(600, 'n')}) == "hello.node");
  Hello backwards{.node = "n"};
  backwards.versions = {1, 2};
  CHECK(why(backwards) == "hello.protocol");
  CHECK(why(Welcome{.window = 0}) == "welcome.window");
  CHECK(why(Batch{.first = 1, .last = 1, .count = 0}) == "batch.count");
  CHECK(why(Batch{.first = 1, .last = 1, .count = max_batch_findings + 1}) == "batch.count");
  CHECK(why(Batch{.first = 0, .last = 1, .count = 1}) == "batch.first");
  CHECK(why(Batch{.first = 2, .last = 1, .count = 1}) == "batch.first");
  CHECK(why(Batch{.first = 1, .last = 1, .count = 1, .octets = max_batch_octets + 1}) == "batch.octets");
  Heartbeat beat;
  beat.coverage = 1.5;
  CHECK(why(beat) == "heartbeat.coverage");
  beat.coverage.reset();
  beat.health.assign(max_health_pairs + 1, {"x", 1});
  CHECK(why(beat) == "heartbeat.health");
  beat.health = {{"Bad Name", 1}};
  CHECK(why(beat) == "heartbeat.health");
  beat.health = {{"x", std::numeric_limits<double>::infinity()}};
  CHECK(why(beat) == "heartbeat.health");
}

TEST_CASE("a phrase of the peer cannot write its own log lines", "[common][wire]") {
  auto const read = through(Refuse{RefuseCause::other, "no\nadmin logged in\x1b[2J"});
  REQUIRE(read);
  CHECK(std::get<Refuse>(*read).reason == "no?admin logged in?[2J");
}

TEST_CASE("both sides settle on the newest version that both speak", "[common][wire]") {
  CHECK(versions_of(1).oldest == 1);
  CHECK(versions_of(5).oldest == 4);
  CHECK(versions_of(5).common(versions_of(5)) == 5u);
  CHECK(versions_of(5).common(versions_of(4)) == 4u);
  CHECK(versions_of(4).common(versions_of(5)) == 4u);
  CHECK(versions_of(5).common(versions_of(3)) == std::nullopt);
  CHECK(versions_of(3).common(versions_of(5)) == std::nullopt);
}

TEST_CASE("findings are classed for the spool with coverage apart", "[common][wire]") {
  Finding finding;
  finding.classification = FindingClass::command;
  CHECK(spool_class(finding) == SpoolClass::command);
  finding.kind = FindingKind::summary;
  CHECK(spool_class(finding) == SpoolClass::command);
  finding.kind = FindingKind::coverage;
  CHECK(spool_class(finding) == SpoolClass::coverage);
  CHECK(SpoolClass::recon < SpoolClass::command);
}

TEST_CASE("a rule pack has a version and a bound, and older agents' Hello asks for the first one", "[common][wire]") {
  auto const parsed = [](Message const& message) {
    auto const octets = frame(message);
    return parse(as_bytes(octets).subspan(4));
  };
  CHECK(parsed(Rules{1, std::string(max_rules_octets, 'r')}));
  CHECK_FALSE(parsed(Rules{1, std::string(max_rules_octets + 1, 'r')}));
  CHECK_FALSE(parsed(Rules{0, "r"}));
  CHECK(std::get<Hello>(*parsed(Hello{.node = "n"})).rules == 0);
  CHECK(std::get<Hello>(*parsed(Hello{.node = "n", .rules = no_rules_wanted})).rules == no_rules_wanted);
}
