// Cost of rules per observation in the agent, against their number: bench_observation_rules. The figures are in
// docs/rules.md.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "agent/rule/observation_rules.hpp"

namespace {

using namespace greywatch;
using namespace greywatch::agent;

/// Rules for commands of one protocol to single objects, as people write them; none of them matches.
rules::RuleSet rule_set(int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += fmt::format(
        "title: Rule {0}\nid: r{0}\nlogsource: {{product: greywatch, category: observation, service: iec104}}\n"
        "detection:\n  s: {{iec104.type_id: {1}, iec104.ioa: {2}}}\n  f: {{source.ip: 10.0.0.{3}}}\n  condition: s and "
        "not f\n---\n",
        i, 45 + i % 20, 100'000 + i, i % 250);
  rules::LoadReport report;
  std::vector<rules::RuleFile> files;
  for (std::size_t from = 0; from < text.size();) {
    auto const end = std::min(text.find("---\n", from + 200'000), text.size());
    files.push_back({fmt::format("{}.yml", from), text.substr(from, end - from)});
    from = std::min(end + 4, text.size());
  }
  auto set = rules::RuleSet::parse(files, report);
  if (report.refused) throw std::runtime_error(report.refusals.front());
  return set;
}

void describe(void const*, FieldSink& sink) {
  for (auto const* name : {"iec104.apdu_length", "iec104.frame_type", "iec104.send_sequence_number",
                           "iec104.receive_sequence_number", "iec104.type_id", "iec104.number_of_objects",
                           "iec104.cause", "iec104.originator_address", "iec104.common_address"})
    sink.field(name, std::uint64_t{36});
  sink.field("iec104.type", std::string_view("M_ME_TF_1"));
  for (std::uint64_t i = 0; i < 8; ++i) {
    sink.field("iec104.ioa", 4'000 + i);
    sink.field("iec104.value", 50.01 * static_cast<double>(i));
  }
}

struct Nobody final : FindingSink {
  void on_finding(Finding&&) override {}
};

void evaluate(benchmark::State& state, std::string_view protocol) {
  Nobody nobody;
  ObservationRules rules({.node = "n"}, rule_set(static_cast<int>(state.range(0))), 1, nullptr, nobody);
  Flow flow;
  flow.client.ip = *parse_ip("10.0.0.1");
  flow.server.ip = *parse_ip("10.0.0.2");
  Observation observation{.flow = flow};
  observation.protocol = protocol;
  observation.describe = describe;
  for (auto _ : state) rules.on_observation(observation);
  state.SetItemsProcessed(state.iterations());
}

void matching_protocol(benchmark::State& state) { evaluate(state, "iec104"); }
BENCHMARK(matching_protocol)->Arg(1)->Arg(10)->Arg(100)->Arg(1000);
void other_protocol(benchmark::State& state) { evaluate(state, "modbus"); }
BENCHMARK(other_protocol)->Arg(1000);

}  // namespace

BENCHMARK_MAIN();
