#include "agent/asset/assets.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <set>

using namespace greywatch;
using namespace greywatch::agent;
using namespace std::chrono_literals;

namespace {

struct Records : FindingSink {
  std::vector<Finding> all;
  void on_finding(Finding&& finding) override { all.push_back(std::move(finding)); }

  /// The last record of an asset, its fields as text, lists joined by "; ".
  std::map<std::string, std::string> of(std::string const& id) const {
    std::map<std::string, std::string> fields;
    for (auto const& record : all) {
      std::map<std::string, std::string> these;
      for (auto const& field : record.fields) these[field.name] = text(field.value);
      if (these["asset.id"] == id) fields = these;
    }
    return fields;
  }

 private:
  static std::string text(FieldValue const& value) {
    if (auto const* one = std::get_if<std::string>(&value)) return *one;
    if (auto const* yes = std::get_if<bool>(&value)) return *yes ? "true" : "false";
    std::string joined;
    if (auto const* list = std::get_if<std::vector<Scalar>>(&value))
      for (auto const& item : *list) joined += (joined.empty() ? "" : "; ") + std::get<std::string>(item);
    return joined;
  }
};

struct Site {
  explicit Site(AssetOptions const& options = {}) : assets(options, {1, 2}, nullptr, records) {}

  Flow& flow(char const* client, char const* server, char const* client_mac = nullptr) {
    auto& made = flows.emplace_back();
    made.client.ip = *parse_ip(client);
    made.server.ip = *parse_ip(server);
    if (client_mac != nullptr) made.client.mac = parse_mac(client_mac);
    made.id = flows.size();
    return made;
  }
  void say(Flow& flow, Operation operation, Role role = Role::request, std::string_view protocol = "modbus",
           void (*describe)(void const*, FieldSink&) = nullptr) {
    Observation observation{.time = now, .flow = flow, .protocol = protocol, .operation = operation, .role = role};
    observation.way = role == Role::request ? Direction::to_server : Direction::to_client;
    observation.describe = describe;
    observation.destination_mac = to;
    bool const first = said.insert(flow.id).second;
    assets.on_observation(observation, first);
    flow.last = now;
  }

  Records records;
  Assets assets;
  std::deque<Flow> flows;
  std::set<std::uint64_t> said;
  Mac to{};  ///< of the frames
  Time now = from_unix_ns(1'700'000'000'000'000'000);
};

}  // namespace

TEST_CASE("both ends of a flow are assets with their roles and each other as peers", "[asset]") {
  Site site;
  site.say(site.flow("192.0.2.1", "192.0.2.10", "00:22:72:00:00:01"), Operation::read);
  site.say(site.flow("192.0.2.10", "192.0.2.11"), Operation::read, Role::request, "iec104");
  site.assets.finish(site.now);
  REQUIRE(site.records.all.size() == 3);
  CHECK(site.records.all[0].kind == FindingKind::asset);
  auto middle = site.records.of("192.0.2.10");
  CHECK(middle["asset.roles"] == "modbus server; iec104 client");
  CHECK(middle["asset.peers"] == "192.0.2.1; 192.0.2.11");
  auto first = site.records.of("192.0.2.1");
  CHECK(first["host.mac"] == "00:22:72:00:00:01");
  CHECK(first.count("asset.commands") == 0);
}

TEST_CASE("who commands and who is commanded is told", "[asset]") {
  Site site;
  auto& flow = site.flow("192.0.2.1", "192.0.2.10");
  site.say(flow, Operation::read);
  site.say(flow, Operation::write);
  site.say(site.flow("192.0.2.2", "192.0.2.10"), Operation::program, Role::request, "s7comm");
  site.say(site.flow("192.0.2.10", "192.0.2.3"), Operation::write, Role::response);
  site.assets.finish(site.now);
  CHECK(site.records.of("192.0.2.10")["asset.commanded_by"] == "modbus 192.0.2.1; s7comm 192.0.2.2");
  CHECK(site.records.of("192.0.2.1")["asset.commands"] == "true");
  CHECK(site.records.of("192.0.2.1").count("asset.engineering_station") == 0);
  CHECK(site.records.of("192.0.2.2")["asset.engineering_station"] == "true");
  CHECK(site.records.of("192.0.2.3").count("asset.commands") == 0);
}

