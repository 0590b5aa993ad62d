#include "common/tls/context.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/scratch.hpp"

using namespace greywatch;

TEST_CASE("a node name is a short host name", "[common][tls]") {
  for (auto const* name : {"a", "Sub-1", "sub-1.north.example", "7"}) CHECK(tls::valid_node_name(name));
  for (auto const* name : {"", "-a", "a.", "a_b", "a/b", "\xc3\xa4"}) CHECK_FALSE(tls::valid_node_name(name));
  CHECK_FALSE(tls::valid_node_name(std::string_view("a\0b", 3)));
  CHECK_FALSE(tls::valid_node_name(std::string(64, 'a')));
}

TEST_CASE("the revocation file lists serials and nodes, and an error names its line", "[common][tls]") {
  test::Scratch place;
  auto const path = place.path() / "revoked";
  auto const load = [&](std::string_view text) {
    std::ofstream(path) << text;
    return tls::load_revoked(path);
  };
  auto const revoked = load("# stolen boxes\n00aB:cd  # sub-7\n\nnode Sub-9\r\n");
  REQUIRE(revoked);
  CHECK(revoked->serials == std::set<std::string>{"ABCD"});
  CHECK(revoked->nodes == std::set<std::string>{"sub-9"});
  CHECK(load("abcd\nwhat is this\n").error().text.find(":2: \"what is this\" is neither") != std::string::npos);
  CHECK(load("node a/b\n").error().text.find(":1: \"a/b\" is no node name") != std::string::npos);
  CHECK_FALSE(tls::load_revoked(place.path() / "absent"));
}

TEST_CASE("a file that is missing or open to everyone is refused by name", "[common][tls]") {
  test::Scratch place;
  tls::Files const files{place.path() / "a.crt", place.path() / "a.key", place.path() / "ca.crt"};
  CHECK(tls::Context::client(files).error().text.find("certificate file") == 0);
  for (auto const& path : {files.certificate, files.key, files.authority}) std::ofstream(path) << "nothing";
  std::filesystem::permissions(files.key, std::filesystem::perms(0644));
  CHECK(tls::Context::client(files).error().text.find("may be read by everyone") != std::string::npos);
  std::filesystem::permissions(files.key, std::filesystem::perms(0600));
  CHECK(tls::Context::client(files).error().text.find("authority file") == 0);
}
