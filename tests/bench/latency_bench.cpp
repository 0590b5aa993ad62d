// From a finding in the agent to the webhook received: bench_latency [--collector PROGRAM] [--findings N]
// A real collector process with its store on disk, agents' own shippers with their spools over mutual TLS, and a
// receiver of the webhook, all on loopback. Each finding is that of another node in a region of its own and alarming
// enough to be told by itself (alerts.nodes); the time from its hand-over to the last octet of its notification is
// taken, one after the other.
#include <fmt/format.h>
#include <fmt/os.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "agent/ship/shipper.hpp"
#include "collector/enroll.hpp"

namespace {

using namespace greywatch;
using Clock = std::chrono::steady_clock;
namespace asio = boost::asio;
namespace http = boost::beast::http;

/// Takes notifications and remembers when each node's came.
class Receiver {
 public:
  explicit Receiver() : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), thread_([this] { accept(); }) {}
  ~Receiver() {
    boost::system::error_code ignored;
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);  // wakes the thread
    acceptor_.close(ignored);
    thread_.join();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  /// When the notification of `node` came; nothing after five seconds without.
  std::optional<Clock::time_point> wait(std::string const& node) {
    std::unique_lock hold(lock_);
    if (!changed_.wait_for(hold, std::chrono::seconds{5}, [&] { return came_.contains(node); })) return std::nullopt;
    return came_[node];
  }

 private:
  void accept() {
    std::vector<std::jthread> connections;
    for (;;) {
      asio::ip::tcp::socket socket(io_);
      boost::system::error_code error;
      acceptor_.accept(socket, error);
      if (error) return;
      connections.emplace_back([this, taken = std::move(socket)]() mutable { serve(taken); });
    }
  }
  void serve(asio::ip::tcp::socket& socket) {
    boost::beast::flat_buffer buffer;
    boost::system::error_code error;
    for (;;) {
      http::request<http::string_body> request;
      http::read(socket, buffer, request, error);
      if (error) return;
      auto const now = Clock::now();
      constexpr std::string_view before = R"("scope":"node:)";
      if (auto const at = request.body().find(before); at != std::string::npos) {
        auto const begin = at + before.size();
        std::lock_guard const hold(lock_);
        came_.emplace(request.body().substr(begin, request.body().find('"', begin) - begin), now);
        changed_.notify_all();
      }
      http::response<http::empty_body> response(http::status::no_content, request.version());
      response.keep_alive(request.keep_alive());
      http::write(socket, response, error);
      if (error || !response.keep_alive()) return;
    }
  }

  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_;
  std::mutex lock_;
  std::condition_variable changed_;
  std::map<std::string, Clock::time_point> came_;
  std::thread thread_;
};

std::uint16_t free_port() {
  asio::io_context io;
  return asio::ip::tcp::acceptor(io, {asio::ip::address_v4::loopback(), 0}).local_endpoint().port();
}

