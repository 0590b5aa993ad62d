#include "agent/dissect/goose/control_block.hpp"

#include <catch2/catch.hpp>

#include "agent/dissect/goose/goose.hpp"
#include "tests/unit/agent/dissect/goose/said.hpp"

namespace greywatch::agent::goose {
namespace {

/// A network on which control blocks are published: time goes on by a second a message.
class Bus {
 public:
  Bus() : flow_(dissector, "goose.") {
    flow_.flow.transport = Transport::ethernet;
    flow_.destination_mac = {{0x01, 0x0C, 0xCD, 0x01, 0x00, 0x01}};
    from(1);
    pass(std::chrono::hours(1));
  }
  void from(std::uint8_t publisher) { flow_.source_mac = {{0x02, 0, 0, 0, 0, publisher}}; }
  void pass(Duration time) { flow_.now += time; }
  std::string say(Said const& one, unsigned reserved1 = 0) {
    pass(std::chrono::seconds(1));
    return flow_.ask(one.frame(reserved1)).rules();
  }
  std::string say(std::uint64_t st_num, std::uint64_t sq_num) {
    said.st_num = st_num, said.sq_num = sq_num;
    return say(said);
  }
  int not_judged() const { return flow_.tables_full; }
  Said said;

 private:
  test::Exchange flow_;
};

TEST_CASE("A state that is repeated and then changes breaks no rule") {
  Bus bus;
  for (int sq_num = 7; sq_num < 20; ++sq_num) CHECK(bus.say(5, sq_num).empty());
  bus.said.data =
      "830101"
      "8403030000";
  ++bus.said.seconds;
  for (int sq_num = 0; sq_num < 5; ++sq_num) CHECK(bus.say(6, sq_num).empty());
  CHECK(bus.say(7, 1).empty());
}

TEST_CASE("Both counters go from their largest value to 1") {
  Bus bus;
  CHECK(bus.say(0xFFFF'FFFF, 0xFFFF'FFFE).empty());
  CHECK(bus.say(0xFFFF'FFFF, 0xFFFF'FFFF).empty());
  CHECK(bus.say(0xFFFF'FFFF, 1).empty());
  CHECK(bus.say(1, 0).empty());
}

TEST_CASE("Other data under the same state number is told, and the genuine state stays") {
  Bus bus;
  CHECK(bus.say(5, 7).empty());
  CHECK(bus.say(5, 8).empty());
  auto forged = bus.said;
  forged.data =
      "830101"
      "8403030000";
  for (std::uint64_t sq_num : {0, 1, 9, 50}) {
    forged.sq_num = sq_num;
    bus.pass(std::chrono::milliseconds(-900));
    CHECK(bus.say(forged) == "goose.state.conflict");
  }
  bus.pass(std::chrono::milliseconds(-400));
  CHECK(bus.say(5, 9).empty());
}

TEST_CASE("Who stamps each message may change data with the next number, but not with an old one") {
  Bus bus;
  for (int sq_num = 7; sq_num < 10; ++sq_num) {
    ++bus.said.seconds;
    CHECK(bus.say(5, sq_num).empty());
  }
  bus.said.data =
      "830101"
      "8403030000";
  CHECK(bus.say(5, 10).empty());
  bus.said.data =
      "830100"
      "8403030000";
  CHECK(bus.say(5, 8) == "goose.state.conflict");
}

TEST_CASE("A message that comes again, or after a later one, is told") {
  Bus bus;
  CHECK(bus.say(5, 7).empty());
  CHECK(bus.say(5, 8).empty());
  bus.pass(std::chrono::milliseconds(-900));
  CHECK(bus.say(5, 8) == "goose.sequence.repeat");
  bus.pass(std::chrono::milliseconds(-900));
  CHECK(bus.say(5, 7) == "goose.sequence.back");
  bus.pass(std::chrono::milliseconds(-900));
  CHECK(bus.say(4, 3) == "goose.state.back");
  bus.pass(std::chrono::milliseconds(-900));
  CHECK(bus.say(5, 9).empty());
}

TEST_CASE("What finds no room among live control blocks is not judged, and counted") {
  Bus bus;
  bus.said.time_allowed_to_live = 3'600'000;
  for (int each = 0; each < 1024; ++each) {
    bus.said.gocb_ref = "IED1LD0/LLN0$GO$" + std::to_string(each);
    CHECK(bus.say(5, 7).empty());
  }
  CHECK(bus.not_judged() > 0);
  CHECK(bus.not_judged() < 512);
}

TEST_CASE("Messages that are missing are told once") {
  Bus bus;
  CHECK(bus.say(5, 7).empty());
  CHECK(bus.say(5, 12) == "goose.sequence.gap");
  CHECK(bus.say(5, 13).empty());
}

TEST_CASE("A state number that leaps, or a sequence number that is not reset with it, is told") {
  Bus bus;
  CHECK(bus.say(5, 7).empty());
  CHECK(bus.say(9, 0) == "goose.state.skipped");
  CHECK(bus.say(10, 4) == "goose.sequence.not_reset");
  --bus.said.seconds;
  CHECK(bus.say(11, 0) == "goose.state.time_back");
}

TEST_CASE("A publisher that was switched on again begins anew") {
  Bus bus;
  CHECK(bus.say(5, 7).empty());
  SECTION("with a later time") { bus.said.seconds += 30; }
  SECTION("with a clock that is not set yet") { bus.said.seconds = 0; }
  CHECK(bus.say(1, 1).empty());
  CHECK(bus.say(1, 2).empty());
}

TEST_CASE("A first message that is replayed is not taken for a new beginning") {
  Bus bus;
  bus.said.seconds -= 100;
  auto const first = bus.said;
  bus.said.seconds += 100;
  CHECK(bus.say(5, 7).empty());
  auto replayed = first;
  replayed.st_num = replayed.sq_num = 1;
  CHECK(bus.say(replayed) == "goose.state.back");
}

TEST_CASE("A second publisher of a control block is told as long as the first one lives") {
  Bus bus;
  CHECK(bus.say(5, 7).empty());
  bus.from(2);
  CHECK(bus.say(5, 8) == "goose.publisher.second");
  bus.from(1);
  CHECK(bus.say(5, 8).empty());
  bus.pass(std::chrono::seconds(10));
  bus.from(2);
  CHECK(bus.say(1, 0).empty());
  CHECK(bus.say(1, 1).empty());
}

TEST_CASE("A publisher that breaks its promise to speak again is told when it does") {
  Bus bus;
  CHECK(bus.say(5, 7).empty());
  bus.pass(std::chrono::milliseconds(1000));
  CHECK(bus.say(5, 8).empty());
  bus.pass(std::chrono::milliseconds(1001));
  CHECK(bus.say(5, 9) == "goose.time_allowed_to_live.exceeded");
  bus.said.time_allowed_to_live = 4;
  CHECK(bus.say(5, 10).empty());
  CHECK(bus.say(5, 11).empty());  // a promise of milliseconds is not held to
}

TEST_CASE("Another configuration, or another data set under the same one, is told once") {
  Bus bus;
  CHECK(bus.say(5, 7).empty());
  bus.said.conf_rev = 4;
  CHECK(bus.say(1, 0) == "goose.configuration.changed");
  CHECK(bus.say(1, 1).empty());
  bus.said.dat_set = "IED1LD0/LLN0$others";
  CHECK(bus.say(1, 2) == "goose.data_set.changed");
  CHECK(bus.say(1, 3).empty());
}

TEST_CASE("A simulation beside the real control block is told at its start, and judged by itself") {
  Bus bus;
  CHECK(bus.say(5, 7).empty());
  auto simulated = bus.said;
  simulated.simulation = "01";
  simulated.st_num = 90;
  CHECK(bus.say(simulated, 0x8000) == "goose.simulation.started");
  ++simulated.sq_num;
  CHECK(bus.say(simulated, 0x8000).empty());
  bus.pass(std::chrono::milliseconds(-1500));
  CHECK(bus.say(5, 8).empty());
}

TEST_CASE("Control blocks of one flow are told apart") {
  Bus bus;
  for (int sq_num = 7; sq_num < 12; ++sq_num)
    for (auto const* name : {"A", "B", "C", "D", "E", "F", "G", "H"}) {
      bus.said.gocb_ref = std::string("IED1LD0/LLN0$GO$") + name;
      bus.pass(std::chrono::milliseconds(-900));
      CHECK(bus.say(5, sq_num).empty());
    }
}

TEST_CASE("A flood of invented control blocks does not push out one that lives") {
  Bus bus;
  CHECK(bus.say(5, 7).empty());
  for (int i = 0; i < 5000; ++i) {
    auto invented = bus.said;
    invented.gocb_ref += std::to_string(i);
    bus.pass(std::chrono::milliseconds(-1000));
    CHECK(bus.say(invented).empty());
  }
  CHECK(bus.say(4, 0) == "goose.state.back");
}

}  // namespace
}  // namespace greywatch::agent::goose
