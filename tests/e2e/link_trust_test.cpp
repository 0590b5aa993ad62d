#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include "agent/ship/uplink.hpp"
#include "tests/e2e/link_support.hpp"

using namespace greywatch;
using namespace greywatch::test;

namespace {

/// What the link test says, or "linked".
std::string verdict(agent::UplinkOptions const& options) {
  auto const report = agent::test_link(options);
  return report ? "linked" : report.error().text;
}

bool has(std::string const& text, std::string_view part) {
  INFO(text);
  bool const found = text.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

std::uint64_t refused(collector::Ingest const& ingest, link::RefuseCause cause) {
  return ingest.counters().refused[static_cast<std::size_t>(cause)];
}

}  // namespace

TEST_CASE("the link test says that all is well, or which step failed", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto ingest = started(plant.ingest_options(), store);
  auto options = plant.uplink_options(ingest->port(), "sub-1");
  auto const report = agent::test_link(options);
  REQUIRE(report);
  CHECK(report->collector_version == "0.1.0-test");
  CHECK(report->protocol == link::protocol_version);
  CHECK(ingest->counters().probes == 1);
  CHECK(ingest->agents().empty());
  auto const port = ingest->port();
  ingest.reset();
  has(verdict(options), "127.0.0.1 port " + std::to_string(port) + ": Connection refused");
  options.collector.host = "no-such-host.invalid";
  has(verdict(options), "collector no-such-host.invalid: ");
  options.files.certificate = plant / "absent.crt";
  has(verdict(options), "absent.crt: No such file");
}

TEST_CASE("neither end talks to one whose certificate another authority issued", "[e2e][link]") {
  Plant plant, stranger;
  MemoryStore store;
  auto ingest = started(plant.ingest_options(), store);
  auto options = plant.uplink_options(ingest->port(), "sub-1");
  auto const ours = options.files, theirs = stranger.agent_files("sub-1");
  // The agent believes another authority: it refuses the collector.
  options.files = theirs;
  has(verdict(options), "the peer's certificate is not trusted");
  // The agent believes ours, but its own certificate is another's: the collector refuses it.
  options.files.authority = ours.authority;
  has(verdict(options), "the peer does not know the authority that issued our certificate");
  CHECK(eventually([&] { return ingest->counters().handshakes_failed == 2; }));
  CHECK(ingest->counters().connected_agents == 0);
  options.files = ours;
  CHECK(verdict(options) == "linked");
}

TEST_CASE("a collector under another name is not believed", "[e2e][link]") {
  Plant plant({"collector.example"});
  MemoryStore store;
  auto ingest = started(plant.ingest_options(), store);
  has(verdict(plant.uplink_options(ingest->port(), "sub-1")), "not trusted: IP address mismatch");
}

TEST_CASE("an agent's certificate is no collector's, and a collector's no agent's", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto options = plant.ingest_options();
  auto ingest = started(options, store);
  auto uplink = plant.uplink_options(ingest->port(), "sub-1");
  uplink.files.certificate = options.files.certificate;
  uplink.files.key = options.files.key;
  has(verdict(uplink), "the peer refuses our certificate");
  // Someone who stole an agent's key poses as the collector.
  options.files = plant.agent_files("sub-2");
  auto impostor = started(options, store);
  has(verdict(plant.uplink_options(impostor->port(), "sub-1")), "not trusted: unsuitable certificate purpose");
}

TEST_CASE("an agent is who its certificate says, whatever it calls itself", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto ingest = started(plant.ingest_options(), store);
  auto options = plant.uplink_options(ingest->port(), "sub-1");
  options.node = "sub-2";
  has(verdict(options), "the certificate is sub-1's, but the agent calls itself sub-2");
  CHECK(refused(*ingest, link::RefuseCause::node_name) == 1);
  options.node = "SUB-1";
  CHECK(verdict(options) == "linked");
  // A finding that claims another node is put right and counted.
  auto shipper = started(plant.ship_options(ingest->port(), "sub-1"));
  auto finding = numbered_finding(0);
  finding.node = "sub-9";
  finding.id = "sub-9-1-1";
  shipper->offer(std::move(finding));
  REQUIRE(eventually([&] { return store.size() == 1; }));
  CHECK(store.findings().begin()->second.node == "sub-1");
  CHECK(store.findings().begin()->first.starts_with("sub-1-"));
  CHECK(ingest->counters().renamed == 1);
}

TEST_CASE("TLS 1.2 is refused", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto ingest = started(plant.ingest_options(), store);
  auto const files = plant.agent_files("sub-1");
  for (bool old : {true, false}) {
    int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(ingest->port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    auto* context = SSL_CTX_new(TLS_client_method());
    if (old) SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_use_certificate_file(context, files.certificate.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM);
    auto* ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    CHECK((SSL_connect(ssl) == 1) == !old);
    SSL_free(ssl);
    SSL_CTX_free(context);
    ::close(fd);
  }
  CHECK(eventually([&] { return ingest->counters().handshakes_failed == 1; }));
}

TEST_CASE("the version before is understood, the one before that is refused with a reason", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto options = plant.ingest_options();
  options.versions = link::versions_of(link::protocol_version + 1);
  {
    auto ingest = started(options, store);
    auto shipper = started(plant.ship_options(ingest->port(), "sub-1"));
    shipper->offer(numbered_finding(0));
    REQUIRE(eventually([&] { return store.size() == 1; }));
    CHECK(ingest->agents().front().protocol == link::protocol_version);
    CHECK(ingest->agents().front().skewed);
  }
  options.versions = link::versions_of(link::protocol_version + 2);
  {
    auto ingest = started(options, store);
    has(verdict(plant.uplink_options(ingest->port(), "sub-1")),
        "the collector refuses this agent: this collector speaks protocol 3 to 4, the agent 1 to 2; update the agent");
    CHECK(refused(*ingest, link::RefuseCause::version) == 1);
  }
  // A newer agent and a collector that was not updated yet.
  auto ingest = started(plant.ingest_options(), store);
  auto uplink = plant.uplink_options(ingest->port(), "sub-1");
  uplink.versions = {4, 3};
  has(verdict(uplink), "update the collector");
  uplink.versions = {3, 2};
  CHECK(verdict(uplink) == "linked");
}

TEST_CASE("a revoked certificate fails the handshake, and its connection ends when the list is read", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto const serial = plant.enrolled("sub-1").serial;
  auto options = plant.ingest_options();
  options.revoked = plant / "revoked";
  std::ofstream(options.revoked) << "# nobody yet\n";
  auto ingest = started(options, store);
  auto shipper = started(plant.ship_options(ingest->port(), "sub-1"));
  auto other = started(plant.ship_options(ingest->port(), "sub-2"));
  REQUIRE(eventually([&] { return ingest->counters().connected_agents == 2; }));

  std::ofstream(options.revoked) << serial << "\n";
  REQUIRE(ingest->reload());
  REQUIRE(eventually(
      [&] { return shipper->counters().uplink.trouble.find("our certificate is revoked") != std::string::npos; }));
  CHECK(ingest->counters().connected_agents == 1);

  std::ofstream(options.revoked) << "node sub-2\n";
  REQUIRE(ingest->reload());
  REQUIRE(eventually([&] {
    return other->counters().uplink.trouble.find("node sub-2 is on the revocation list") != std::string::npos;
  }));
  REQUIRE(eventually([&] { return shipper->counters().uplink.connected; }));

  // A list that cannot be read changes nothing.
  std::ofstream(options.revoked) << "what?\n";
  auto const reloaded = ingest->reload();
  REQUIRE_FALSE(reloaded);
  CHECK(reloaded.error().text.find("revoked:1:") != std::string::npos);
  CHECK(verdict(plant.uplink_options(ingest->port(), "sub-3")) == "linked");
}

TEST_CASE("new certificates are used without a restart of either end", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto const options = plant.ingest_options();
  auto ingest = started(options, store);
  auto const uplink = plant.uplink_options(ingest->port(), "sub-1");
  auto const before = ingest->counters().certificate_expires;
  collector::EnrollOptions renew;
  renew.directory = options.files.certificate.parent_path();
  renew.collector_names = {"127.0.0.1"};
  renew.validity = std::chrono::days{900};
  renew.force = true;
  REQUIRE(collector::enroll_collector(renew));
  REQUIRE(collector::enroll(renew, "sub-1"));
  REQUIRE(ingest->reload());
  REQUIRE(eventually([&] { return ingest->counters().certificate_expires > before; }));
  CHECK(verdict(uplink) == "linked");
}
