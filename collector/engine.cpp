#include "collector/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>

namespace greywatch::collector {

namespace {

constexpr std::string_view policy_key = "line.policy", nodes_key = "line.nodes", advances_key = "line.advances",
                           snapshot_key = "line.snapshot";

/// The snapshot is one value, so that its parts are always of the same row: lengths first, then the parts.
std::string pack(std::int64_t row, std::optional<Time> newest, std::string_view correlator, std::string_view scorer) {
  auto out = fmt::format("1 {} {} {} {}\n", row, newest ? unix_ns(*newest) : 0, correlator.size(), scorer.size());
  out += correlator;
  out += scorer;
  return out;
}

struct Unpacked {
  std::int64_t row = 0;
  std::optional<Time> newest;
  std::string_view correlator, scorer;
};

std::optional<std::vector<std::int64_t>> numbers(std::string_view line, std::size_t count) {
  std::vector<std::int64_t> out;
  while (!line.empty()) {
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc{}) return std::nullopt;
    out.push_back(value);
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
    if (line.starts_with(' ')) line.remove_prefix(1);
  }
  return out.size() == count ? std::optional(out) : std::nullopt;
}

std::optional<Unpacked> unpack(std::string_view saved) {
  auto const end = saved.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  auto const head = numbers(saved.substr(0, end), 5);
  auto const parts = saved.substr(end + 1);
  if (!head || head->at(0) != 1 || head->at(3) < 0 || head->at(4) < 0) return std::nullopt;
  auto const first = static_cast<std::size_t>(head->at(3)), second = static_cast<std::size_t>(head->at(4));
  if (first > parts.size() || second != parts.size() - first) return std::nullopt;
  Unpacked out{.row = head->at(1), .correlator = parts.substr(0, first), .scorer = parts.substr(first)};
  if (head->at(2)) out.newest = from_unix_ns(head->at(2));
  return out;
}

}  // namespace

Engine::Engine(EngineOptions const& options, Inventory const& inventory, Correlator correlator)
    : options_(options),
      correlator_(std::move(correlator)),
      scorer_(inventory, options.score),
      policy_(inventory, options.policy),
      nodes_(inventory, options.nodes) {}

std::vector<Alert> Engine::firing() const {
  auto alerts = policy_.firing();
  std::ranges::move(nodes_.firing(), std::back_inserter(alerts));
  return alerts;
}

void Engine::declare(std::vector<Declared> const& causes) {
  for (auto const& cause : causes) {
    scorer_.on_declared(cause);
    nodes_.declare(cause);
  }
}

void Engine::digest(Finding const& finding, std::vector<Indicator>& indicators) {
  auto const before = indicators.size();
  correlator_.on_finding(finding, indicators);
  for (auto i = before; i < indicators.size(); ++i) scorer_.on_indicator(indicators[i]);
}

void Engine::take(std::int64_t row, Finding const& finding, Step& out) {
  digest(finding, out.indicators);
  nodes_.on_finding(finding, out.alerts);
  cursor_ = row;
  if (!newest_ || finding.time > *newest_) newest_ = finding.time;
  if (options_.clock == TickClock::event) advance(*newest_, out);
}

void Engine::tick(Time now, Step& out) {
  if (options_.clock == TickClock::wall) advance(now, out);
}

void Engine::advance(Time watermark, Step& out) {
  auto scores = scorer_.advance(watermark);
  if (scores.empty()) return;
  advances_ += fmt::format("{} {}\n", cursor_, unix_ns(watermark));
  std::ranges::move(policy_.on_ticks(scores), std::back_inserter(out.alerts));
  std::ranges::copy(scores, std::back_inserter(out.scores));
}

void Engine::evaluate(Time now, Step& out) {
  if (options_.clock == TickClock::event) {
    if (!newest_) return;
    now = *newest_;
  }
  nodes_.advance(now, out.alerts);
  current_ = scorer_.provisional(now);
  std::ranges::move(policy_.on_provisional(current_), std::back_inserter(out.alerts));
}

