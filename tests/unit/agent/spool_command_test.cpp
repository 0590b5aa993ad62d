#include "agent/spool_command.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <memory>

#include "agent/ship/spool.hpp"
#include "common/event/ndjson.hpp"
#include "common/wire/codec.hpp"
#include "tests/support/scratch.hpp"

using namespace greywatch;
using namespace greywatch::agent;

namespace {

struct Said {
  int status;
  std::string out, errors;
};

std::string text_of(std::FILE* file) {
  std::string out(static_cast<std::size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  out.resize(std::fread(out.data(), 1, out.size(), file));
  return out;
}

Said ask(std::filesystem::path const& config) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::tmpfile(), &std::fclose),
      errors(std::tmpfile(), &std::fclose);
  REQUIRE((out && errors));
  int const status = list_waiting(config, out.get(), errors.get());
  return {status, text_of(out.get()), text_of(errors.get())};
}

std::filesystem::path write_config(test::Scratch const& place) {
  std::ofstream(place / "agent.yaml") << fmt::format("node: alder\nstate: {}\ncapture:\n  - {{interface: lo}}\n",
                                                     place.path().string());
  return place / "agent.yaml";
}

}  // namespace

TEST_CASE("what waits is printed with the identity that the collector will give it", "[agent]") {
  test::Scratch place;
  auto const config = write_config(place);
  auto spool = Spool::open({.directory = place / "spool"});
  REQUIRE(spool);
  auto const epoch = (*spool)->epoch();
  Finding finding;
  finding.time = finding.first = finding.last = parse_rfc3339("2026-03-01T12:00:00Z").value();
  finding.code = "modbus.client.new";
  finding.message = "odd";
  for (int i = 0; i < 3; ++i) (*spool)->append(finding);
  (*spool)->ack(1);

  auto const held = ask(config);
  CHECK(held.status == 1);
  CHECK(held.out.empty());
  CHECK(held.errors.find("a running agent holds it") != std::string::npos);

  spool->reset();
  auto const said = ask(config);
  CHECK(said.status == 0);
  CHECK(said.errors == "2 finding(s) wait\n");
  auto const end = said.out.find('\n');
  auto const first = read_finding(said.out.substr(0, end)), second = read_finding(said.out.substr(end + 1));
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->id == link::event_id("alder", epoch, 2));
  CHECK(second->id == link::event_id("alder", epoch, 3));
  CHECK(first->node == "alder");
  CHECK(first->message == "odd");
}

TEST_CASE("a record that cannot be read is told, and the rest is printed", "[agent]") {
  test::Scratch place;
  auto const config = write_config(place);
  {
    auto spool = Spool::open({.directory = place / "spool"});
    REQUIRE(spool);
    (*spool)->append(link::SpoolClass::access, "no finding");
    (*spool)->append(Finding{});
  }
  auto const said = ask(config);
  CHECK(said.status == 1);
  CHECK(std::ranges::count(said.out, '\n') == 1);
  CHECK(said.errors == "1 record(s) that this version cannot read\n1 finding(s) wait\n");
}

TEST_CASE("a node whose agent never ran has no spool, and that is said", "[agent]") {
  test::Scratch place;
  auto const said = ask(write_config(place));
  CHECK(said.status == 1);
  CHECK(said.errors.find("spool") != std::string::npos);
}
