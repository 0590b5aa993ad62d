#include "agent/dissect/logon/failures.hpp"

#include <catch2/catch.hpp>
#include <memory>

namespace greywatch::agent::logon {
namespace {

struct Try {
  Flow flow;
  Observation at(int minute, std::uint8_t client) {
    flow.client.ip.octets.back() = client;
    return {.time = from_unix_ns(0) + std::chrono::minutes(minute), .flow = flow};
  }
};

TEST_CASE("failures are counted for each client and forgotten after ten minutes", "[dissect][logon]") {
  Failures failures{};
  Try attempt;
  CHECK(failures.of(attempt.at(1, 1), HashKey{1, 2}) == 0);
  bool evicted = false;
  CHECK(failures.add(attempt.at(1, 1), HashKey{1, 2}, evicted) == 1);
  CHECK(failures.add(attempt.at(2, 1), HashKey{1, 2}, evicted) == 2);
  CHECK(failures.add(attempt.at(2, 2), HashKey{1, 2}, evicted) == 1);
  CHECK_FALSE(evicted);
  CHECK(failures.of(attempt.at(12, 1), HashKey{1, 2}) == 2);
  CHECK(failures.of(attempt.at(13, 1), HashKey{1, 2}) == 0);
}

TEST_CASE("a client that is forgotten for another one is told, unless its failures no longer count",
          "[dissect][logon]") {
  auto const failures = std::make_unique<Failures>();
  Try attempt;
  int forgotten = 0;
  auto const round = [&](int minute) {
    for (int client = 0; client < 256; ++client) {
      for (std::uint8_t net = 0; net < 3; ++net) {
        attempt.flow.client.ip.octets.front() = net;
        bool evicted = false;
        failures->add(attempt.at(minute, static_cast<std::uint8_t>(client)), HashKey{1, 2}, evicted);
        forgotten += evicted ? 1 : 0;
      }
    }
  };
  round(1);
  CHECK(forgotten >= 3 * 256 - 256);
  auto const before = forgotten;
  attempt.flow.client.ip.octets.front() = 9;
  for (int client = 0; client < 4; ++client) {
    bool evicted = false;
    failures->add(attempt.at(30, static_cast<std::uint8_t>(client)), HashKey{1, 2}, evicted);
    CHECK_FALSE(evicted);
  }
  CHECK(forgotten == before);
}

}  // namespace
}  // namespace greywatch::agent::logon
