#include "collector/score/scorer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "collector/score/core.hpp"
#include "collector/score/core_state.hpp"

namespace greywatch::collector {

namespace {

constexpr std::size_t most_findings = 4, most_techniques = 8, most_traits = 8;  // of one node, class and tick
constexpr double told_from = 0.5;  // nats that make a scope other than the fleet worth telling

std::int64_t tick_of(Time time) {
  auto const ns = unix_ns(time), length = tick_length.count();
  return ns / length - (ns % length < 0 ? 1 : 0);
}
Time start_of(std::int64_t tick) { return from_unix_ns(tick * tick_length.count()); }

/// Keeps the first texts by name, so that the order of arrival does not matter.
void keep(std::vector<std::string>& into, std::vector<std::string> const& from, std::size_t most) {
  for (auto const& text : from) {
    auto const at = std::ranges::lower_bound(into, text);
    if (at != into.end() && *at == text) continue;
    into.insert(at, text);
    if (into.size() > most) into.pop_back();
  }
}

}  // namespace

struct Scorer::Impl {
  Impl(Inventory const& inventory, ScoreOptions const& given)
      : options(given),
        fleet(inventory),
        coincidence(fleet, options),
        tables(fleet, options),
        core(fleet, options),
        scratch(core) {}

  Models models() { return {fleet, options, declared, coincidence, tables}; }

  void tell_all(Core const& from, Time time, std::vector<Score>& into) {
    auto const parts = models();
    for (std::uint32_t scope = 0; scope < fleet.scopes.size(); ++scope)
      if (scope == 0 || from.scopes[scope].positive() > told_from) into.push_back(tell(from, parts, scope, time));
  }

  /// The first tick to close, once there is anything to close up to `last`.
  void begin(Core& in, std::int64_t last) const {
    if (in.next || in.open.empty() || in.open.begin()->first > last) return;
    in.next = in.open.begin()->first;
    in.rates.start(*in.next);
  }

  Taken take(Indicator const& indicator, std::string_view name);

