#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "tests/unit/agent/net/frames.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::agent::test;

namespace {

struct Piece {
  std::size_t begin, end;
};

/// Cuts [0, size) into pieces, some of them twice, some overlapping, and shuffles within a window.
std::vector<Piece> cut(std::size_t size, std::mt19937& random, std::size_t window) {
  auto const below = [&](std::size_t bound) { return random() % bound; };
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at < size;) {
    auto const end = std::min(size, at + 1 + below(below(8) ? 40 : 3000));
    pieces.push_back({at, end});
    if (below(5) == 0) pieces.push_back({at, end});
    if (below(5) == 0) pieces.push_back({at - std::min(at, below(100)), std::min(size, end + below(100))});
    at = end;
  }
  for (std::size_t n = 0; n + window < pieces.size(); ++n) std::swap(pieces[n], pieces[n + below(window)]);
  return pieces;
}

std::string noise(std::size_t size, std::mt19937& random) {
  std::string octets(size, 0);
  for (auto& octet : octets) octet = static_cast<char>(random());
  return octets;
}

}  // namespace

TEST_CASE("a stream cut, shuffled, repeated and overlapped is delivered exactly once and in order",
          "[agent][net][tcp][property]") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    auto const stream = noise(1 + random() % 30000, random);
    auto const initial = static_cast<std::uint32_t>(random());  // wraps sometimes
    Bench bench;
    bench.step = std::chrono::microseconds(100);
    bench.a(initial, {}, syn);
    for (auto [begin, end] : cut(stream.size(), random, 1 + random() % 12)) {
      bench.a(initial + 1 + static_cast<std::uint32_t>(begin), std::string_view(stream).substr(begin, end - begin));
    }
    REQUIRE(bench.recorder.all(Direction::to_server) == stream);
    CHECK(bench.counters().tcp_gaps == 0);
    CHECK(bench.counters().tcp_conflicts == 0);
    for (auto const& one : bench.recorder.said) REQUIRE(one.gap == 0);
  }
}

TEST_CASE("with losses and tiny buffers every octet is delivered once at its place or told as a gap",
          "[agent][net][tcp][property]") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    auto const stream = noise(1 + random() % 30000, random);
    Bench bench(
        {.reassembly_octets = 8192, .stream_octets = 6000, .holes = 2, .hole_timeout = std::chrono::milliseconds(20)});
    bench.step = std::chrono::milliseconds(1);
    bench.a(0, {}, syn);
    bench.b(0, {}, syn | ack, 1);
    std::uint32_t acknowledged = 1;
    for (auto [begin, end] : cut(stream.size(), random, 1 + random() % 12)) {
      if (random() % 10 == 0) continue;
      bench.a(1 + static_cast<std::uint32_t>(begin), std::string_view(stream).substr(begin, end - begin), psh | ack, 1);
      acknowledged = std::max(acknowledged, 1 + static_cast<std::uint32_t>(begin));
      if (random() % 4 == 0) bench.b(1, {}, ack, acknowledged);
    }
    bench.network.finish();
    std::size_t at = 0;
    for (auto const& one : bench.recorder.said) {
      at += one.gap;
      REQUIRE(at + one.payload.size() <= stream.size());
      REQUIRE(stream.compare(at, one.payload.size(), one.payload) == 0);
      at += one.payload.size();
    }
    CHECK(bench.counters().tcp_conflicts == 0);
    CHECK(bench.counters().tcp_gap_octets + bench.counters().segment_octets == at);
  }
}
