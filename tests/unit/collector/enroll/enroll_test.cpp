#include "collector/enroll.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "common/tls/context.hpp"
#include "tests/support/scratch.hpp"

using namespace greywatch;
using namespace greywatch::collector;
namespace fs = std::filesystem;

namespace {

EnrollOptions options_in(fs::path const& directory) {
  EnrollOptions out;
  out.directory = directory / "authority";
  out.collector_names = {"collector.example", "192.0.2.1", "2001:db8::1"};
  return out;
}

std::string slurp(fs::path const& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

unsigned mode(fs::path const& path) {
  struct stat facts{};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 0777;
}

}  // namespace

TEST_CASE("the first enrolment makes the authority, the collector's certificate and the node's files",
          "[collector][enroll]") {
  test::Scratch place;
  auto const options = options_in(place.path());
  auto const enrolled = enroll(options, "Sub-1");
  REQUIRE(enrolled);
  CHECK(enrolled->node == "sub-1");
  CHECK(enrolled->made_authority);
  CHECK(enrolled->made_collector);
  REQUIRE(enrolled->files.size() == 3);
  for (auto const& file : enrolled->files) CHECK(fs::exists(file.from));
  CHECK(enrolled->files[0].to == "/etc/greywatch/agent/agent.key");
  for (auto const* key : {"ca.key", "collector.key", "nodes/sub-1/agent.key"})
    CHECK(mode(options.directory / key) == 0600);
  CHECK(mode(options.directory) == 0700);
  CHECK(mode(options.directory / "nodes/sub-1") == 0700);
  CHECK(slurp(options.directory / "issued").find(enrolled->serial + " sub-1 20") != std::string::npos);

  // Both ends can use what was made.
  CHECK(tls::Context::client({enrolled->files[1].from, enrolled->files[0].from, enrolled->files[2].from}));
  CHECK(tls::Context::server(
      {options.directory / "collector.crt", options.directory / "collector.key", options.directory / "ca.crt"}, {}));

  auto const second = enroll(options, "sub-2.example");
  REQUIRE(second);
  CHECK_FALSE(second->made_authority);
  CHECK_FALSE(second->made_collector);
  CHECK(second->serial != enrolled->serial);
  CHECK(slurp(second->files[2].from) == slurp(enrolled->files[2].from));
}

TEST_CASE("an enrolled node is not enrolled again without force", "[collector][enroll]") {
  test::Scratch place;
  auto options = options_in(place.path());
  auto const first = enroll(options, "sub-1");
  REQUIRE(first);
  auto const key = slurp(first->files[0].from);
  auto const again = enroll(options, "SUB-1");
  REQUIRE_FALSE(again);
  CHECK(again.error().text.find("enrolled already") != std::string::npos);
  CHECK(slurp(first->files[0].from) == key);
  options.force = true;
  auto const forced = enroll(options, "sub-1");
  REQUIRE(forced);
  CHECK(slurp(first->files[0].from) != key);
  CHECK_FALSE(forced->made_authority);  // force never replaces the authority
}

TEST_CASE("a name that could leave its directory or confuse a reader is refused", "[collector][enroll]") {
  test::Scratch place;
  auto const options = options_in(place.path());
  for (auto const* name : {"", "..", ".", "a/b", "-a", "a-", ".a", "a b", "a_b", "ä", "a\n", "../x"})
    CHECK_FALSE(enroll(options, name));
  CHECK_FALSE(enroll(options, std::string(64, 'a')));
  CHECK_FALSE(fs::exists(options.directory));
  CHECK(enroll(options, std::string(63, 'a')));
}

TEST_CASE("an authority that is damaged is never replaced in silence", "[collector][enroll]") {
  test::Scratch place;
  auto options = options_in(place.path());
  REQUIRE(enroll(options, "sub-1"));
  options.force = true;
  auto const key = slurp(options.directory / "ca.key");
  fs::remove(options.directory / "ca.key");
  auto const without = enroll(options, "sub-2");
  REQUIRE_FALSE(without);
  CHECK(without.error().text.find("ca.key: no private key") != std::string::npos);
  std::ofstream(options.directory / "ca.key") << slurp(options.directory / "collector.key");
  auto const other = enroll(options, "sub-2");
  REQUIRE_FALSE(other);
  CHECK(other.error().text.find("is not the key of") != std::string::npos);
}

TEST_CASE("the collector's certificate needs names, and nothing else may stand there", "[collector][enroll]") {
  test::Scratch place;
  auto options = options_in(place.path());
  options.collector_names = {};
  CHECK(enroll(options, "sub-1").error().text.find("host names or addresses") != std::string::npos);
  options.collector_names = {"a,DNS:evil.example"};
  CHECK(enroll(options, "sub-1").error().text.find("neither a host name nor an address") != std::string::npos);
  options.collector_names = {"collector.example"};
  REQUIRE(enroll(options, "sub-1"));
  CHECK_FALSE(enroll_collector(options));
  options.force = true;
  options.collector_names = {"other.example"};
  auto const renewed = enroll_collector(options);
  REQUIRE(renewed);
  CHECK(renewed->made_collector);
  options.validity = std::chrono::days{0};
  CHECK_FALSE(enroll_collector(options));
}
