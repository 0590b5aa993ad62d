#include "collector/alert/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "collector/alert/explain.hpp"
#include "collector/alert/policy_state.hpp"

namespace greywatch::collector {

namespace {

constexpr auto tick = std::chrono::hours(1);
constexpr double top_share = 0.95;  // of the decibans for a campaign: the "top contributions"

/// The start of the tick that a score belongs to: a closed one is told at its end, the open one inside it.
Time tick_start(Time time, bool closed) {
  auto const hour = std::chrono::floor<std::chrono::hours>(time);
  return closed ? hour - tick : Time(hour);
}

bool evidence(Contribution const& contribution) {
  return contribution.family != "prior" && contribution.family != "quiet" && contribution.decibans > 0;
}

}  // namespace

Policy::Policy(Inventory const& inventory, PolicyOptions const& options)
    : options_(options), levels_{options.watch, options.elevated, options.alert}, bucket_(options.budget.burst) {
  for (auto const& node : inventory.nodes) nodes_.emplace(node.name, node);
}

bool Policy::convincing(Score const& score) const {
  std::set<std::string_view> families;
  std::map<std::string_view, double> by_node;
  double sum = 0;
  for (auto const& contribution : score.contributions) {
    if (!evidence(contribution) || contribution.nodes.empty()) continue;
    families.insert(contribution.family);
    for (auto const& share : contribution.nodes) {
      by_node[share.name] += share.share * contribution.decibans;
      sum += share.share * contribution.decibans;
    }
  }
  std::vector<std::pair<std::string_view, double>> order(by_node.begin(), by_node.end());
  std::ranges::stable_sort(order, std::greater{}, &std::pair<std::string_view, double>::second);
  std::set<std::string_view> operators;
  double seen = 0;
  for (auto const& [name, decibans] : order) {
    if (seen >= top_share * sum) break;
    seen += decibans;
    auto const node = nodes_.find(std::string(name));
    if (node != nodes_.end() && !node->second.operator_name.empty()) operators.insert(node->second.operator_name);
  }
  return operators.size() >= options_.operators &&
         (families.size() >= options_.families || score.evalue_log10 >= options_.evalue_log10);
}

int Policy::level_of(Score const& score) const {
  if (score.score >= levels_[2] && convincing(score)) return 2;
  if (score.score >= levels_[1]) return 1;
  return score.score >= levels_[0] ? 0 : -1;
}

bool Policy::told_by_fleet(std::string const& scope, Standing const& standing) const {
  auto const fleet = standing_.find("fleet");
  if (scope == "fleet" || fleet == standing_.end() || fleet->second.level < standing.level) return false;
  std::set<std::string_view> told;
  for (auto const& contribution : fleet->second.last.contributions)
    for (auto const& share : contribution.nodes) told.insert(share.name);
  return std::ranges::all_of(standing.last.contributions, [&](Contribution const& contribution) {
    return std::ranges::all_of(contribution.nodes, [&](Share const& share) { return told.contains(share.name); });
  });
}

Alert Policy::make(std::string const& scope, Standing const& standing, bool firing) const {
  Alert alert{.id = standing.id, .scope = scope, .firing = firing, .since = standing.since};
  alert.severity = severities[static_cast<std::size_t>(firing ? standing.level : std::max(standing.told, 0))];
  alert.updated = standing.last.time;
  alert.score = standing.last;
  alert.score.alert = AlertMark{standing.id, firing, standing.since};
  explain(alert, nodes_);
  return alert;
}

void Policy::end(std::string const& scope, Standing& standing, Time time, std::vector<Alert>& out) {
  standing.last.time = time;
  if (standing.told < 0) return;
  out.push_back(make(scope, standing, false));
  ++counters_.resolved;
}

/// What the budget holds back is asked for again with the next score of the scope.
bool Policy::affordable(Standing& standing, Time time) {
  if (standing.level == 2 || bucket_.take(time, options_.budget)) {
    standing.deferred = false;
    return true;
  }
  counters_.deferred += !std::exchange(standing.deferred, true);
  return false;
}

void Policy::step(Score& score, bool closed, std::vector<Alert>& out) {
  auto const desired = level_of(score);
  auto found = standing_.find(score.scope);
  if (found == standing_.end()) {
    if (desired < 0) return;
    found = standing_.emplace(score.scope, Standing{}).first;
    found->second.since = tick_start(score.time, closed);
    found->second.id = alert_id(score.scope, found->second.since);
  }
  auto& standing = found->second;
  score.alert = AlertMark{standing.id, true, standing.since};
  bool const onset = standing.level < 0;
  standing.last = score;
  if (desired > standing.level) {
    standing.level = desired;
    standing.raised = score.time;
  } else if (closed && score.time - standing.raised >= options_.hold) {
    // Below half coverage nothing is given the all-clear: silence is no evidence of quiet.
    auto const left = [&](int level) {
      return score.score < levels_[static_cast<std::size_t>(level)] - options_.hysteresis;
    };
    while (standing.level > desired && left(standing.level) && (standing.level > 0 || score.coverage >= 0.5))
      --standing.level;
    if (standing.level < 0) {
      score.alert->firing = false;
      standing.last = score;
      end(score.scope, standing, score.time, out);
      standing_.erase(found);
      return;
    }
  }
  if (standing.level > standing.told) {
    if (told_by_fleet(score.scope, standing)) {
      counters_.grouped += onset;
      return;
    }
    if (!affordable(standing, score.time)) return;
    ++(standing.told < 0 ? counters_.fired : counters_.raised);
  } else if (closed && score.time - standing.told_at >= options_.repeat && affordable(standing, score.time)) {
    ++counters_.repeated;
  } else {
    return;
  }
  standing.told = standing.level;
  standing.told_at = score.time;
  out.push_back(make(score.scope, standing, true));
}

std::vector<Alert> Policy::take(std::span<Score> scores, bool closed) {
  std::vector<Alert> out;
  while (!scores.empty()) {
    auto const time = scores.front().time;
    std::size_t same = 0;
    while (same < scores.size() && scores[same].time == time) ++same;
    std::set<std::string_view> present;
    for (auto& score : scores.first(same)) {
      present.insert(score.scope);
      step(score, closed, out);
    }
    // A scope that is not told any more is at its floor.
    if (closed) {
      for (auto it = standing_.begin(); it != standing_.end();) {
        if (present.contains(it->first) || time - it->second.raised < options_.hold) {
          ++it;
          continue;
        }
        end(it->first, it->second, time, out);
        it = standing_.erase(it);
      }
    }
    scores = scores.subspan(same);
  }
  return out;
}

std::vector<Alert> Policy::on_ticks(std::span<Score> scores) { return take(scores, true); }
std::vector<Alert> Policy::on_provisional(std::span<Score> scores) { return take(scores, false); }

std::vector<Alert> Policy::firing() const {
  std::vector<Alert> alerts;
  for (auto const& [scope, standing] : standing_) alerts.push_back(make(scope, standing, true));
  std::ranges::stable_partition(alerts, [](Alert const& alert) { return alert.scope == "fleet"; });
  return alerts;
}

namespace {
constexpr std::string_view state_kind = "gwalrt02";
}  // namespace

std::string Policy::save() const {
  StateWriter out;
  out.real(bucket_.tokens);
  out.integer(unix_ns(bucket_.at));
  out.number(standing_.size());
  for (auto const& [scope, standing] : standing_) {
    out.text(scope);
    out.integer(standing.level);
    out.integer(standing.told);
    out.text(standing.id);
    for (auto const time : {standing.since, standing.raised, standing.told_at}) out.integer(unix_ns(time));
    save_score(standing.last, out);
  }
  return out.finish(state_kind);
}

Result<void, Refusal> Policy::load(std::string_view saved) {
  StateReader in(saved, state_kind);
  if (!in) return refuse("the saved alert state is damaged or of another version");
  std::map<std::string, Standing, std::less<>> standing_now;
  TokenBucket bucket(in.real());
  bucket.tokens = bucket.tokens >= 0 ? std::min(bucket.tokens, options_.budget.burst) : 0;
  bucket.at = from_unix_ns(in.integer());
  for (auto left = in.count(); in && left > 0; --left) {
    auto scope = in.text();
    Standing standing;
    standing.level = static_cast<int>(in.integer());
    standing.told = static_cast<int>(in.integer());
    standing.id = in.text();
    for (auto* time : {&standing.since, &standing.raised, &standing.told_at}) *time = from_unix_ns(in.integer());
    standing.last = load_score(in);
    if (standing.level < 0 || standing.level > 2 || standing.told < -1 || standing.told > 2)
      return refuse("the saved alert state names a level that does not exist");
    standing_now.emplace(std::move(scope), std::move(standing));
  }
  if (!in || !in.at_end()) return refuse("the saved alert state ends early or late");
  standing_ = std::move(standing_now);
  bucket_ = bucket;
  return {};
}

}  // namespace greywatch::collector
