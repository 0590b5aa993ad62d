#include "agent/net/server_guess.hpp"

#include <catch2/catch.hpp>

using namespace greywatch::agent;

TEST_CASE("service and well-known ports beat registered ones, those beat dynamic ones", "[agent][net]") {
  CHECK(server_likelihood(2404) == server_likelihood(80));
  CHECK(server_likelihood(80) > server_likelihood(8080));
  CHECK(server_likelihood(8080) > server_likelihood(50000));
  CHECK(sender_is_server(2404, 50000, true));
  CHECK(sender_is_server(443, 44818, true));  // 44818 is also a client's port on Linux
}

TEST_CASE("equal ports are decided by the lower one only where that is asked for", "[agent][net]") {
  CHECK(sender_is_server(50000, 50001, true));
  CHECK_FALSE(sender_is_server(50000, 50001, false));
  CHECK_FALSE(sender_is_server(2404, 2404, true));
}

TEST_CASE("the well-known ports of clients of DHCP are no server's", "[agent][net]") {
  CHECK(sender_is_server(547, 546, false));
  CHECK(sender_is_server(67, 68, false));
  CHECK_FALSE(sender_is_server(546, 547, true));
}