TEST_CASE("what an asset says of itself is kept, the latest last", "[asset]") {
  Site site;
  auto& flow = site.flow("192.0.2.1", "192.0.2.10");
  site.say(flow, Operation::diagnose, Role::response, "modbus", [](void const*, FieldSink& sink) {
    sink.field("modbus.object_id", std::uint64_t{0});
    sink.field("modbus.object_value", std::string_view("Maker"));
    sink.field("modbus.object_id", std::uint64_t{2});
    sink.field("modbus.object_value", std::string_view("V1.0"));
    sink.field("modbus.object_id", std::uint64_t{99});
    sink.field("modbus.object_value", std::string_view("private"));
  });
  site.assets.on_time(site.now);
  CHECK(site.records.of("192.0.2.10")["asset.firmware"] == "V1.0");
  site.now += 1h;
  site.say(flow, Operation::diagnose, Role::response, "modbus", [](void const*, FieldSink& sink) {
    sink.field("modbus.object_id", std::uint64_t{2});
    sink.field("modbus.object_value", std::string_view("V2.0"));
  });
  site.assets.on_time(site.now);
  auto station = site.records.of("192.0.2.10");
  CHECK(station["asset.vendor"] == "Maker");
  CHECK(station["asset.firmware"] == "V2.0");
  CHECK(site.records.all.size() == 3);  // the client did not change
}

TEST_CASE("a server of OPC UA tells every endpoint that it offers, by its security", "[asset]") {
  Site site;
  auto& flow = site.flow("192.0.2.1", "192.0.2.10");
  auto const describe = [](void const*, FieldSink& sink) {
    sink.field("opcua.service", std::uint64_t{431});
    for (auto const& [mode, policy] : {std::pair{1, "None"}, {3, "Basic256Sha256"}, {3, "Aes256_Sha256_RsaPss"}}) {
      sink.field("opcua.application_uri", std::string_view("urn:station:server"));
      sink.field("opcua.localized_text.text", std::string_view("Station"));
      sink.field("opcua.message_security_mode", std::int64_t{mode});
      sink.field("opcua.security_policy_uri", std::string_view(policy));
      sink.field("opcua.user_token_type", std::int64_t{0});
      sink.field("opcua.security_policy_uri", std::string_view("of the anonymous"));
    }
  };
  auto const answer = [&](std::uint32_t code) {
    Observation observation{.time = site.now, .flow = flow, .way = Direction::to_client, .protocol = "opcua"};
    observation.operation = Operation::read;
    observation.role = Role::response;
    observation.code = code;
    observation.describe = describe;
    site.assets.on_observation(observation, false);
  };
  site.say(flow, Operation::session, Role::request, "opcua");
  answer(634);  // values that were read are not looked through
  site.assets.on_time(site.now);
  CHECK(site.records.of("192.0.2.10").count("asset.name") == 0);
  answer(431);
  site.assets.finish(site.now);
  auto server = site.records.of("192.0.2.10");
  CHECK(server["asset.name"] == "Station");
  CHECK(server["asset.application_uri"] == "urn:station:server");
  CHECK(server["asset.unauthenticated_endpoint"] == "None");
  CHECK(server["asset.encrypted_endpoint"] == "Basic256Sha256; Aes256_Sha256_RsaPss");
  auto const told = site.records.all.size();
  answer(431);
  site.assets.finish(site.now);
  CHECK(site.records.all.size() == told);
}

TEST_CASE("an answer that says it identifies its sender does, whatever its code", "[asset]") {
  Site site;
  auto& flow = site.flow("192.0.2.1", "192.0.2.10");
  site.say(flow, Operation::session, Role::request, "opcua");
  Observation observation{.time = site.now, .flow = flow, .way = Direction::to_client, .protocol = "opcua"};
  observation.operation = Operation::read;
  observation.role = Role::response;
  observation.code = 634;
  observation.describe = [](void const*, FieldSink& sink) {
    sink.field("opcua.string", std::string_view("Station"));
    sink.field("opcua.server.product_name", std::string_view("Station"));
    sink.field("opcua.server.manufacturer_name", std::string_view("Maker"));
    sink.field("opcua.server.software_version", std::string_view("4.2.0"));
    sink.field("opcua.server.build_number", std::string_view("1337"));
  };
  site.assets.on_observation(observation, false);
  site.assets.on_time(site.now);
  CHECK(site.records.of("192.0.2.10").count("asset.build") == 0);
  observation.identifies = true;
  site.assets.on_observation(observation, false);
  site.assets.finish(site.now);
  auto server = site.records.of("192.0.2.10");
  CHECK(server["asset.product_name"] == "Station");
  CHECK(server["asset.vendor"] == "Maker");
  CHECK(server["asset.software"] == "4.2.0");
  CHECK(server["asset.build"] == "1337");
}

