#include "collector/correlate/correlator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "collector/correlate/level.hpp"
#include "collector/correlate/memory.hpp"
#include "common/rule/correlations.hpp"
#include "common/rule/finding_view.hpp"

namespace greywatch::collector {

namespace {

/// How a rule is named in `rule.id`: by id, else name, else title.
std::string const& id_of(rules::Header const& header) {
  return !header.id.empty() ? header.id : !header.name.empty() ? header.name : header.title;
}

Indicator as_it_is(Finding const& finding) {
  return {.time = finding.time,
          .id = finding.id,
          .title = finding.code,
          .level = std::string(level_of(finding)),
          .node = finding.node,
          .nodes = {finding.node},
          .classification = finding.classification,
          .kind = finding.kind,
          .p = finding.p,
          .coverage = finding.coverage,
          .techniques = finding.techniques,
          .traits = finding.traits,
          .findings = {finding.id},
          .message = finding.message};
}

/// event.id of the finding that this one updates; nullptr when it is an onset itself.
std::string const* onset_of(Finding const& finding) {
  auto const field = std::ranges::find(finding.fields, "greywatch.update_of", &Field::name);
  return field == finding.fields.end() ? nullptr : std::get_if<std::string>(&field->value);
}

void add_new(std::vector<std::string>& into, std::vector<std::string> const& more) {
  for (auto const& one : more)
    if (std::ranges::find(into, one) == into.end()) into.push_back(one);
}

std::string span_text(Duration timespan) {
  auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(timespan).count();
  for (auto const& [unit, name] : {std::pair{86'400, "day"}, {3600, "hour"}, {60, "minute"}})
    if (seconds % unit == 0) return fmt::format("{} {}{}", seconds / unit, name, seconds == unit ? "" : "s");
  return fmt::format("{} second{}", seconds, seconds == 1 ? "" : "s");
}

/// "12 findings", "3 values of source.ip", "a sum of 5e+06 for bytes".
std::string counted_text(rules::CorrelationRule const& rule, double count) {
  using enum rules::CorrelationType;
  switch (rule.type) {
    case event_count:
      return fmt::format("{} findings", count);
    case value_count:
      return fmt::format("{} values of {}", count, rule.counted);
    case value_sum:
      return fmt::format("a sum of {:g} for {}", count, rule.counted);
    case value_avg:
      return fmt::format("an average of {:g} for {}", count, rule.counted);
    case value_median:
      return fmt::format("a median of {:g} for {}", count, rule.counted);
    case value_percentile:
      return fmt::format("a {:g}th percentile of {:g} for {}", rule.percentile, count, rule.counted);
    case temporal:
    case temporal_ordered:
      break;
  }
  return fmt::format("{} signs", count);
}

}  // namespace

struct Correlator::Impl {
  explicit Impl(rules::RuleSet loaded) : set(std::move(loaded)), correlations(set), feeds(set.rules().size()) {
    for (std::size_t i = 0; i < set.correlations().size(); ++i)
      for (auto const& source : set.sources(i))
        if (!source.correlation) feeds[source.place] = true;
  }

  /// What every indicator of a rule says.
  Indicator of_rule(rules::Header const& header, Finding const& finding) const {
    return {.time = finding.time,
            .id = fmt::format("{}:{}", id_of(header), finding.id),
            .rule = id_of(header),
            .title = header.title,
            .level = std::string(name(header.level.value_or(rules::Level::medium))),
            .node = finding.node,
            .classification = header.classification.value_or(finding.classification),
            .kind = FindingKind::alert,
            .techniques = header.techniques};
  }

  Indicator of_detection(rules::Header const& header, Finding const& finding) const {
    auto indicator = of_rule(header, finding);
    indicator.nodes = {finding.node};
    indicator.p = finding.p;
    if (indicator.techniques.empty()) indicator.techniques = finding.techniques;
    indicator.traits = finding.traits;
    indicator.findings = {finding.id};
    indicator.message = finding.message.empty() ? header.title : fmt::format("{}: {}", header.title, finding.message);
    return indicator;
  }

  Indicator of_correlation(rules::Correlated const& true_now, Finding const& finding) {
    auto const& rule = set.correlations()[true_now.correlation];
    auto indicator = of_rule(rule.header, finding);
    indicator.p = finding.p;
    indicator.findings = true_now.events;
    for (auto const& id : true_now.events) {
      auto const* brief = memory.find(id);
      if (!brief) {
        ++findings_forgotten;
        continue;
      }
      indicator.p = std::min(indicator.p, brief->p);
      add_new(indicator.nodes, {brief->node});
      add_new(indicator.traits, brief->traits);
      if (rule.header.techniques.empty()) add_new(indicator.techniques, brief->techniques);
    }
    add_new(indicator.nodes, {finding.node});
    std::string group;
    for (std::size_t i = 0; i < true_now.group.size(); ++i)
      group += fmt::format("{}{} {}", i ? ", " : " for ", rule.group_by[i], true_now.group[i]);
    indicator.message =
        fmt::format("{}: {} within {}{} at {}; the last: {}", rule.header.title, counted_text(rule, true_now.count),
                    span_text(rule.timespan), group, fmt::join(indicator.nodes, ", "), finding.message);
    return indicator;
  }

  rules::RuleSet set;
  rules::Correlations correlations;
  FindingMemory memory{remembered_findings};
  std::vector<bool> feeds;  ///< of each rule: does a correlation stand on it?
  std::vector<std::uint32_t> matched;
  std::vector<rules::Correlated> fired;
  std::uint64_t findings = 0, rule_indicators = 0, findings_forgotten = 0;
};

Correlator::Correlator(rules::RuleSet set) : impl_(std::make_unique<Impl>(std::move(set))) {}
Correlator::Correlator(Correlator&&) noexcept = default;
Correlator& Correlator::operator=(Correlator&&) noexcept = default;
Correlator::~Correlator() = default;

Result<Correlator, Refusal> Correlator::load(std::filesystem::path const& rules_dir) {
  std::error_code error;
  if (!std::filesystem::is_directory(rules_dir, error))
    return refuse(fmt::format("{}: is no folder of rules", rules_dir.string()));
  rules::LoadReport report;
  auto const pipelines = rules::Pipelines::load(rules_dir / "pipelines");
  if (!pipelines) return std::unexpected(pipelines.error());
  auto set = rules::RuleSet::load(rules::rule_folders(rules_dir), report, *pipelines);
  if (report.refused == 1) return refuse(report.refusals.front());
  if (report.refused > 1)
    return refuse(fmt::format("{} (and {} more refused)", report.refusals.front(), report.refused - 1));
  if (auto const table = rules_dir / "attack" / "ics.yml"; std::filesystem::exists(table, error)) {
    auto const attack = rules::AttackTable::load(table);
    if (!attack) return refuse(attack.error().text);
    set.translate(*attack);
  }
  return Correlator(std::move(set));
}

void Correlator::on_finding(Finding const& finding, std::vector<Indicator>& out) {
  auto& my = *impl_;
  ++my.findings;
  if (finding.kind == FindingKind::asset) return;  // who is there: nothing odd
  out.push_back(as_it_is(finding));
  if (finding.kind == FindingKind::summary) return;
  auto const from = out.size();
  rules::FindingView const view(finding);
  my.matched.clear();
  my.set.match(view, my.matched);
  if (my.matched.empty()) return;
  // An update tells of the same onset again: a rule said all it has to say then, a correlation takes it for the same
  // event.
  auto const* const onset = onset_of(finding);
  for (auto const rule : my.matched)
    if (!onset && my.set.reports(rule)) out.push_back(my.of_detection(my.set.rules()[rule].header, finding));
  if (std::ranges::any_of(my.matched, [&](auto rule) { return my.feeds[rule]; })) {
    auto const& id = onset ? *onset : finding.id;
    my.memory.add(id, finding);
    my.fired.clear();
    my.correlations.on_event(view, finding.time, id, my.matched, my.fired);
    for (auto const& fired : my.fired)
      if (my.set.correlation_reports(fired.correlation)) out.push_back(my.of_correlation(fired, finding));
  }
  // One finding can complete a correlation in several groups: their ids tell them apart.
  for (auto i = from; i < out.size(); ++i) {
    auto const before =
        std::count_if(out.begin() + static_cast<std::ptrdiff_t>(from), out.begin() + static_cast<std::ptrdiff_t>(i),
                      [&](Indicator const& one) { return one.rule == out[i].rule; });
    if (before > 0) out[i].id += fmt::format(":{}", before + 1);
  }
  my.rule_indicators += out.size() - from;
}

rules::RuleSet const& Correlator::rules() const { return impl_->set; }

Correlator::Counters Correlator::counters() const {
  auto const& inner = impl_->correlations.counters();
  return {.findings = impl_->findings,
          .rule_indicators = impl_->rule_indicators,
          .groups_turned_away = inner.groups_turned_away,
          .entries_dropped = inner.entries_dropped,
          .late = inner.late,
          .keys_too_long = inner.keys_too_long,
          .findings_forgotten = impl_->findings_forgotten};
}

namespace {
constexpr std::string_view format_line = "{\"greywatch.correlator\":1}\n";
}  // namespace

std::string Correlator::save() const {
  std::string out(format_line);
  impl_->memory.save(out);
  return out + impl_->correlations.save();
}

Result<void, Refusal> Correlator::load_state(std::string_view text) {
  auto& my = *impl_;
  auto refused = [&](Refusal why) {
    my.memory.clear();
    my.correlations.clear();
    return std::unexpected(std::move(why));
  };
  if (!text.starts_with(format_line)) return refused({"saved correlator: not a state of this version"});
  text.remove_prefix(format_line.size());
  auto const rest = my.memory.load(text);
  if (!rest) return refused(rest.error());
  if (auto const loaded = my.correlations.load(*rest); !loaded) return refused(loaded.error());
  return {};
}

}  // namespace greywatch::collector
