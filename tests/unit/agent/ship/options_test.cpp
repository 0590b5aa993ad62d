#include "agent/ship/options.hpp"

#include <catch2/catch.hpp>

#include "agent/ship/crc32c.hpp"
#include "agent/ship/queue.hpp"

using namespace greywatch;
using namespace greywatch::agent;

TEST_CASE("a collector is named by one address", "[agent][ship]") {
  auto const read = [](std::string_view text) {
    auto const address = parse_collector(text);
    return address ? address->host + " " + std::to_string(address->port) : "refused";
  };
  CHECK(read("collector.example") == "collector.example 7443");
  CHECK(read("collector.example:9000") == "collector.example 9000");
  CHECK(read("192.0.2.1:1") == "192.0.2.1 1");
  CHECK(read("2001:db8::1") == "2001:db8::1 7443");
  CHECK(read("[2001:db8::1]") == "2001:db8::1 7443");
  CHECK(read("[2001:db8::1]:65535") == "2001:db8::1 65535");
  for (auto const* wrong : {"", ":1", "a:", "a:0", "a:65536", "a:1x", "[::1", "[::1]x", "https://a", "a b", "user@a"})
    CHECK(read(wrong) == "refused");
}

TEST_CASE("the checksum is CRC-32C", "[agent][ship]") {
  // RFC 3720, B.4: 32 octets of zero, and of all ones; the usual check value of the nine digits.
  CHECK(crc32c(std::vector<std::uint8_t>(32, 0)) == 0x8A9136AA);
  CHECK(crc32c(std::vector<std::uint8_t>(32, 0xFF)) == 0x62A8AB43);
  CHECK(crc32c(as_bytes("123456789")) == 0xE3069283);
  CHECK(crc32c(as_bytes("56789"), crc32c(as_bytes("1234"))) == 0xE3069283);
}

TEST_CASE("the queue keeps order, refuses when full, and takes again when there is room", "[agent][ship]") {
  Queue<int> queue(4);
  CHECK_FALSE(queue.pop());
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 4; ++i) CHECK(queue.push(int{i}));
    CHECK_FALSE(queue.push(9));
    CHECK(queue.pop() == 0);
    CHECK(queue.push(4));
    for (int i = 1; i < 5; ++i) CHECK(queue.pop() == i);
    CHECK_FALSE(queue.pop());
  }
}

TEST_CASE("a value that the full queue refused is still whole", "[agent][ship]") {
  Queue<std::string> queue(2);
  queue.push("a");
  queue.push("b");
  std::string kept = "kept";
  CHECK_FALSE(queue.push(std::move(kept)));
  CHECK(kept == "kept");
}
