#pragma once
#include <deque>
#include <string>
#include <vector>

#include "agent/detect/detection.hpp"

namespace greywatch::test {

using namespace greywatch::agent;

struct Findings final : FindingSink {
  void on_finding(Finding&& finding) override { all.push_back(std::move(finding)); }
  std::vector<Finding> all;

  /// Alerts with that code; updates too.
  std::vector<Finding> with(std::string_view code) const {
    std::vector<Finding> some;
    for (auto const& finding : all)
      if (finding.code == code && finding.kind == FindingKind::alert) some.push_back(finding);
    return some;
  }
  std::size_t alerts() const {
    std::size_t n = 0;
    for (auto const& finding : all) n += finding.kind == FindingKind::alert;
    return n;
  }
};

/// A message to be said: what a test wants to name of an Observation.
struct Said {
  Operation operation = Operation::read;
  std::uint32_t code = 3;
  std::uint64_t object = 0;
  std::uint32_t unit = 1;
  std::uint32_t subcode = 0;
  std::optional<double> value = std::nullopt;
};

inline void name_code(void const* message, FieldSink& sink) {
  sink.field("test.code", std::uint64_t{static_cast<Observation const*>(message)->code});
  sink.field("test.object", static_cast<Observation const*>(message)->target.object);
}

/// What the plant's protocols tell detectors of themselves.
inline constexpr Rule plant_rules[] = {{"iec104.sequence.send_gap", FindingClass::loss, "T1691.002", "T0830"}};
inline DetectionOptions with_protocols(DetectionOptions options) {
  options.protocols = {{"modbus", {.code = "function", .object = "address", .objects = "addresses"}, {}},
                       {"iec104", {.code = "type", .subcode = "cause", .unit = "common address"}, plant_rules}};
  return options;
}

/// A made-up plant: clients and servers by the last octet of 192.0.2.x, event time that the test moves on.
class Plant {
 public:
  explicit Plant(DetectionOptions options = {}, HashKey key = {1, 2})
      : detection(with_protocols(options), findings, nullptr, key) {}

  Flow& open(unsigned client, unsigned server, std::string_view protocol = "modbus") {
    auto& flow = flows_.emplace_back();
    flow.client.ip = Ip::v4(std::vector<std::uint8_t>{192, 0, 2, static_cast<std::uint8_t>(client)});
    flow.server.ip = Ip::v4(std::vector<std::uint8_t>{192, 0, static_cast<std::uint8_t>(2 + server / 256),
                                                      static_cast<std::uint8_t>(server)});
    flow.client.port = 40'000;
    flow.server.port = 502;
    flow.transport = Transport::tcp;
    flow.id = ++ids_;
    flow.first = flow.last = now;
    protocols_.resize(ids_ + 1);
    protocols_[ids_] = protocol;
    return flow;
  }
  void close(Flow& flow) {
    flow.last = now;
    detection.on_close(flow);
  }

  void say(Flow& flow, Direction way, Role role, Said said, Status status = Status::none,
           std::vector<Violation> violations = {}, Malformed const* malformed = nullptr) {
    Observation observation{.time = now, .frame = ++frame, .flow = flow, .way = way, .protocol = protocols_[flow.id]};
    observation.habit = habit;
    observation.operation = said.operation;
    observation.role = role;
    observation.code = said.code;
    observation.subcode = said.subcode;
    observation.target = {.unit = said.unit, .object = said.object, .count = 1, .name = {}};
    observation.value = said.value;
    observation.status = status;
    observation.violations = violations;
    observation.malformed = malformed;
    observation.describe = name_code;
    observation.message = &observation;
    flow.last = now;
    detection.on_observation(observation);
  }
  void ask(Flow& flow, Said said) { say(flow, Direction::to_server, Role::request, said); }
  void answer(Flow& flow, Said said, Status status = Status::ok) {
    say(flow, Direction::to_client, Role::response, said, status);
  }
  void tell(Flow& flow, Said said) { say(flow, Direction::to_client, Role::unsolicited, said); }
  void exchange(Flow& flow, Said said, Status status = Status::ok) {
    ask(flow, said);
    pass(std::chrono::milliseconds(2));
    answer(flow, said, status);
  }
  void pass(Duration time) { now += time; }
  void finish() { detection.finish(now); }

  Time now = from_unix_ns(1'700'000'000'000'000'000);
  std::uint64_t frame = 0;
  Habit habit = Habit::all;  ///< of the protocol of what is said next
  Findings findings;
  Detection detection;

 private:
  std::deque<Flow> flows_;
  std::vector<std::string_view> protocols_{1};
  std::uint64_t ids_ = 0;
};

/// A master polls `servers` stations, `rounds` times, each poll a connection of its own, and writes coil 1 of each now
/// and then.
inline void poll(Plant& plant, unsigned rounds, unsigned servers = 4, unsigned write_every = 10) {
  for (unsigned round = 0; round < rounds; ++round) {
    for (unsigned server = 0; server < servers; ++server) {
      auto& flow = plant.open(1, 101 + server);
      plant.exchange(flow, {.operation = Operation::read, .code = 3, .object = 8});
      plant.exchange(flow, {.operation = Operation::read, .code = 1, .object = 0});
      if (write_every && round % write_every == write_every - 1)
        plant.exchange(flow, {.operation = Operation::write, .code = 5, .object = 1, .value = 1.0});
      plant.close(flow);
    }
    plant.pass(std::chrono::seconds(10));
  }
}

}  // namespace greywatch::test
