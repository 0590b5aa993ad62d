#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "agent/ship/dial.hpp"
#include "common/wire/batch.hpp"
#include "common/wire/codec.hpp"
#include "tests/e2e/link_support.hpp"
#include "tests/support/random_finding.hpp"

using namespace greywatch;
using namespace greywatch::test;
namespace asio = boost::asio;

namespace {

/// An agent with a good certificate and bad manners: says Hello or not, sends octets, and returns what the collector
/// answered last, or "" when it just hung up.
std::string provoke(agent::UplinkOptions const& options, bool greet, std::string const& octets) {
  asio::io_context io;
  std::string answer;
  auto const context = tls::Context::client(options.files);
  REQUIRE(context);
  auto const talk = [&]() -> asio::awaitable<void> {
    try {
      agent::Abort abort;
      auto socket = co_await agent::dial(options, *context, abort);
      agent::Deadline const deadline(io.get_executor(), std::chrono::seconds{5}, [&socket] { socket.close(); });
      link::Hello hello{.node = options.node};
      hello.epoch = 7;
      if (greet) co_await agent::greet(socket, hello);
      co_await socket.write(octets);
      for (;;) {
        auto const message = co_await agent::read_message(socket);
        if (auto const* refuse = std::get_if<link::Refuse>(&message))
          answer = std::string(name(refuse->cause)) + ": " + refuse->reason;
        else
          answer = name(message);
        if (answer == "ack") break;
      }
    } catch (std::exception const&) {
      // Hung up: what was answered before stands.
    }
  };
  asio::co_spawn(io, talk, asio::detached);
  io.run();
  return answer;
}

link::Batch batch(std::uint64_t first, std::uint64_t epoch = 7) {
  link::BatchWriter writer;
  std::string octets;
  link::encode(numbered_finding(first), octets);
  writer.add(first, as_bytes(octets));
  return writer.seal(epoch);
}

}  // namespace

TEST_CASE("an agent that breaks the protocol is told so and shown out, and others do not notice", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto ingest = started(plant.ingest_options(), store);
  auto const options = plant.uplink_options(ingest->port(), "bad");
  auto good = started(plant.ship_options(ingest->port(), "good"));
  auto const frame = [](link::Message const& message) { return link::frame(message); };

  CHECK(provoke(options, true, frame(batch(1))) == "ack");
  CHECK(provoke(options, false, frame(batch(1))) == "protocol_error: the first message is batch, not hello");
  CHECK(provoke(options, false, std::string("\xff\xff\xff\xff", 4)) ==
        "protocol_error: a frame has an impossible length");
  CHECK(provoke(options, false, std::string("\0\1\0\0", 4)) == "protocol_error: a frame has an impossible length");
  CHECK(provoke(options, true, std::string("\0\0\0\4\xff\xff\xff\xff", 8))
            .starts_with("protocol_error: a message is malformed"));
  CHECK(provoke(options, true, frame(link::Ack{1})) == "protocol_error: an agent must not send ack");
  CHECK(provoke(options, true, frame(link::Hello{.node = "bad"})) == "protocol_error: an agent must not send hello");
  CHECK(provoke(options, true, frame(batch(1, 8))) == "protocol_error: a batch is of another epoch or comes twice");
  CHECK(provoke(options, true, frame(batch(5)) + frame(batch(5))).starts_with("ack"));
  auto lie = batch(1);
  lie.octets += 1;
  CHECK(provoke(options, true, frame(lie))
            .starts_with("protocol_error: a batch is malformed (bad_value in batch.octets)"));
  auto count = batch(1);
  count.count = 2048;
  CHECK(provoke(options, true, frame(count)).starts_with("protocol_error: a batch is malformed"));

  CHECK(ingest->counters().refused[static_cast<std::size_t>(link::RefuseCause::protocol_error)] >= 9);
  good->offer(numbered_finding(77));
  CHECK(eventually([&] { return store.size() == 3; }));
  CHECK(good->counters().uplink.connects == 1);
}

TEST_CASE("noise from an agent with a good certificate never stops the collector", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto ingest = started(plant.ingest_options(), store);
  auto options = plant.uplink_options(ingest->port(), "bad");
  RandomFinding random(11);
  for (int i = 0; i < 60; ++i) {
    auto octets = link::frame(batch(1));
    if (i % 2) {
      for (auto n = 1 + random.below(4); n > 0; --n)
        octets[4 + random.below(octets.size() - 4)] = static_cast<char>(random.below(256));
    } else {
      octets = random.text(400);
    }
    // Whatever follows, the other end must not wait for more than was announced.
    octets += link::frame(link::Ack{1});
    provoke(options, i % 3 != 0, octets);
  }
  auto good = started(plant.ship_options(ingest->port(), "good"));
  good->offer(numbered_finding(1000));
  CHECK(eventually([&] {
    auto const findings = store.findings();
    return std::ranges::any_of(findings, [](auto const& entry) { return entry.second.frame == 1000; });
  }));
}

TEST_CASE("connections above the bound are turned away", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto options = plant.ingest_options();
  options.max_connections = 2;
  auto ingest = started(options, store);
  auto first = started(plant.ship_options(ingest->port(), "sub-1"));
  auto second = started(plant.ship_options(ingest->port(), "sub-2"));
  REQUIRE(eventually([&] { return ingest->counters().connected_agents == 2; }));
  auto third = started(plant.ship_options(ingest->port(), "sub-3"));
  REQUIRE(eventually(
      [&] { return ingest->counters().refused[static_cast<std::size_t>(link::RefuseCause::overload)] > 0; }));
  CHECK(ingest->counters().connected_agents == 2);
  first.reset();
  CHECK(eventually([&] { return third->counters().uplink.connected; }));
}

TEST_CASE("little memory for batches slows agents down and loses nothing", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto options = plant.ingest_options();
  options.max_buffered_octets = 64 * 1024;
  auto ingest = started(options, store);
  std::vector<std::unique_ptr<agent::Shipper>> shippers;
  for (int i = 0; i < 4; ++i) {
    shippers.push_back(started(plant.ship_options(ingest->port(), "sub-" + std::to_string(i))));
    for (std::uint64_t n = 0; n < 1500; ++n) {
      auto finding = numbered_finding(n);
      finding.message = std::string(100, static_cast<char>('a' + n % 26));
      REQUIRE(shippers.back()->offer(std::move(finding)));
    }
  }
  CHECK(eventually([&] { return store.size() == 6000; }));
  CHECK(eventually([&] { return ingest->counters().buffered_octets == 0; }));
}
