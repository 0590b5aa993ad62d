#include "agent/detect/alarms.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agent/detect/evidence.hpp"

namespace greywatch::agent::detect {
namespace {

constexpr Duration first_interval = std::chrono::minutes(1), longest_interval = std::chrono::hours(24);
constexpr std::size_t most_gathered_codes = 16;

void add_once(std::vector<std::string>& all, std::string_view one) {
  if (!one.empty() && std::ranges::find(all, one) == all.end()) all.emplace_back(one);
}

}  // namespace

Alarms::Alarms(DetectionOptions const& options, FindingSink& sink, CommunityId community_id)
    : options_(options), sink_(sink), community_id_(community_id) {
  open_.reserve(std::max(8u, options_.bounds.alarms));
  for (auto& bucket : repeated_) bucket.tokens = options_.alarm_burst;
  for (auto& bucket : fresh_) bucket.tokens = options_.fresh_burst;
}

bool Alarms::Bucket::take(Time now, double per_day, double burst) {
  if (at.time_since_epoch().count() != 0 && now > at)
    tokens = std::min(burst, tokens + seconds(now - at) * per_day / 86'400);
  at = std::max(at, now);
  if (tokens < 1) return false;
  tokens -= 1;
  return true;
}

Alarms::Open* Alarms::find(Key const& key) {
  for (auto& open : open_)
    if (open.key == key) return &open;
  return nullptr;
}

bool Alarms::affordable(Code const& row, Endpoint const& source, Time now) {
  auto const place = static_cast<std::size_t>(row.classification);
  auto const same = [&](Open const& open) {
    return open.key.row == &row && open.finding.source.ip == source.ip && open.finding.source.mac == source.mac;
  };
  if (std::ranges::none_of(open_, same) && fresh_[place].take(now, options_.fresh_per_day, options_.fresh_burst))
    return true;
  return repeated_[place].take(now, options_.alarms_per_day, options_.alarm_burst);
}

Alarms::Open& Alarms::make_room(Key const& key) {
  if (auto* old = find(key)) {
    if (old->stale) update(*old);
    auto const before = old->finding.last;
    *old = Open{.key = key, .before = before};
    return *old;
  }
  if (open_.size() < open_.capacity()) return open_.emplace_back(Open{.key = key});
  auto const oldest = std::ranges::min_element(open_, {}, [](Open const& open) { return open.finding.last; });
  if (oldest->stale) update(*oldest);
  *oldest = Open{.key = key};
  return *oldest;
}

Alarms::Open* Alarms::sight(Scene const& scene, Code const& row, Sighting const& sighting) {
  auto const& observation = scene.observation;
  ++sightings_;
  now_ = std::max(now_, observation.time);
  Key const key{&row, sighting.subject ? sighting.subject : scene.relation_id, sighting.qualifier};
  if (auto* open = find(key); open && observation.time - open->finding.last <= options_.remember) {
    open->flow = observation.flow.id;
    count(*open, observation, sighting.p);
    return nullptr;
  }
  if (!affordable(row, observation.flow.sender(observation.way), now_)) {
    gather(scene, row, sighting.p);
    return nullptr;
  }
  auto& open = make_room(key);
  open.span = sighting.span;
  open.flow = observation.flow.id;
  begin(open, scene, row, sighting.p);
  return &open;
}

void Alarms::count(Open& open, Observation const& observation, double p) {
  auto& finding = open.finding;
  ++finding.count;
  finding.first = std::min(finding.first, observation.time);
  if (observation.time >= finding.last) {
    finding.last = observation.time;
    finding.frame = observation.frame;
  }
  finding.p = std::min(finding.p, p);
  if (!(finding.destination.ip == observation.flow.receiver(observation.way).ip)) finding.destination = {};
  open.stale = true;
  if (finding.last - open.sent >= open.interval) update(open);
}

void Alarms::begin(Open& open, Scene const& scene, Code const& row, double p) {
  auto const& observation = scene.observation;
  auto const& flow = observation.flow;
  auto& finding = open.finding;
  finding.code = event_code(row, observation.protocol);
  finding.source = flow.sender(observation.way);
  finding.destination = flow.receiver(observation.way);
  finding.vlan = flow.vlan;
  finding.protocol = observation.protocol;
  if (community_id_) finding.community_id = community_id_(flow);
  add_once(finding.techniques, row.technique);
  add_once(finding.techniques, row.technique_too);
  if (row.classification == FindingClass::command && scene.kind == Kind::change)
    add_once(finding.techniques, technique_of(observation.operation));
  finding.detector = row.detector;
  finding.classification = row.classification;
  finding.p = std::clamp(p, 1e-300, 1.0);
  finding.last = observation.time;
  finding.first = observation.time;
  if (open.span == Span::flow && flow.first.time_since_epoch().count() != 0)
    finding.first = std::min(observation.time, std::max(flow.first, open.before));
  finding.frame = observation.frame;
  {
    FieldCopy copy(finding.fields);
    observation.fields(copy);
  }
  if (scene.mode == Mode::young) finding.fields.push_back({"greywatch.learning", true});
  if (flow.midstream) finding.fields.push_back({"greywatch.midstream", true});
}

void Alarms::gather(Scene const& scene, Code const& row, double p) {
  ++gathered_;
  auto const& gathered_row = code("node.alarms.aggregated");
  Key const key{&gathered_row, static_cast<std::uint32_t>(row.classification), 0};
  auto const& observation = scene.observation;
  auto* open = find(key);
  bool const fresh = !open || observation.time - open->finding.last > options_.remember;
  if (fresh) {
    open = &make_room(key);
    begin(*open, scene, gathered_row, p);
    open->finding.classification = row.classification;
    open->finding.fields.clear();
    open->finding.fields.push_back({"greywatch.codes", std::vector<Scalar>{}});
    open->finding.message =
        fmt::format("More {} alarms than the budget of {:g} a day (burst {:g}) allows: the rest is counted here",
                    name(row.classification), options_.alarms_per_day, options_.alarm_burst);
  }
  auto& finding = open->finding;
  if (!(finding.source.ip == observation.flow.sender(observation.way).ip)) finding.source = {};
  if (!(finding.destination.ip == observation.flow.receiver(observation.way).ip)) finding.destination = {};
  if (finding.source.port) finding.source.port.reset();
  if (finding.destination.port) finding.destination.port.reset();
  finding.community_id.clear();
  auto& told = std::get<std::vector<Scalar>>(finding.fields.front().value);
  Scalar const said = event_code(row, observation.protocol);
  if (told.size() < most_gathered_codes && std::ranges::find(told, said) == told.end()) told.push_back(said);
  if (fresh)
    publish(*open);
  else
    count(*open, observation, p);
}

void Alarms::publish(Open& open) {
  ++onsets_;
  open.interval = first_interval;
  open.onset = tell(open, Finding(open.finding));
}

void Alarms::update(Open& open) {
  ++updates_;
  open.interval = std::min(open.interval * 2, longest_interval);
  Finding copy = open.finding;
  copy.fields.push_back({"greywatch.update_of", open.onset});
  tell(open, std::move(copy));
}

std::string Alarms::tell(Open& open, Finding&& copy) {
  open.sent = std::max(open.finding.last, open.sent);
  open.stale = false;
  copy.time = copy.last;
  return send(std::move(copy));
}

std::string Alarms::send(Finding&& finding) {
  auto id = fmt::format("{}-{}-{}", options_.node, options_.epoch, ++sequence_);
  finding.id = id;
  finding.node = options_.node;
  if (!finding.techniques.empty()) finding.framework = framework;
  sink_.on_finding(std::move(finding));
  return id;
}

void Alarms::on_close(Flow const& flow) {
  for (auto& open : open_) {
    if (open.flow != flow.id || open.span != Span::flow || flow.last <= open.finding.last) continue;
    open.finding.last = flow.last;
    open.stale = true;
  }
}

void Alarms::on_time(Time now) {
  now_ = std::max(now_, now);
  for (auto& open : open_)
    if (open.stale && now_ - open.finding.last >= options_.quiet) update(open);
}

void Alarms::flush() {
  for (auto& open : open_)
    if (open.stale) update(open);
}

}  // namespace greywatch::agent::detect
