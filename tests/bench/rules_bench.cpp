// Cost of rules per finding, against their number: bench_rules [--benchmark_filter=…]. The figures are in
// docs/rules.md.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "common/rule/correlations.hpp"
#include "common/rule/finding_view.hpp"

namespace {

using namespace greywatch;

/// Rules as people write them: most ask for one event.code, some for a protocol and a value, a few for parts of texts.
std::string rule(int i) {
  std::string const head =
      fmt::format("title: Rule {}\nid: r{}\nlogsource: {{product: greywatch, category: finding}}\ndetection:\n", i, i);
  switch (i % 10) {
    case 0:
      return head + fmt::format(
                        "  s: {{network.protocol: modbus, modbus.function_code: {}}}\n  f: {{source.ip|cidr: "
                        "10.{}.0.0/16}}\n  condition: s and not f\n",
                        i % 128, i % 256);
    case 1:
      return head + fmt::format("  s: {{message|contains: 'station {:04}'}}\n  condition: s\n", i);
    case 2:
      return head + fmt::format(
                        "  s: {{event.code|startswith: iec104.c{:03}, iec104.type_id: [45, 46, {}]}}\n  condition: s\n",
                        i, i % 128);
    case 3:
      return head +
             fmt::format(
                 "  s: {{event.code: modbus.command.c{}, message|re: 'unit [0-9]+ of plant {}'}}\n  condition: s\n", i,
                 i);
    default:
      return head + fmt::format(
                        "  s: {{event.code: [modbus.command.c{}, iec104.command.c{}]}}\n  f: {{source.ip: "
                        "10.0.0.{}}}\n  condition: s and not f\n",
                        i, i, i % 256);
  }
}

std::string rules_text(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += rule(i) + "---\n";
  return text;
}

rules::RuleSet rule_set(int count) {
  std::vector<rules::RuleFile> files;
  for (int from = 0; from < count; from += 500) {
    std::string text;
    for (int i = from; i < std::min(count, from + 500); ++i) text += rule(i) + "---\n";
    files.push_back({fmt::format("{}.yml", from), text});
  }
  rules::LoadReport report;
  auto set = rules::RuleSet::parse(files, report);
  if (report.refused) throw std::runtime_error(report.refusals.front());
  return set;
}

std::vector<Finding> findings() {
  std::vector<Finding> all;
  for (int i = 0; i < 256; ++i) {
    Finding one;
    one.time = from_unix_ns(1'700'000'000'000'000'000 + i);
    one.id = fmt::format("node-1-{}", i);
    one.code = i % 4 ? fmt::format("modbus.command.c{}", i * 4) : fmt::format("iec104.c{:03}.run", i);
    one.node = "substation-7";
    one.message = fmt::format(
        "192.0.2.{} wrote register 40001 of station {:04}, which only 10.0.0.1 and 10.0.0.2 did in 12 days", i, i * 7);
    one.source.ip = *parse_ip(fmt::format("192.0.2.{}", i));
    one.destination.ip = *parse_ip("10.0.0.5");
    one.protocol = i % 4 ? "modbus" : "iec104";
    one.detector = "operation";
    one.traits = {fmt::format("address:192.0.2.{}", i)};
    one.p = 1e-4;
    one.fields = {
        {"modbus.unit_id", std::uint64_t{1}},
        {"modbus.function_code", static_cast<std::uint64_t>(i % 128)},
        {"iec104.type_id", std::uint64_t{45}},
        {"modbus.register_number", std::vector<Scalar>{std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}}}};
    all.push_back(std::move(one));
  }
  return all;
}

void match(benchmark::State& state) {
  auto set = rule_set(static_cast<int>(state.range(0)));
  auto const all = findings();
  std::vector<std::uint32_t> matched;
  std::size_t at = 0, found = 0;
  for (auto _ : state) {
    matched.clear();
    set.match(rules::FindingView(all[at++ % all.size()]), matched);
    found += matched.size();
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["matches_per_event"] = static_cast<double>(found) / static_cast<double>(state.iterations());
  state.counters["unfiled"] = static_cast<double>(set.unfiled());
}
BENCHMARK(match)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Arg(2000)->Arg(10'000);

/// The same without the prefilter: every rule is tried.
void match_all(benchmark::State& state) {
  auto const set = rule_set(static_cast<int>(state.range(0)));
  auto const all = findings();
  rules::EventCache cache;
  std::size_t at = 0, found = 0;
  for (auto _ : state) {
    rules::FindingView const view(all[at++ % all.size()]);
    cache.start(view, set.fields());
    for (auto const& one : set.rules()) found += one.matches(cache);
  }
  benchmark::DoNotOptimize(found);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(match_all)->Arg(1000);

void load(benchmark::State& state) {
  auto const text = rules_text(100);
  for (auto _ : state) {
    rules::LoadReport report;
    benchmark::DoNotOptimize(rules::RuleSet::parse({{"r.yml", text}}, report));
  }
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(load);

}  // namespace

BENCHMARK_MAIN();
