#include "agent/net/community_id.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/agent/net/frames.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::agent::test;

namespace {

std::string of(Transport transport, unsigned protocol, std::string_view client, unsigned client_port,
               std::string_view server, unsigned server_port) {
  Flow flow;
  flow.transport = transport;
  flow.ip_protocol = static_cast<std::uint8_t>(protocol);
  flow.client.ip = *parse_ip(client);
  flow.server.ip = *parse_ip(server);
  flow.client.port = static_cast<std::uint16_t>(client_port);
  flow.server.port = static_cast<std::uint16_t>(server_port);
  return community_id(flow);
}

}  // namespace

TEST_CASE("the community id of a TCP flow is the reference's, whoever is the client", "[agent][net][community_id]") {
  // corelight/community-id-spec, baseline of tcp.pcap.
  auto const id = "1:LQU9qZlK+B5F3KDmev6m5PMibrg=";
  CHECK(of(Transport::tcp, 6, "128.232.110.120", 34855, "66.35.250.204", 80) == id);
  CHECK(of(Transport::tcp, 6, "66.35.250.204", 80, "128.232.110.120", 34855) == id);
}

TEST_CASE("an Ethernet flow has no community id", "[agent][net][community_id]") {
  Bench bench;
  bench.frame(ethernet(0x88B8, text("goose")));
  CHECK(community_id(bench.recorder.flow).empty());
}

TEST_CASE("echo request and reply share one id, a message without counterpart keeps its direction",
          "[agent][net][community_id]") {
  auto const id_of = [](Octets const& packet) {
    Bench bench;
    bench.ip(packet);
    return community_id(bench.recorder.flow);
  };
  auto const there = [&](std::string_view message) { return id_of(ipv4({.protocol = 1}, octets(message))); };
  auto const back = [&](std::string_view message) {
    return id_of(ipv4({.source = ip_b, .destination = ip_a, .protocol = 1}, octets(message)));
  };
  CHECK(there("0800 0000 0001 0001") == back("0000 0000 0001 0001"));
  CHECK(there("0303 0000 00000000") != back("0303 0000 00000000"));
}
