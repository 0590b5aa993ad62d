#include "agent/dissect/logon/failures.hpp"

#include <catch2/catch.hpp>

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
  CHECK(failures.add(attempt.at(1, 1), HashKey{1, 2}) == 1);
  CHECK(failures.add(attempt.at(2, 1), HashKey{1, 2}) == 2);
  CHECK(failures.add(attempt.at(2, 2), HashKey{1, 2}) == 1);
  CHECK(failures.of(attempt.at(12, 1), HashKey{1, 2}) == 2);
  CHECK(failures.of(attempt.at(13, 1), HashKey{1, 2}) == 0);
}

}  // namespace
}  // namespace greywatch::agent::logon