Engine::Values Engine::small_state() {
  Values values;
  if (auto policy = policy_.save(); policy != saved_policy_) {
    values.emplace_back(policy_key, policy);
    saved_policy_ = std::move(policy);
  }
  if (auto nodes = nodes_.save(); nodes != saved_nodes_) {
    values.emplace_back(nodes_key, nodes);
    saved_nodes_ = std::move(nodes);
  }
  if (advances_ != saved_advances_) {
    values.emplace_back(advances_key, advances_);
    saved_advances_ = advances_;
  }
  return values;
}

Engine::Values Engine::snapshot() {
  advances_.clear();
  auto values = small_state();
  values.emplace_back(snapshot_key, pack(cursor_, newest_, correlator_.save(), scorer_.save()));
  return values;
}

std::vector<std::string> Engine::restore(
    Lookup const& saved, std::int64_t cursor,
    std::function<void(std::int64_t, std::function<void(std::int64_t, Finding const&)> const&)> const& feed) {
  std::vector<std::string> complaints;
  auto const whole = saved(snapshot_key);
  auto const parts = whole ? unpack(*whole) : std::nullopt;
  if (whole && !parts) complaints.emplace_back("the snapshot is damaged; all stored findings are read again");
  if (parts) {
    cursor_ = parts->row;
    newest_ = parts->newest;
    if (auto const loaded = correlator_.load_state(parts->correlator); !loaded)
      complaints.push_back("correlation begins anew: " + loaded.error().text);
    if (auto const loaded = scorer_.load(parts->scorer); !loaded)
      complaints.push_back("the score begins anew: " + loaded.error().text);
  }
  if (auto const policy = saved(policy_key)) {
    if (auto const loaded = policy_.load(*policy); !loaded)
      complaints.push_back("alerts begin anew: " + loaded.error().text);
    saved_policy_ = policy_.save();
  }
  if (auto const nodes = saved(nodes_key)) {
    if (auto const loaded = nodes_.load(*nodes); !loaded)
      complaints.push_back("alerts of nodes begin anew: " + loaded.error().text);
    saved_nodes_ = nodes_.save();
  }
  // Ticks close again exactly where they did: after the same row, at the same time.
  std::deque<std::pair<std::int64_t, Time>> again;
  advances_ = saved(advances_key).value_or("");
  saved_advances_ = advances_;
  for (std::string_view rest = advances_; !rest.empty();) {
    auto const end = std::min(rest.find('\n'), rest.size());
    if (auto const line = numbers(rest.substr(0, end), 2)) again.emplace_back(line->at(0), from_unix_ns(line->at(1)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  auto const close_up_to = [&](std::int64_t row) {
    for (; !again.empty() && again.front().first < row; again.pop_front()) scorer_.advance(again.front().second);
  };
  if (cursor_ < cursor) {
    std::vector<Indicator> indicators;
    feed(cursor_, [&](std::int64_t row, Finding const& finding) {
      close_up_to(row);
      indicators.clear();
      digest(finding, indicators);
      cursor_ = row;
      if (!newest_ || finding.time > *newest_) newest_ = finding.time;
    });
  }
  close_up_to(std::numeric_limits<std::int64_t>::max());
  cursor_ = cursor;
  return complaints;
}

std::vector<std::string> Engine::replace(Inventory const& inventory, Correlator correlator) {
  std::vector<std::string> complaints;
  auto const keep = [&](auto&& loaded, std::string_view what) {
    if (!loaded) complaints.push_back(fmt::format("{} begins anew: {}", what, loaded.error().text));
  };
  Scorer scorer(inventory, options_.score);
  keep(scorer.load(scorer_.save()), "the score");
  Policy policy(inventory, options_.policy);
  keep(policy.load(policy_.save()), "alerting");
  NodeAlerts nodes(inventory, options_.nodes);
  keep(nodes.load(nodes_.save()), "alerting on nodes");
  nodes.take_causes(nodes_);
  keep(correlator.load_state(correlator_.save()), "correlation");
  scorer_ = std::move(scorer);
  policy_ = std::move(policy);
  nodes_ = std::move(nodes);
  correlator_ = std::move(correlator);
  return complaints;
}

}  // namespace greywatch::collector
