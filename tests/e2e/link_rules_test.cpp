// Rule packs over the real link: who gets one, when, and what happens to bad ones.
#include <fstream>

#include "agent/rule/rule_source.hpp"
#include "collector/packer.hpp"
#include "tests/e2e/link_support.hpp"

using namespace greywatch;
using namespace greywatch::test;
namespace fs = std::filesystem;

namespace {

Time now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

void write_rule(fs::path const& folder, std::string const& name, std::string const& category = "observation") {
  fs::create_directories(folder / "detect");
  std::ofstream(folder / "detect" / (name + ".yml"))
      << "title: " << name << "\nlogsource: {product: greywatch, category: " << category
      << ", service: modbus}\ndetection: {s: {modbus.function_code: 5}, condition: s}\n";
}

/// An agent's end: its keeper, and how often it was given a pack.
struct Agent {
  Agent(Plant& plant, std::string const& node) : keeper(plant / (node + ".pack"), plant.agent_files(node).authority) {}
  void join(agent::UplinkOptions& options) {
    options.rules_version = [this] { return keeper.version(); };
    options.take_rules = [this](std::string&& octets) {
      ++given;
      keeper.take(octets);
    };
  }
  agent::PackKeeper keeper;
  std::atomic<int> given{0};
};

collector::PackOptions pack_options(Plant& plant) {
  auto const folder = plant.collector_files().authority.parent_path();
  return {.rules = plant / "rules",
          .key = folder / "rules.key",
          .certificate = folder / "rules.crt",
          .authority = folder / "ca.crt",
          .kept = plant / "kept.pack"};
}

collector::RulesOffer packed(Plant& plant) {
  std::vector<std::string> told;
  auto pack = collector::make_pack(pack_options(plant), now(), told);
  if (!pack) FAIL(pack.error().text);
  REQUIRE(*pack);
  return std::move(**pack);
}

}  // namespace

TEST_CASE("the collector packs rules on observations only, and the version rises when they change", "[e2e][rules]") {
  Plant plant;
  std::vector<std::string> told;
  fs::create_directories(plant / "rules");
  CHECK_FALSE(collector::make_pack(pack_options(plant), now(), told).value());
  write_rule(plant / "rules", "a");
  write_rule(plant / "rules", "b", "finding");
  auto const first = packed(plant);
  auto const verifier = pack::Verifier::load(plant.collector_files().authority).value();
  auto const opened = verifier.open(as_bytes(first.octets)).value();
  REQUIRE(opened.files.size() == 1);
  CHECK(opened.files[0].name == "detect/a.yml");
  CHECK(packed(plant).version == first.version);  // a restart
  write_rule(plant / "rules", "c");
  auto const second = packed(plant);
  CHECK(second.version > first.version);
  fs::remove_all(plant / "rules" / "detect");
  fs::create_directories(plant / "rules" / "detect");
  auto const third = packed(plant);  // agents must forget what is gone
  CHECK(third.version > second.version);
  // A clock that went back.
  write_rule(plant / "rules", "d");
  CHECK(collector::make_pack(pack_options(plant), now() - std::chrono::hours{1000}, told).value()->version >
        third.version);
}

TEST_CASE("an agent gets the pack when it connects, and a newer one while it is connected", "[e2e][rules]") {
  Plant plant;
  MemoryStore store;
  write_rule(plant / "rules", "a");
  auto ingest = started(plant.ingest_options(), store);
  auto const first = packed(plant);
  ingest->offer(first);
  Agent agent(plant, "sub-1");
  auto options = plant.ship_options(ingest->port(), "sub-1");
  agent.join(options.uplink);
  auto shipper = started(options);
  REQUIRE(eventually([&] { return agent.keeper.version() == first.version; }));
  write_rule(plant / "rules", "b");
  auto const second = packed(plant);
  ingest->offer(second);
  REQUIRE(eventually([&] { return agent.keeper.version() == second.version; }));
  CHECK(agent.given == 2);
  CHECK(agent.keeper.counters().accepted == 2);
  shipper.reset();
  shipper = started(options);
  REQUIRE(eventually([&] { return ingest->agents().front().connects == 2; }));
  std::this_thread::sleep_for(std::chrono::milliseconds{400});
  CHECK(agent.given == 2);  // it has it
  CHECK(ingest->counters().rules_sent == 2);
  CHECK(ingest->counters().rules_version == second.version);
}

TEST_CASE("a bad pack is refused by the agent, which stays linked and keeps the old one", "[e2e][rules]") {
  Plant plant;
  MemoryStore store;
  write_rule(plant / "rules", "a");
  auto ingest = started(plant.ingest_options(), store);
  auto const good = packed(plant);
  ingest->offer(good);
  Agent agent(plant, "sub-1");
  auto options = plant.ship_options(ingest->port(), "sub-1");
  agent.join(options.uplink);
  auto shipper = started(options);
  REQUIRE(eventually([&] { return agent.keeper.version() == good.version; }));
  auto bad = good;
  bad.version += 10;
  bad.octets[bad.octets.size() / 2] ^= 1;
  ingest->offer(bad);
  REQUIRE(eventually([&] { return agent.keeper.counters().refused == 1; }));
  CHECK(agent.keeper.version() == good.version);
  shipper->offer(numbered_finding(1));
  REQUIRE(eventually([&] { return store.size() == 1; }));
  CHECK(shipper->counters().uplink.connects == 1);
}

TEST_CASE("agents of the version before, those that want none, and large packs", "[e2e][rules]") {
  Plant plant;
  MemoryStore store;
  auto ingest = started(plant.ingest_options(), store);
  ingest->offer({5, std::string(link::max_rules_octets, 'x')});
  auto old_options = plant.ship_options(ingest->port(), "sub-old");
  old_options.uplink.versions = {1, 1};
  Agent old_agent(plant, "sub-old");
  old_agent.join(old_options.uplink);
  auto old_one = started(old_options);
  auto none = started(plant.ship_options(ingest->port(), "sub-none"));
  Agent agent(plant, "sub-1");
  auto options = plant.ship_options(ingest->port(), "sub-1");
  agent.join(options.uplink);
  auto shipper = started(options);
  REQUIRE(eventually([&] { return agent.given == 1; }));
  for (auto* one : {old_one.get(), none.get(), shipper.get()}) one->offer(numbered_finding(1));
  REQUIRE(eventually([&] { return store.size() == 3; }));
  std::this_thread::sleep_for(std::chrono::milliseconds{400});
  CHECK(old_agent.given == 0);
  CHECK(ingest->counters().rules_sent == 1);
  CHECK(ingest->counters().connected_agents == 3);
  // A collector of the version before sends none.
  auto before = plant.ingest_options();
  before.versions = {1, 1};
  auto old_ingest = started(before, store);
  old_ingest->offer({5, "x"});
  auto to_old = plant.ship_options(old_ingest->port(), "sub-2");
  Agent second(plant, "sub-2");
  second.join(to_old.uplink);
  auto linked = started(to_old);
  REQUIRE(eventually([&] { return old_ingest->counters().connected_agents == 1; }));
  std::this_thread::sleep_for(std::chrono::milliseconds{300});
  CHECK(second.given == 0);
}