TEST_CASE("groups are no assets, and their senders are publishers", "[asset]") {
  Site site;
  site.say(site.flow("192.0.2.1", "224.0.1.129"), Operation::report, Role::unsolicited, "ptp");
  site.assets.finish(site.now);
  REQUIRE(site.records.all.size() == 1);
  CHECK(site.records.of("192.0.2.1")["asset.roles"] == "ptp publisher");
}

TEST_CASE("the broadcast address of a subnet is no asset", "[asset]") {
  Site site;
  site.to = *parse_mac("ff:ff:ff:ff:ff:ff");
  site.say(site.flow("192.0.2.1", "192.0.2.255"), Operation::report, Role::request, "smb");
  site.assets.finish(site.now);
  REQUIRE(site.records.all.size() == 1);
  CHECK(site.records.of("192.0.2.1")["asset.roles"] == "smb publisher");
}

TEST_CASE("the MAC address of a router is nobody's", "[asset]") {
  Site site;
  for (auto const* far : {"198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4", "198.51.100.5"})
    site.say(site.flow(far, "192.0.2.10", "00:22:72:00:00:fe"), Operation::read);
  site.assets.finish(site.now);
  CHECK(site.records.of("198.51.100.1").count("host.mac") == 0);
}

TEST_CASE("an asset that is still heard is told once a day, one that is not never again", "[asset]") {
  Site site;
  auto& flow = site.flow("192.0.2.1", "192.0.2.10");
  site.say(flow, Operation::read);
  site.assets.on_time(site.now);
  REQUIRE(site.records.all.size() == 2);
  for (int hour = 0; hour < 30; ++hour) {
    site.now += 1h;
    site.assets.on_time(site.now);
  }
  CHECK(site.records.all.size() == 2);
  site.say(flow, Operation::read);
  site.assets.on_close(flow);
  site.now += 1h;
  site.assets.on_time(site.now);
  CHECK(site.records.all.size() == 4);
}

TEST_CASE("assets are told in the order in which they were first seen", "[asset]") {
  Site site;
  for (int host = 40; host > 0; --host) {
    site.say(site.flow(fmt::format("10.0.0.{}", host).c_str(), "10.0.9.9"), Operation::read);
    site.now += 1s;
  }
  site.assets.on_time(site.now + 1h);
  REQUIRE(site.records.all.size() == 41);
  Time before{};
  for (auto const& record : site.records.all) {
    CHECK(record.first >= before);
    before = record.first;
  }
}

TEST_CASE("where more is due than is told at once, who waits longest comes first", "[asset]") {
  Site site(AssetOptions{.told_at_once = 5});
  std::vector<Flow*> flows;
  for (int host = 1; host <= 7; ++host)
    flows.push_back(&site.flow(fmt::format("10.0.0.{}", host).c_str(), fmt::format("10.0.9.{}", host).c_str()));
  auto const all_change = [&](std::string_view protocol) {
    for (auto* flow : flows) {
      site.said.clear();
      site.say(*flow, Operation::read, Role::request, protocol);
      site.now += 1s;
    }
  };
  // Each time all fourteen change before their turn comes: none is told again before the others were.
  std::map<std::string, int> told;
  for (auto protocol : {"modbus", "iec104", "dnp3"}) {
    all_change(protocol);
    site.now += 1h;
    site.assets.on_time(site.now);
  }
  REQUIRE(site.records.all.size() == 15);
  for (auto const& record : site.records.all)
    for (auto const& field : record.fields)
      if (field.name == "asset.id") ++told[std::get<std::string>(field.value)];
  CHECK(told.size() == 14);
}

TEST_CASE("an asset says which of its lists lack something, and that is counted once a list", "[asset]") {
  Site site(AssetOptions{.peers = 3, .paths = 2});
  for (int n = 1; n <= 5; ++n)
    site.say(site.flow(fmt::format("192.0.2.{}", n).c_str(), "203.0.113.1"), Operation::write);
  site.assets.finish(site.now);
  CHECK(site.records.of("203.0.113.1")["asset.incomplete"] == "asset.peers; asset.commanded_by");
  CHECK(site.records.of("192.0.2.1").count("asset.incomplete") == 0);
  CHECK(site.assets.counters().left_out == 2);
}

TEST_CASE("the table is bounded and counts who found no room", "[asset]") {
  Site site(AssetOptions{.assets = 3});
  for (int n = 1; n <= 100; ++n) {
    auto const client = "192.0.2." + std::to_string(n);
    site.say(site.flow(client.c_str(), "203.0.113.1"), Operation::write);
  }
  CHECK(site.assets.counters().assets == 3);
  CHECK(site.assets.counters().refused == 98);
}
