#include "agent/rule/rule_source.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/scratch.hpp"
#include "tests/support/signing.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using greywatch::test::Authority;
using greywatch::test::Scratch;

namespace {

Time now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

constexpr char const* rule =
    "title: t\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: greywatch, category: observation, "
    "service: modbus}\ndetection: {s: {modbus.function_code: 5}, condition: s}\n";

struct Bench {
  Scratch scratch;
  Authority authority{scratch / "authority"};
  PackKeeper keeper{scratch / "rules.pack", authority.file()};
  Bench() { authority.issue("rules"); }
  std::string pack(std::uint64_t version, std::string const& text = rule, std::string const& signer = "rules") const {
    return pack::Signer::load(authority.key(signer), authority.certificate(signer))
        .value()
        .sign({.version = version, .made = now(), .files = {{"a.yml", text}}})
        .value();
  }
  std::string why(std::string const& octets) {
    auto const taken = keeper.take(octets);
    return taken ? "" : taken.error().text;
  }
};

}  // namespace

TEST_CASE("a good pack is taken, kept and there again after a restart", "[agent][rule]") {
  Bench bench;
  CHECK_FALSE(bench.keeper.load());
  auto const taken = bench.keeper.take(bench.pack(3));
  REQUIRE(taken);
  CHECK(taken->version == 3);
  CHECK(taken->compile().rules().size() == 1);
  PackKeeper again(bench.scratch / "rules.pack", bench.authority.file());
  auto const kept = again.load();
  REQUIRE(kept);
  CHECK(kept->version == 3);
  CHECK(again.version() == 3);
  CHECK(again.counters().accepted == 0);
}

TEST_CASE("a bad pack is refused and counted, and the old one stays in use and on disk", "[agent][rule]") {
  Bench bench;
  REQUIRE(bench.keeper.take(bench.pack(3)));
  auto tampered = bench.pack(4);
  tampered[tampered.find("modbus")] = 'M';
  CHECK(bench.why(tampered) == "its signature is wrong");
  CHECK(bench.why(bench.pack(2)) == "its version 2 is not newer than 3");
  CHECK(bench.why(bench.pack(3)) == "its version 3 is not newer than 3");
  CHECK(bench.why(std::string((1 << 20) + 1, 'x')).starts_with("it is too large"));
  CHECK(bench.why(std::string("\x08\x01\x12\x02\x08\x09", 6)) == "it is not signed");
  CHECK(bench.why(bench.pack(5, "title: x\ndetection: {condition: s}\n")).starts_with("its rules: 1 of 1 files"));
  bench.authority.issue("agent", "clientAuth");
  CHECK(bench.why(bench.pack(6, rule, "agent")) == "its certificate is not for signing rules");
  CHECK(bench.keeper.counters().refused == 7);
  CHECK(bench.keeper.version() == 3);
  PackKeeper again(bench.scratch / "rules.pack", bench.authority.file());
  CHECK(again.load()->version == 3);
  CHECK(bench.why(bench.pack(7)).empty());
}

TEST_CASE("a kept pack that is damaged is told and not used", "[agent][rule]") {
  Bench bench;
  REQUIRE(bench.keeper.take(bench.pack(3)));
  std::ofstream(bench.scratch / "rules.pack", std::ios::app) << "more";
  PackKeeper again(bench.scratch / "rules.pack", bench.authority.file());
  CHECK_FALSE(again.load());
  CHECK(again.version() == 0);
  CHECK(again.counters().refused == 1);
}

TEST_CASE("rules come from a folder or a pack, and one bad file refuses all", "[agent][rule]") {
  Bench bench;
  auto const folder = bench.scratch / "rules";
  std::filesystem::create_directories(folder / "detect");
  std::ofstream(folder / "detect" / "a.yml") << rule;
  CHECK(load_rules(folder, {}).value().compile().rules().size() == 1);
  std::ofstream(folder / "detect" / "b.yml") << "title: x\n";
  CHECK(load_rules(folder, {}).error().text.find("b.yml:1:1") != std::string::npos);
  std::ofstream(bench.scratch / "p.pack") << bench.pack(9);
  CHECK(load_rules(bench.scratch / "p.pack", bench.authority.file()).value().version == 9);
  CHECK(load_rules(bench.scratch / "p.pack", {}).error().text.find("collector.authority") != std::string::npos);
  CHECK_FALSE(load_rules(bench.scratch / "none", bench.authority.file()));
}
