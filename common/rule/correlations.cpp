#include "common/rule/correlations.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <optional>

namespace greywatch::rules {

namespace {

/// Of one rule in one group of a temporal correlation: the newest are enough, a few are kept for the order.
constexpr std::size_t kept_per_rule = 16;

/// Of one group of a metric: computing must stay cheap however many events come.
constexpr std::uint64_t kept_numbers = 4096;

std::optional<double> as_number(std::string_view text) {
  double value = 0;
  auto const end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// FNV-1a over what makes windows of one definition comparable to those of another.
class Digest {
 public:
  void add(std::string_view text) {
    for (char const c : text) step(static_cast<unsigned char>(c));
    step(0xFF);
  }
  void add(std::uint64_t number) {
    for (int i = 0; i < 8; ++i) step(static_cast<unsigned char>(number >> (8 * i)));
  }
  std::uint64_t value() const { return value_; }

 private:
  void step(unsigned char octet) { value_ = (value_ ^ octet) * 1099511628211U; }
  std::uint64_t value_ = 14695981039346656037U;
};

std::uint64_t digest(CorrelationRule const& rule) {
  Digest digest;
  digest.add(static_cast<std::uint64_t>(rule.type));
  for (auto const& name : rule.rules) digest.add(name);
  for (auto const& field : rule.group_by) digest.add(field);
  for (auto const& alias : rule.aliases) digest.add(alias.name), digest.add(alias.rule), digest.add(alias.field);
  digest.add(rule.counted);
  digest.add(static_cast<std::uint64_t>(rule.timespan.count()));
  for (auto const& bound : rule.bounds)
    digest.add(static_cast<std::uint64_t>(bound.how)), digest.add(std::bit_cast<std::uint64_t>(bound.count));
  if (rule.type == CorrelationType::value_percentile) digest.add(std::bit_cast<std::uint64_t>(rule.percentile));
  if (rule.expression)
    for (auto const& node : rule.expression->nodes) {
      digest.add(static_cast<std::uint64_t>(node.kind)), digest.add(node.selection), digest.add(node.least);
      for (auto const child : node.children) digest.add(child);
    }
  return digest.value();
}

/// Values of a group key, each behind its length: no value can pass for two.
std::string joined(std::vector<std::string_view> const& values) {
  std::string key;
  for (auto const value : values) {
    key += std::to_string(value.size());
    key += ':';
    key += value;
  }
  return key;
}

std::vector<std::string> split(std::string_view key) {
  std::vector<std::string> out;
  while (!key.empty()) {
    std::size_t length = 0, at = 0;
    while (at < key.size() && key[at] >= '0' && key[at] <= '9' && length <= key.size())
      length = length * 10 + static_cast<std::size_t>(key[at++] - '0');
    if (at >= key.size() || key[at] != ':' || length > key.size() - at - 1) return {};
    out.emplace_back(key.substr(at + 1, length));
    key.remove_prefix(at + 1 + length);
  }
  return out;
}

}  // namespace

Correlations::Correlations(RuleSet const& rules, CorrelationLimits limits) : rules_(rules), limits_(limits) {
  of_rule_.resize(rules.rules().size());
  of_correlation_.resize(rules.correlations().size());
  states_.resize(rules.correlations().size());
  for (std::uint32_t i = 0; i < rules.correlations().size(); ++i) {
    auto const& rule = rules.correlations()[i];
    auto const& sources = rules.sources(i);
    for (std::uint32_t which = 0; which < sources.size(); ++which)
      (sources[which].correlation ? of_correlation_ : of_rule_)[sources[which].place].push_back({i, which});
    states_[i].digest = digest(rule);
    for (auto const& bound : rule.bounds)
      states_[i].saturation =
          std::max(states_[i].saturation, static_cast<std::uint64_t>(std::max(0.0, bound.count)) + 1);
    if (is_metric(rule.type)) states_[i].saturation = kept_numbers;
  }
}

void Correlations::on_event(EventView const& event, Time time, std::string_view id,
                            std::span<std::uint32_t const> matched, std::vector<Correlated>& out) {
  auto const from = out.size();
  for (auto const rule : matched)
    for (auto const target : of_rule_[rule]) feed(target.correlation, target.which, event, time, id, out);
  // What came true may be part of others, which come later in the order of the set.
  for (auto at = from; at < out.size(); ++at) {
    auto const fired = out[at].correlation;
    if (std::any_of(out.begin() + static_cast<std::ptrdiff_t>(from), out.begin() + static_cast<std::ptrdiff_t>(at),
                    [&](Correlated const& before) { return before.correlation == fired; }))
      continue;
    for (auto const target : of_correlation_[fired]) feed(target.correlation, target.which, event, time, id, out);
  }
}

std::string_view Correlations::field_of(CorrelationRule const& rule, std::string const& name,
                                        std::uint32_t which) const {
  bool alias = false;
  for (auto const& one : rule.aliases) {
    if (one.name != name) continue;
    alias = true;
    if (one.rule == rule.rules[which]) return one.field;
  }
  return alias ? std::string_view() : std::string_view(name);
}

bool Correlations::feed(std::uint32_t correlation, std::uint32_t which, EventView const& event, Time time,
                        std::string_view id, std::vector<Correlated>& out) {
  auto const& rule = rules_.correlations()[correlation];
  auto const texts_of = [&](std::string const& name) {
    std::vector<std::string> texts;
    auto const values = event.values(field_of(rule, name, which));
    for (std::size_t i = 0; i < values.size() && texts.size() < max_combinations; ++i) {
      std::array<char, 32> buffer{};
      if (auto const text = render(values[i], buffer); !text.empty()) texts.emplace_back(text);
    }
    return texts;
  };
  std::vector<std::vector<std::string>> choices;
  for (auto const& field : rule.group_by) {
    choices.push_back(texts_of(field));
    if (choices.back().empty()) return false;
  }
  std::vector<std::string> counted{""};
  if (!rule.counted.empty()) counted = texts_of(rule.counted);

  // All combinations of the values, like the digits of a counter, up to a bound.
  std::vector<std::size_t> digits(choices.size());
  bool fired = false;
  for (std::size_t made = 0; made < max_combinations; ++made) {
    std::vector<std::string_view> values;
    for (std::size_t i = 0; i < choices.size(); ++i) values.push_back(choices[i][digits[i]]);
    auto const key = joined(values);
    for (auto const& value : counted) {
      auto const number = is_metric(rule.type) ? as_number(value) : 0;
      if (!number)
        ++counters_.not_numbers;
      else if (std::max({key.size(), value.size(), id.size()}) > limits_.key_octets)
        ++counters_.keys_too_long;
      else
        fired |= add(correlation, key, {time, which, std::string(id), value, *number}, out);
    }
    std::size_t place = 0;
    while (place < digits.size() && ++digits[place] == choices[place].size()) digits[place++] = 0;
    if (place == digits.size()) break;
  }
  return fired;
}

bool Correlations::add(std::uint32_t correlation, std::string const& key, Entry entry, std::vector<Correlated>& out) {
  auto const& rule = rules_.correlations()[correlation];
  auto& state = states_[correlation];
  state.newest = std::max(state.newest, entry.time);
  auto found = state.groups.find(key);
  if (found == state.groups.end()) {
    if (state.groups.size() >= limits_.groups) purge(state, rule.timespan);
    if (state.groups.size() >= limits_.groups) {
      ++counters_.groups_turned_away;
      return false;
    }
    found = state.groups.try_emplace(key).first;
    found->second.newest = entry.time;
  }
  auto& group = found->second;
  if (entry.time <= group.newest - rule.timespan) {
    ++counters_.late;
    return false;
  }
  group.newest = std::max(group.newest, entry.time);
  expire(state, group, group.newest, rule.timespan);
  auto const before = count(rule, group);
  bool const was = !group.entries.empty() && satisfied(rule, group, before);
  insert(state, rule, group, std::move(entry));
  auto const after = count(rule, group);
  if (was || !satisfied(rule, group, after)) return false;
  Correlated fired{.correlation = correlation, .group = split(key), .count = after};
  auto const skip = group.entries.size() > max_listed ? group.entries.size() - max_listed : 0;
  for (auto at = group.entries.begin() + static_cast<std::ptrdiff_t>(skip); at != group.entries.end(); ++at)
    if (std::ranges::find(fired.events, at->id) == fired.events.end()) fired.events.push_back(at->id);
  out.push_back(std::move(fired));
  return true;
}

void Correlations::expire(State& state, Group& group, Time now, Duration timespan) {
  while (!group.entries.empty() && group.entries.front().time <= now - timespan) {
    group.entries.pop_front();
    --state.entries;
  }
}

void Correlations::insert(State& state, CorrelationRule const& rule, Group& group, Entry entry) {
  auto& entries = group.entries;
  auto const erase = [&](auto const& at) {
    entries.erase(at);
    --state.entries;
  };
  if (rule.type == CorrelationType::event_count || is_metric(rule.type)) {
    // One event counts once, however many of the rules it matches; told again later, it is newer.
    auto const same = std::ranges::find(entries, entry.id, &Entry::id);
    if (same != entries.end()) {
      if (same->time >= entry.time) return;
      erase(same);
    }
  } else if (rule.type == CorrelationType::value_count) {
    auto const same = std::ranges::find(entries, entry.value, &Entry::value);
    if (same != entries.end()) {
      if (same->time > entry.time) return;
      erase(same);
    }
  } else {
    auto const of_rule = [&](Entry const& one) { return one.which == entry.which; };
    if (static_cast<std::size_t>(std::ranges::count_if(entries, of_rule)) >= kept_per_rule)
      erase(std::ranges::find_if(entries, of_rule));
  }
  if (!is_temporal(rule.type) && entries.size() >= state.saturation) erase(entries.begin());
  if (state.entries >= limits_.entries) {
    ++counters_.entries_dropped;
    if (entries.empty()) return;
    erase(entries.begin());
  }
  auto const place = std::ranges::upper_bound(entries, entry.time, {}, &Entry::time);
  entries.insert(place, std::move(entry));
  ++state.entries;
}

double Correlations::count(CorrelationRule const& rule, Group const& group) {
  auto const& entries = group.entries;
  switch (rule.type) {
    case CorrelationType::event_count:
    case CorrelationType::value_count:
      return static_cast<double>(entries.size());
    case CorrelationType::value_sum:
    case CorrelationType::value_avg: {
      double sum = 0;
      for (auto const& entry : entries) sum += entry.number;
      return rule.type == CorrelationType::value_sum || entries.empty() ? sum
                                                                        : sum / static_cast<double>(entries.size());
    }
    case CorrelationType::value_median:
    case CorrelationType::value_percentile: {
      if (entries.empty()) return 0;
      numbers_.clear();
      for (auto const& entry : entries) numbers_.push_back(entry.number);
      std::ranges::sort(numbers_);
      auto const n = static_cast<double>(numbers_.size());
      if (rule.type == CorrelationType::value_median)
        return (numbers_[(numbers_.size() - 1) / 2] + numbers_[numbers_.size() / 2]) / 2;
      return numbers_[static_cast<std::size_t>(std::max(1.0, std::ceil(rule.percentile / 100 * n))) - 1];
    }
    case CorrelationType::temporal: {
      seen_.assign(rule.rules.size(), false);
      for (auto const& entry : entries) seen_[entry.which] = true;
      return static_cast<double>(std::ranges::count(seen_, true));
    }
    case CorrelationType::temporal_ordered:
      break;
  }
  // The longest beginning of the list of rules that occurs in order.
  std::size_t next = 0;
  for (auto const& entry : entries)
    if (next < rule.rules.size() && entry.which == next) ++next;
  return static_cast<double>(next);
}

bool Correlations::satisfied(CorrelationRule const& rule, Group const& group, double count) {
  if (is_metric(rule.type) && group.entries.empty()) return false;
  if (rule.expression) {
    seen_.assign(rule.rules.size(), false);
    for (auto const& entry : group.entries) seen_[entry.which] = true;
    return rule.expression->evaluate([&](std::uint32_t which) { return seen_[which]; });
  }
  return std::ranges::all_of(rule.bounds, [&](Bound const& bound) { return holds(bound.how, count, bound.count); });
}

void Correlations::purge(State& state, Duration timespan) {
  // Under pressure this would run at every event: once a sixteenth of the window is enough.
  if (state.last_purge != Time{} && state.newest - state.last_purge < timespan / 16) return;
  state.last_purge = state.newest;
  std::erase_if(state.groups, [&](auto const& one) {
    bool const passed = one.second.newest <= state.newest - timespan;
    if (passed) state.entries -= one.second.entries.size();
    return passed;
  });
}

std::size_t Correlations::groups() const {
  std::size_t sum = 0;
  for (auto const& state : states_) sum += state.groups.size();
  return sum;
}

}  // namespace greywatch::rules
