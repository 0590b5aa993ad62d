#include "collector/web/server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "tests/support/scratch.hpp"

using namespace greywatch;
using namespace greywatch::collector;
using namespace std::chrono_literals;
using greywatch::test::Scratch;

namespace {

class FixedViews final : public Views {
 public:
  std::string metrics(Exposition) override { return "greywatch_build_info 1\n"; }
  std::vector<Check> readiness() override { return {{"store", true, "open"}}; }
  Result<ListPage, Refusal> list(Listing, ListQuery const&) override {
    std::this_thread::sleep_for(delay);
    return ListPage{{"{}"}, ""};
  }
  std::expected<Declaration, Declined> declare(std::string_view content, bool, std::string_view peer) override {
    said = content;
    who = peer;
    return Declaration{.accepted = 1, .known = 0, .ids = {"a"}};
  }
  std::chrono::milliseconds delay{0};
  std::string said, who;
};

/// One TCP connection to the server, raw octets both ways.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval const patience{5, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  }
  Connection(Connection const&) = delete;
  ~Connection() { ::close(socket_); }
  void send(std::string_view octets) {
    while (!octets.empty()) {
      auto const sent = ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      octets.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// Everything up to the server's end of the connection.
  std::string rest() {
    std::string out;
    char chunk[4096];
    for (ssize_t got; (got = ::recv(socket_, chunk, sizeof chunk, 0)) > 0;)
      out.append(chunk, static_cast<std::size_t>(got));
    return out;
  }
  int descriptor() const { return socket_; }

 private:
  int socket_;
};

std::string talk_to(Server const& server, std::string_view octets) {
  Connection connection(server.port());
  connection.send(octets);
  return connection.rest();
}
std::string get(Server const& server, std::string_view target, std::string_view more = "") {
  return talk_to(server,
                 fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}\r\n", target, more));
}
bool status(std::string const& response, int code) { return response.starts_with(fmt::format("HTTP/1.1 {} ", code)); }

WebOptions options() {
  WebOptions made{.port = 0};
  made.header_time = 300ms;
  made.idle_time = 300ms;
  return made;
}

/// A key and a certificate signed with it, as files.
void write_certificate(std::filesystem::path const& certificate, std::filesystem::path const& key) {
  EVP_PKEY* pair = EVP_EC_gen("P-256");
  X509* made = X509_new();
  X509_gmtime_adj(X509_getm_notBefore(made), 0);
  X509_gmtime_adj(X509_getm_notAfter(made), 3600);
  X509_set_pubkey(made, pair);
  X509_sign(made, pair, EVP_sha256());
  FILE* file = std::fopen(certificate.c_str(), "w");
  PEM_write_X509(file, made);
  std::fclose(file);
  file = std::fopen(key.c_str(), "w");
  PEM_write_PrivateKey(file, pair, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(made);
  EVP_PKEY_free(pair);
}

}  // namespace

TEST_CASE("the server answers over a socket, several requests a connection", "[collector][web]") {
  FixedViews views;
  auto server = Server::start(options(), views);
  REQUIRE(server);
  auto const both = talk_to(**server,
                            "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /metrics HTTP/1.1\r\nHost: "
                            "127.0.0.1:9\r\nConnection: close\r\n\r\n");
  CHECK(status(both, 200));
  CHECK(both.find("\r\n\r\nok\nHTTP/1.1 200 OK") != std::string::npos);
  CHECK(both.ends_with("greywatch_build_info 1\n"));
  CHECK(both.find("Cache-Control: no-store") != std::string::npos);
  CHECK((*server)->stats().requests == 2);
}

TEST_CASE("HEAD gives the header of GET and no body", "[collector][web]") {
  FixedViews views;
  auto server = Server::start(options(), views);
  REQUIRE(server);
  auto const head = talk_to(**server, "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  CHECK(status(head, 200));
  CHECK(head.find("Content-Length: 3") != std::string::npos);
  CHECK(head.ends_with("\r\n\r\n"));
}

TEST_CASE("hostile requests get an answer with the right status and nothing else", "[collector][web]") {
  FixedViews views;
  auto server = Server::start(options(), views);
  REQUIRE(server);
  auto const host = std::string("Host: localhost\r\nConnection: close\r\n");
  CHECK(status(get(**server, "/nothing"), 404));
  CHECK(status(get(**server, "/../etc/passwd"), 404));
  CHECK(status(get(**server, "/%2e%2e/metrics"), 404));
  CHECK(status(get(**server, "/api/v1/findings?limit=0"), 400));
  CHECK(status(get(**server, "/" + std::string(3000, 'a')), 414));
  CHECK(status(get(**server, "/metrics", "X: " + std::string(20'000, 'x') + "\r\n"), 431));
  CHECK(status(get(**server, "http://evil/"), 400));
  CHECK(status(get(**server, "*"), 400));
  CHECK(status(talk_to(**server, "POST /metrics HTTP/1.1\r\n" + host + "\r\n"), 405));
  CHECK(status(talk_to(**server, "DELETE /api/v1/nodes HTTP/1.1\r\n" + host + "\r\n"), 405));
  CHECK(status(talk_to(**server, "GET / HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello"), 413));
  CHECK(status(
      talk_to(**server, "GET / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
      413));
  CHECK(status(talk_to(**server, "GET / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n"), 400));
  CHECK(status(talk_to(**server, "GET / HTTP/1.1\r\n\r\n"), 400));
  CHECK(status(talk_to(**server, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400));
  CHECK(status(talk_to(**server, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400));
  CHECK(status(talk_to(**server, std::string(5, '\0')), 400));
  CHECK(status(talk_to(**server, "GET / HTTP/9.9\r\n\r\n"), 400));
  CHECK((*server)->stats().malformed >= 4);
  CHECK(get(**server, "/healthz").ends_with("ok\n"));
}

TEST_CASE("without a token a foreign host name is misdirected, so no web page can read the API", "[collector][web]") {
  FixedViews views;
  auto with_name = options();
  with_name.hosts = {"greywatch.example"};
  auto server = Server::start(with_name, views);
  REQUIRE(server);
  auto const as = [&](std::string_view host) {
    return talk_to(**server, fmt::format("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", host));
  };
  CHECK(status(as("rebound.attacker.example"), 421));
  CHECK(status(as("localhost:9464"), 200));
  CHECK(status(as("[::1]:9464"), 200));
  CHECK(status(as("Greywatch.Example"), 200));
}

TEST_CASE("with a token only its holders are answered, but health is open", "[collector][web]") {
  Scratch const scratch;
  std::ofstream(scratch / "token") << "0123456789abcdef\n";
  FixedViews views;
  auto with_token = options();
  with_token.token = scratch / "token";
  auto server = Server::start(with_token, views);
  REQUIRE(server);
  auto const bare = get(**server, "/metrics");
  CHECK(status(bare, 401));
  CHECK(bare.find("WWW-Authenticate: Bearer") != std::string::npos);
  CHECK(status(get(**server, "/metrics", "Authorization: Bearer 0123456789abcdeg\r\n"), 401));
  CHECK(status(get(**server, "/metrics", "Authorization: Basic 0123456789abcdef\r\n"), 401));
  CHECK(status(get(**server, "/metrics", "Authorization: Bearer 0123456789abcdef\r\n"), 200));
  CHECK(status(get(**server, "/healthz"), 200));
  CHECK((*server)->stats().unauthorized == 3);
  std::ofstream(scratch / "token") << "fedcba9876543210\n";
  REQUIRE((*server)->reload());
  CHECK(status(get(**server, "/metrics", "Authorization: Bearer 0123456789abcdef\r\n"), 401));
  CHECK(status(get(**server, "/metrics", "Authorization: Bearer fedcba9876543210\r\n"), 200));
  std::ofstream(scratch / "token") << "short\n";
  CHECK_FALSE((*server)->reload());
  CHECK(status(get(**server, "/metrics", "Authorization: Bearer fedcba9876543210\r\n"), 200));
}

TEST_CASE("content is read where a path takes it, within its bound and from those only who may ask",
          "[collector][web]") {
  Scratch const scratch;
  std::ofstream(scratch / "token") << "0123456789abcdef\n";
  FixedViews views;
  auto with_token = options();
  with_token.token = scratch / "token";
  auto server = Server::start(with_token, views);
  REQUIRE(server);
  auto const post = [&](std::string const& fields, std::string const& content, std::string const& path) {
    return talk_to(**server, fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                         "Content-Type: application/json\r\n{}\r\n{}",
                                         path, fields, content));
  };
  std::string const token = "Authorization: Bearer 0123456789abcdef\r\n", path = "/api/v1/context";
  auto const sized = [](std::size_t octets) { return fmt::format("Content-Length: {}\r\n", octets); };
  CHECK(status(post(sized(5), "hello", path), 401));
  CHECK(views.said.empty());
  CHECK(status(post(token + sized(5), "hello", path), 201));
  CHECK(views.said == "hello");
  CHECK(views.who == "127.0.0.1");
  CHECK(status(post(token + "Transfer-Encoding: chunked\r\n", "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", path), 201));
  auto const continued = post(token + sized(5) + "Expect: 100-continue\r\n", "again", path);
  CHECK(status(continued, 100));
  CHECK(continued.find("HTTP/1.1 201 Created") != std::string::npos);
  CHECK(views.said == "again");
  std::string const large(200 * 1024, 'x');
  CHECK(status(post(token + sized(large.size()), large, path), 201));
  CHECK(views.said.size() == large.size());
  CHECK(status(post(token + sized(10'000'000), "", path), 413));
  CHECK(status(post(token + sized(5), "hello", "/metrics"), 413));
  CHECK(status(post(token + sized(0), "", path), 400));
  views.said.clear();
  CHECK_FALSE(status(post(token + sized(100), "cut short", path), 201));
  CHECK(views.said.empty());
}

TEST_CASE("an address that can be reached from outside needs TLS and a token", "[collector][web]") {
  FixedViews views;
  auto open = options();
  open.address = parse_ip("0.0.0.0").value();
  CHECK(Server::start(open, views).error().text ==
        "web: 0.0.0.0 can be reached from outside: set certificate, key and token_file, or listen on 127.0.0.1");
  CHECK(exposure_fault(parse_ip("::").value(), true, false));
  CHECK(exposure_fault(parse_ip("192.0.2.1").value(), false, true));
  CHECK_FALSE(exposure_fault(parse_ip("192.0.2.1").value(), true, true));
  CHECK_FALSE(exposure_fault(parse_ip("::1").value(), false, false));
  CHECK_FALSE(exposure_fault(parse_ip("127.8.9.1").value(), false, false));
}

TEST_CASE("a header that drips and a connection that idles end in time", "[collector][web]") {
  FixedViews views;
  auto server = Server::start(options(), views);
  REQUIRE(server);
  auto const began = std::chrono::steady_clock::now();
  Connection idle((*server)->port());
  Connection slow((*server)->port());
  slow.send("GET / HTTP/1.1\r\nHost: lo");
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(100ms);
    slow.send("c");
  }
  CHECK(slow.rest().empty());
  CHECK(idle.rest().empty());
  CHECK(std::chrono::steady_clock::now() - began < 3s);
  for (int i = 0; i < 100 && (*server)->stats().connections > 0; ++i) std::this_thread::sleep_for(10ms);
  CHECK((*server)->stats().connections == 0);
  CHECK((*server)->stats().timeouts >= 1);
}

TEST_CASE("connections beyond the bound are closed and counted, and health answers while the workers are busy",
          "[collector][web]") {
  FixedViews views;
  views.delay = 200ms;
  auto few = options();
  few.connections = 4;
  few.workers = 1;
  auto server = Server::start(few, views);
  REQUIRE(server);
  std::vector<std::unique_ptr<Connection>> busy;
  for (int i = 0; i < 3; ++i) {
    busy.push_back(std::make_unique<Connection>((*server)->port()));
    busy.back()->send("GET /api/v1/nodes HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }
  while ((*server)->stats().connections < 3) std::this_thread::sleep_for(5ms);
  auto const began = std::chrono::steady_clock::now();
  CHECK(status(get(**server, "/healthz"), 200));
  CHECK(std::chrono::steady_clock::now() - began < 150ms);
  Connection fourth((*server)->port());
  while ((*server)->stats().connections < 4) std::this_thread::sleep_for(5ms);
  CHECK(get(**server, "/healthz").empty());
  CHECK((*server)->stats().refused_connections >= 1);
  for (auto& one : busy) CHECK(status(one->rest(), 200));
}

TEST_CASE("TLS 1.3 is spoken when a certificate is set, and nothing older", "[collector][web]") {
  Scratch const scratch;
  write_certificate(scratch / "c.pem", scratch / "k.pem");
  FixedViews views;
  auto secure = options();
  secure.certificate = scratch / "c.pem";
  secure.key = scratch / "k.pem";
  auto server = Server::start(secure, views);
  REQUIRE(server);
  auto const talk = [&](int version) -> std::string {
    Connection connection((*server)->port());
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(context, version);
    SSL* session = SSL_new(context);
    SSL_set_fd(session, connection.descriptor());
    std::string out;
    if (SSL_connect(session) == 1) {
      std::string_view const request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
      SSL_write(session, request.data(), static_cast<int>(request.size()));
      char chunk[4096];
      for (int got; (got = SSL_read(session, chunk, sizeof chunk)) > 0;)
        out.append(chunk, static_cast<std::size_t>(got));
    }
    SSL_free(session);
    SSL_CTX_free(context);
    return out;
  };
  CHECK(talk(TLS1_3_VERSION).ends_with("ok\n"));
  CHECK(talk(TLS1_2_VERSION).empty());
  CHECK(talk_to(**server, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").find("200") == std::string::npos);
  CHECK((*server)->stats().failed_handshakes == 2);
  secure.key = scratch / "none.pem";
  CHECK(Server::start(secure, views).error().text.find("none.pem: no private key in PEM") != std::string::npos);
}

TEST_CASE("a port in use is refused by name", "[collector][web]") {
  FixedViews views;
  auto first = Server::start(options(), views);
  REQUIRE(first);
  auto second = options();
  second.port = (*first)->port();
  CHECK(Server::start(second, views).error().text ==
        fmt::format("web: cannot listen on 127.0.0.1 port {}: Address already in use", second.port));
}

TEST_CASE("a thousand scrapes leave no connection behind", "[collector][web]") {
  FixedViews views;
  auto server = Server::start(options(), views);
  REQUIRE(server);
  for (int i = 0; i < 1000; ++i) REQUIRE(get(**server, "/metrics").ends_with("greywatch_build_info 1\n"));
  for (int i = 0; i < 100 && (*server)->stats().connections > 0; ++i) std::this_thread::sleep_for(10ms);
  CHECK((*server)->stats().connections == 0);
}