bool listens(std::uint16_t port) {
  asio::io_context io;
  for (int i = 0; i < 300; ++i) {
    asio::ip::tcp::socket socket(io);
    boost::system::error_code error;
    socket.connect({asio::ip::address_v4::loopback(), port}, error);
    if (!error) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
  return false;
}

class Collector {
 public:
  Collector(std::string const& program, std::filesystem::path const& config, std::filesystem::path const& log) {
    process_ = ::fork();
    if (process_ != 0) return;
    if (!std::freopen(log.c_str(), "w", stderr)) ::_exit(126);
    ::execl(program.c_str(), program.c_str(), "run", "--config", config.c_str(), nullptr);
    ::_exit(127);
  }
  ~Collector() {
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
  }
  Collector(Collector const&) = delete;

 private:
  ::pid_t process_;
};

struct Line {
  std::filesystem::path place;
  std::vector<std::string> nodes;
  std::uint16_t ingest = free_port(), web = free_port();

  void configure(std::uint16_t receiver) const {
    auto inventory = fmt::output_file((place / "inventory.yaml").string());
    inventory.print("nodes:\n");
    for (auto const& node : nodes)
      inventory.print("  - {{name: {0}, operator: of-{0}, country: XX, region: {0}, sector: transmission}}\n", node);
    auto config = fmt::output_file((place / "collector.yaml").string());
    config.print(
        "inventory: inventory.yaml\nstore: {{file: collector.db}}\ningest:\n  listen: 127.0.0.1:{}\n  certificate: "
        "authority/collector.crt\n  key: authority/collector.key\n  authority: authority/ca.crt\nweb: {{listen: "
        "127.0.0.1:{}}}\nalerts:\n  nodes: {{}}\nsinks:\n  - {{name: bench, kind: webhook, url: "
        "\"http://127.0.0.1:{}/\"}}\n",
        ingest, web, receiver);
  }
  std::vector<std::unique_ptr<agent::Shipper>> agents() const {
    collector::EnrollOptions authority{.directory = place / "authority", .collector_names = {"127.0.0.1"}};
    std::vector<std::unique_ptr<agent::Shipper>> made;
    for (auto const& node : nodes) {
      if (auto const done = collector::enroll(authority, node); !done) throw std::runtime_error(done.error().text);
      auto const files = authority.directory / "nodes" / node;
      agent::ShipOptions options;
      options.uplink.collector = {"127.0.0.1", ingest};
      options.uplink.node = node;
      options.uplink.files = {files / "agent.crt", files / "agent.key", files / "ca.crt"};
      options.uplink.version = "bench";
      options.spool.directory = place / ("spool-" + node);
      auto shipper = agent::Shipper::open(std::move(options));
      if (!shipper) throw std::runtime_error(shipper.error().text);
      made.push_back(std::move(*shipper));
    }
    return made;
  }
};

Finding alarming() {
  Finding made;
  made.time = made.first = made.last = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  made.code = "bench.latency";
  made.message = "what the bench sends";
  made.detector = "bench";
  made.classification = FindingClass::command;
  made.p = 1e-12;
  return made;
}

/// Milliseconds of each finding.
std::vector<double> measure(Line const& line, std::string const& program) {
  Receiver receiver;
  line.configure(receiver.port());
  auto agents = line.agents();
  Collector const collector(program, line.place / "collector.yaml", line.place / "collector.log");
  if (!listens(line.ingest)) throw std::runtime_error("the collector does not listen after half a minute");
  for (auto& agent : agents) agent->start();
  auto const linked = [&] {
    return std::ranges::all_of(agents, [](auto const& agent) { return agent->counters().uplink.connected; });
  };
  for (int i = 0; i < 600 && !linked(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{100});
  if (!linked()) throw std::runtime_error("not all agents are linked after a minute");
  std::vector<double> taken;
  for (std::size_t i = 0; i < agents.size(); ++i) {
    // Not in step with anything that comes round.
    std::this_thread::sleep_for(std::chrono::milliseconds{50 + i * 37 % 101});
    auto const begin = Clock::now();
    if (!agents[i]->offer(alarming())) throw std::runtime_error("a finding was refused");
    auto const end = receiver.wait(line.nodes[i]);
    if (!end) throw std::runtime_error(fmt::format("no notification of {} within five seconds", line.nodes[i]));
    taken.push_back(std::chrono::duration<double, std::milli>(*end - begin).count());
  }
  return taken;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"From a finding in the agent to the webhook received"};
  std::string program = (std::filesystem::path(argv[0]).parent_path() / "greywatch-collector").string();
  std::size_t findings = 200;
  app.add_option("--collector", program, "the collector to run")->check(CLI::ExistingFile)->capture_default_str();
  app.add_option("--findings", findings)->check(CLI::Range(1, 1000))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(spdlog::level::off);  // links come and go
  Line line{.place = std::filesystem::temp_directory_path() / fmt::format("greywatch-bench-latency-{}", ::getpid()),
            .nodes = {}};
  for (std::size_t i = 0; i < findings; ++i) line.nodes.push_back(fmt::format("node-{:04}", i));
  std::filesystem::create_directory(line.place);
  try {
    auto taken = measure(line, program);
    std::ranges::sort(taken);
    auto const at = [&](double share) {
      return taken[static_cast<std::size_t>(share * static_cast<double>(taken.size() - 1))];
    };
    fmt::print(
        "finding to webhook, ms: median {:.1f}, 90 % {:.1f}, 99 % {:.1f}, most {:.1f}; {} findings of as many agents\n",
        at(0.5), at(0.9), at(0.99), taken.back(), taken.size());
    std::filesystem::remove_all(line.place);
  } catch (std::exception const& error) {
    fmt::print(stderr, "bench_latency: {}; see {}\n", error.what(), (line.place / "collector.log").string());
    return 1;
  }
}