  ScoreOptions options;
  Fleet fleet;
  CoincidenceModel coincidence;
  Tables tables;
  std::vector<Declared> declared;  // ordered by content, so that the order of arrival does not matter
  Core core, scratch;
  std::int64_t watermark = std::numeric_limits<std::int64_t>::min();  // tick
  ScorerCounters counters;
};

Taken Scorer::Impl::take(Indicator const& indicator, std::string_view name) {
  auto const node = fleet.index.find(std::string(name));
  if (node == fleet.index.end()) return ++counters.unknown_node, Taken::unknown_node;
  auto const tick = tick_of(indicator.time);
  if (core.next && tick < *core.next) return ++counters.late, Taken::late;
  auto present = std::max(watermark, core.next.value_or(watermark));
  if (!core.next && !core.open.empty()) present = std::max(present, core.open.begin()->first);
  bool const begun = core.next || !core.open.empty();
  if ((begun && tick > present + options.future_ticks) ||
      (!core.open.contains(tick) && core.open.size() > static_cast<std::size_t>(options.future_ticks)))
    return ++counters.future, Taken::future;
  if (!indicator.rule.empty()) {
    // The findings that it stands on were counted; it adds what they mean.
    keep(core.open[tick].techniques[node->second], indicator.techniques, most_techniques);
    return ++counters.rules, Taken::ignored;
  }
  auto& open = core.open[tick];
  if (indicator.kind == FindingKind::summary) {
    auto const key = class_key(node->second, indicator.classification);
    auto const [at, fresh] = open.summaries.try_emplace(key, indicator.p);
    if (!fresh) at->second = std::max(at->second, indicator.p);
    ++counters.summaries;
    return Taken::yes;
  }
  ++counters.taken;
  if (indicator.kind == FindingKind::coverage) {
    double const share = std::clamp(indicator.coverage.value_or(0), 0.0, 1.0);
    auto const [at, fresh] = open.coverage.try_emplace(node->second, indicator.time, share);
    // The latest counts; of two at one instant the smaller.
    auto& [time, value] = at->second;
    if (!fresh && (indicator.time > time || (indicator.time == time && share < value)))
      at->second = {indicator.time, share};
    return Taken::yes;
  }
  auto const key = class_key(node->second, indicator.classification);
  auto const [at, fresh] = open.alarms.try_emplace(key, AlarmCell{indicator.time, indicator.time, 1, {}, {}, {}, {}});
  auto& cell = at->second;
  if (!fresh) ++counters.merged;
  cell.first = std::min(cell.first, indicator.time);
  cell.last = std::max(cell.last, indicator.time);
  if (indicator.p > 0 && std::tie(indicator.p, indicator.title) < std::tie(cell.p, cell.detector)) {
    cell.p = indicator.p;
    cell.detector = indicator.title;
  }
  keep(cell.findings, indicator.findings.empty() ? std::vector{indicator.id} : indicator.findings, most_findings);
  keep(cell.techniques, indicator.techniques, most_techniques);
  keep(cell.traits, indicator.traits, most_traits);
  return Taken::yes;
}

Scorer::Scorer(Inventory const& inventory, ScoreOptions const& options)
    : impl_(std::make_unique<Impl>(inventory, options)) {}
Scorer::~Scorer() = default;
Scorer::Scorer(Scorer&&) noexcept = default;
Scorer& Scorer::operator=(Scorer&&) noexcept = default;

void Scorer::start(Time time) {
  auto& core = impl_->core;
  if (core.next) return;
  core.next = tick_of(time);
  if (!core.open.empty()) core.next = std::min(*core.next, core.open.begin()->first);
  core.rates.start(*core.next);
}

Taken Scorer::on_indicator(Indicator const& indicator) {
  auto result = Taken::yes;
  auto const take = [&](std::string_view name) {
    auto const one = impl_->take(indicator, name);
    if (result == Taken::yes) result = one;
  };
  if (!indicator.node.empty()) take(indicator.node);
  for (auto const& name : indicator.nodes)
    if (name != indicator.node) take(name);
  return result;
}

void Scorer::on_declared(Declared const& notice) {
  auto const content = [](Declared const& one) {
    return std::tie(one.published, one.start, one.end, one.kind, one.group_kind, one.group_name, one.classes,
                    one.index);
  };
  auto& declared = impl_->declared;
  auto const at = std::ranges::lower_bound(declared, content(notice), {}, content);
  if (at != declared.end() && content(*at) == content(notice)) return;
  if (declared.size() >= impl_->options.max_declared) {
    ++impl_->counters.declared_dropped;
    return;
  }
  declared.insert(at, notice);
  ++impl_->counters.declared;
}

std::vector<Score> Scorer::advance(Time watermark) {
  std::vector<Score> scores;
  auto& core = impl_->core;
  impl_->watermark = std::max(impl_->watermark, tick_of(watermark));
  auto const last = tick_of(watermark - impl_->options.lateness) - 1;
  impl_->begin(core, last);
  auto models = impl_->models();
  while (core.next && *core.next <= last) {
    auto const end = start_of(*core.next + 1);
    close_tick(core, models);
    ++impl_->counters.ticks;
    impl_->tell_all(core, end, scores);
    std::erase_if(impl_->declared, [&](Declared const& notice) { return notice.end <= end - tick_length; });
  }
  return scores;
}

std::vector<Score> Scorer::provisional(Time now) const {
  std::vector<Score> scores;
  auto& core = impl_->scratch;
  core = impl_->core;
  auto const last = tick_of(now);
  impl_->begin(core, last);
  auto models = impl_->models();
  while (core.next && *core.next <= last) close_tick(core, models);
  impl_->tell_all(core, now, scores);
  return scores;
}

std::string Scorer::save() const {
  StateWriter out;
  save_core(impl_->core, impl_->fleet, out);
  out.number(impl_->declared.size());
  for (auto const& notice : impl_->declared) save_declared(notice, out);
  return out.finish(score_state);
}

Result<void, Refusal> Scorer::load(std::string_view saved) {
  StateReader in(saved, score_state);
  if (!in) return refuse("the saved score state is damaged or of another version");
  Core fresh(impl_->fleet, impl_->options);
  load_core(fresh, impl_->fleet, in);
  std::vector<Declared> declared;
  for (auto left = in.count(); in && left > 0; --left) declared.push_back(load_declared(in));
  if (!in || !in.at_end()) return refuse("the saved score state ends early or late");
  impl_->core = std::move(fresh);
  impl_->declared = std::move(declared);
  if (impl_->core.next) impl_->watermark = *impl_->core.next;
  return {};
}

ScorerCounters const& Scorer::counters() const { return impl_->counters; }

}  // namespace greywatch::collector
