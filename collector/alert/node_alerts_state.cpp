#include "collector/alert/node_alerts.hpp"
#include "collector/alert/policy_state.hpp"

namespace greywatch::collector {

namespace {

constexpr std::string_view state_kind = "gwnode01";

void save_texts(std::vector<std::string> const& texts, StateWriter& out) {
  out.number(texts.size());
  for (auto const& text : texts) out.text(text);
}
std::vector<std::string> load_texts(StateReader& in) {
  std::vector<std::string> texts;
  for (auto left = in.count(); in && left > 0; --left) texts.push_back(in.text());
  return texts;
}

void save_bucket(TokenBucket const& bucket, StateWriter& out) {
  out.real(bucket.tokens);
  out.integer(unix_ns(bucket.at));
}
void load_bucket(StateReader& in, Allowance const& allowance, TokenBucket& bucket) {
  auto const tokens = in.real();
  bucket.tokens = tokens >= 0 ? std::min(tokens, allowance.burst) : 0;
  bucket.at = from_unix_ns(in.integer());
}

}  // namespace

std::string NodeAlerts::save() const {
  if (!options_.enabled) return {};
  StateWriter out;
  out.integer(unix_ns(now_));
  std::vector<std::map<std::string, PerNode, std::less<>>::const_iterator> heard;
  for (auto at = nodes_.begin(); at != nodes_.end(); ++at)
    if (std::ranges::any_of(at->second.alarmed, [](Time time) { return unix_ns(time) != 0; })) heard.push_back(at);
  out.number(heard.size());
  for (auto const& at : heard) {
    out.text(at->first);
    for (auto const time : at->second.alarmed) out.integer(unix_ns(time));
    save_bucket(at->second.bucket, out);
  }
  out.number(regions_.size());
  for (auto const& [name, region] : regions_) {
    out.text(name);
    region.stream.save(out);
    save_bucket(region.bucket, out);
    out.number(region.overflow);
    out.number(region.waiting.size());
    for (auto const& found : region.waiting) {
      for (auto const* text : {&found.node, &found.code, &found.message, &found.finding}) out.text(*text);
      out.number(static_cast<std::uint64_t>(found.classification));
      save_texts(found.techniques, out);
      out.integer(unix_ns(found.time));
      for (double const value : {found.p, found.e, found.threshold, found.told_before}) out.real(value);
      out.number(found.test);
    }
  }
  out.number(standing_.size());
  for (auto const& [node, standing] : standing_) {
    auto const& alert = standing.alert;
    out.text(node);
    out.integer(unix_ns(standing.last));
    for (auto const* text : {&alert.id, &alert.scope, &alert.severity, &alert.title, &alert.text}) out.text(*text);
    for (auto const time : {alert.since, alert.updated}) out.integer(unix_ns(time));
    for (auto const* texts : {&alert.nodes, &alert.operators, &alert.regions, &alert.techniques, &alert.findings})
      save_texts(*texts, out);
    save_score(alert.score, out);
  }
  return out.finish(state_kind);
}

Result<void, Refusal> NodeAlerts::load(std::string_view saved) {
  if (!options_.enabled || saved.empty()) return {};
  StateReader in(saved, state_kind);
  if (!in) return refuse("the saved state of node alerts is damaged or of another version");
  auto fresh = *this;
  fresh.now_ = from_unix_ns(in.integer());
  for (auto left = in.count(); in && left > 0; --left) {
    PerNode gone;
    auto const at = fresh.nodes_.find(in.text());
    auto& node = at == fresh.nodes_.end() ? gone : at->second;
    for (auto& time : node.alarmed) time = from_unix_ns(in.integer());
    load_bucket(in, options_.node, node.bucket);
  }
  for (auto left = in.count(); in && left > 0; --left) {
    PerRegion gone{ELond(options_.fdr, options_.half_life), TokenBucket(), {}, 0};
    auto const at = fresh.regions_.find(in.text());
    auto& region = at == fresh.regions_.end() ? gone : at->second;
    region.stream.load(in);
    load_bucket(in, options_.region, region.bucket);
    region.overflow = in.number();
    for (auto waiting = in.count(); in && waiting > 0; --waiting) {
      Found found;
      for (auto* text : {&found.node, &found.code, &found.message, &found.finding}) *text = in.text();
      found.classification = static_cast<FindingClass>(in.number() % finding_classes);
      found.techniques = load_texts(in);
      found.time = from_unix_ns(in.integer());
      for (double* value : {&found.p, &found.e, &found.threshold, &found.told_before}) *value = in.real();
      found.test = in.number();
      if (fresh.nodes_.contains(found.node) && region.waiting.size() < most_waiting)
        region.waiting.push_back(std::move(found));
    }
  }
  for (auto left = in.count(); in && left > 0; --left) {
    auto const node = in.text();
    Standing standing;
    standing.last = from_unix_ns(in.integer());
    auto& alert = standing.alert;
    for (auto* text : {&alert.id, &alert.scope, &alert.severity, &alert.title, &alert.text}) *text = in.text();
    for (auto* time : {&alert.since, &alert.updated}) *time = from_unix_ns(in.integer());
    for (auto* texts : {&alert.nodes, &alert.operators, &alert.regions, &alert.techniques, &alert.findings})
      *texts = load_texts(in);
    alert.score = load_score(in);
    alert.score.alert = AlertMark{alert.id, true, alert.since};
    // An alert of a node that left the inventory still ends.
    fresh.standing_.insert_or_assign(node, std::move(standing));
  }
  if (!in || !in.at_end()) return refuse("the saved state of node alerts ends early or late");
  *this = std::move(fresh);
  return {};
}

}  // namespace greywatch::collector
