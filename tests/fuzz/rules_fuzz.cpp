// links: greywatch::common_rule
// The rule engine: an input is a rule file. What loads is matched against two findings and fed to its correlations;
// their state must come back from text as it was.
#include <cstdlib>

#include "common/rule/correlations.hpp"
#include "common/rule/finding_view.hpp"
#include "common/rule/pipeline.hpp"

namespace {

using namespace greywatch;

Finding finding(std::string id, std::int64_t seconds) {
  Finding out;
  out.time = from_unix_ns((1'700'000'000 + seconds) * 1'000'000'000);
  out.id = std::move(id);
  out.code = "iec104.command.new_master";
  out.message = "192.0.2.66 commands object 2 of station 7, which only 10.0.0.1 did";
  out.node = "node";
  out.source = {.ip = *parse_ip("192.0.2.66"), .mac = parse_mac("00:1b:1b:0a:0b:0c"), .port = 40'000};
  out.destination = {.ip = *parse_ip("2001:db8::1"), .mac = {}, .port = 2404};
  out.protocol = "iec104";
  out.techniques = {"T1692.001"};
  out.traits = {"address:192.0.2.66", "tool:\xff"};
  out.fields = {
      {"iec104.type_id", std::uint64_t{45}},
      {"iec104.ioa", std::vector<Scalar>{std::uint64_t{2}, std::int64_t{-3}, 2.5, true, std::string("a*?\\")}},
      {"iec104.negative", false}};
  return out;
}

/// Rules for product x run, with fields and placeholders of their own.
rules::Pipelines const& pipelines() {
  static rules::Pipelines const made = [] {
    rules::Pipelines out;
    auto const added = out.add(
        "mappings: [{logsource: {product: x}, events: {event.kind: alert}, fields: {ip: source.ip, code: event.code, "
        "ioa: iec104.ioa, text: message}}]\nplaceholders: {net: [192.0.2.0/24, 10.0.0.0/8], word: [command, 'obj*']}\n",
        "p.yml");
    if (!added) std::abort();
    return out;
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string const text(reinterpret_cast<char const*>(data), size);
  rules::LoadReport report;
  auto set = rules::RuleSet::parse({{"r.yml", text}}, report, pipelines());
  // A file loads or is refused with one reason.
  if (report.files != 1 || report.refused != report.refusals.size()) std::abort();
  if (report.refused && (!set.rules().empty() || !set.correlations().empty())) std::abort();
  rules::Correlations correlations(set, {.groups = 8, .entries = 32, .key_octets = 64});
  std::vector<rules::Correlated> fired;
  for (int i = 0; i < 4; ++i) {
    auto const one = finding("node-1-" + std::to_string(i), i * 7);
    rules::FindingView const view(one);
    std::vector<std::uint32_t> matched, expected;
    set.match(view, matched);
    rules::EventCache cache;
    cache.start(view, set.fields());
    for (std::uint32_t k = 0; k < set.rules().size(); ++k)
      if (set.rules()[k].fed && set.rules()[k].matches(cache)) expected.push_back(k);
    if (matched != expected) std::abort();
    correlations.on_event(view, one.time, one.id, matched, fired);
  }
  auto const saved = correlations.save();
  rules::Correlations again(set, {.groups = 8, .entries = 32, .key_octets = 64});
  if (!again.load(saved) || again.save() != saved) std::abort();
  return 0;
}
