#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <future>
#include <random>

#include "common/tls/socket.hpp"
#include "common/wire/codec.hpp"
#include "tests/e2e/link_support.hpp"

using namespace greywatch;
using namespace greywatch::test;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// A collector that welcomes and then neither reads nor says anything.
class Mute {
 public:
  explicit Mute(tls::Files const& files) : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    auto context = tls::Context::server(files, {});
    REQUIRE(context);
    asio::co_spawn(io_, [this, context = *context] { return accept(context); }, asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Mute() {
    io_.stop();
    thread_.join();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  asio::awaitable<void> accept(tls::Context context) {
    for (;;) {
      auto& socket =
          sockets_.emplace_back(tls::Socket::server(co_await acceptor_.async_accept(asio::use_awaitable), context));
      co_await socket.handshake();
      std::array<std::uint8_t, 64> some{};
      co_await socket.read_some(some);
      auto const welcome = link::frame(link::Welcome{.version = "mute", .window = 64, .heartbeat_ms = 100});
      co_await socket.write(welcome);
    }
  }
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::deque<tls::Socket> sockets_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("an agent whose collector takes nothing more ends the link after three heartbeats", "[e2e][link]") {
  Plant plant;
  Mute const mute(plant.collector_files());
  auto options = plant.ship_options(mute.port(), "site-1");
  // More than any socket holds, and nothing that can be made smaller: the agent waits in the middle of a write.
  options.queue = 65'536;
  options.dial = false;
  {
    auto const before = started(options);
    std::mt19937_64 random(3);
    for (std::uint64_t number = 0; number < 20'000; ++number) {
      auto finding = numbered_finding(number);
      finding.message.clear();
      for (int i = 0; i < 1000; ++i) finding.message += static_cast<char>('!' + random() % 90);
      REQUIRE(before->offer(std::move(finding)));
    }
  }
  options.dial = true;
  auto const shipper = started(options);
  CHECK(eventually([&] { return shipper->counters().uplink.connects > 1; }));
}

TEST_CASE("an agent stops though what it does in turn has become due meanwhile", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  auto const ingest = started(plant.ingest_options(), store);
  auto options = plant.ship_options(ingest->port(), "site-1");
  std::promise<void> busy;
  bool first = true;
  options.uplink.rules_version = [&] {
    // The io thread is held up for longer than anything waits that it does in turn.
    if (std::exchange(first, false)) {
      busy.set_value();
      std::this_thread::sleep_for(std::chrono::milliseconds{600});
    }
    return std::uint64_t{0};
  };
  auto shipper = started(options);
  busy.get_future().wait();
  std::this_thread::sleep_for(std::chrono::milliseconds{50});
  auto stopped = std::async(std::launch::async, [&] { shipper->stop(); });
  bool const ends = stopped.wait_for(std::chrono::seconds{20}) == std::future_status::ready;
  CHECK(ends);
  if (!ends) std::_Exit(1);  // nobody else would end it
}
