#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "tests/e2e/link_support.hpp"

using namespace greywatch;
using namespace greywatch::test;

namespace {

constexpr int connections = 300;

/// Resident octets of this process.
std::uint64_t resident() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t size = 0, pages = 0;
  in >> size >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// A process of its own with many agents that greet and then say nothing.
[[noreturn]] void be_agents(std::vector<tls::Files> const& agents, std::uint16_t port) {
  for (std::size_t i = 0; i < agents.size(); ++i) {
    auto* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_use_certificate_file(context, agents[i].certificate.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context, agents[i].key.c_str(), SSL_FILETYPE_PEM);
    int const fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) < 0) ::_exit(1);
    auto* ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    if (SSL_connect(ssl) != 1) ::_exit(2);
    auto const hello = link::frame(link::Hello{.node = "sub-" + std::to_string(i)});
    std::array<char, 256> welcome{};
    if (SSL_write(ssl, hello.data(), static_cast<int>(hello.size())) <= 0) ::_exit(3);
    if (SSL_read(ssl, welcome.data(), welcome.size()) <= 0) ::_exit(4);
  }
  for (;;) ::pause();
}

}  // namespace

TEST_CASE("ten thousand idle agents fit into one gibibyte", "[e2e][link]") {
  Plant plant;
  MemoryStore store;
  std::vector<tls::Files> agents;
  for (int i = 0; i < connections; ++i) agents.push_back(plant.agent_files("sub-" + std::to_string(i)));
  auto options = plant.ingest_options();
  options.heartbeat = std::chrono::milliseconds{60'000};
  auto opened = collector::Ingest::open(options, store);
  REQUIRE(opened);
  auto& ingest = **opened;
  auto const child = ::fork();  // before this process has more threads than it needs
  if (child == 0) be_agents(agents, ingest.port());
  auto const before = resident();
  ingest.start();
  bool all = false;
  for (int patience = 0; patience < 10 && !all; ++patience)  // a busy machine shakes hands slowly
    all = eventually([&] { return ingest.counters().connected_agents == connections; });
  auto const grown = resident() - before;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  REQUIRE(all);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose own memory comes and goes as it likes
  auto const each = grown / connections;
  WARN("resident memory of an idle connection: " << each << " octets");
  CHECK(each < (1ULL << 30) / 10'000);
#else
  (void)grown;
#endif
}
