#include "agent/detect/scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "agent/detect/evidence.hpp"

namespace greywatch::agent::detect {
namespace {

/// ln of the likelihood ratio of one outcome: a benign client's first contact succeeds with 0.8, a scanner's with 0.2.
constexpr double step = 1.3862943611198906;  // ln(0.8 / 0.2)
constexpr double least = -3 * step;          ///< a long honest past buys no more credit than three successes

enum Sweep : std::uint8_t { objects, units, servers };

struct SourceKey {
  std::uint32_t host = 0;
  bool operator==(SourceKey const&) const = default;
  std::uint64_t hash(HashKey const& key) const { return siphash_words(key, std::uint64_t{host}); }
};
struct Source {
  SourceKey key;
  float evidence = 0;  ///< ln L
  Slot latest = 0;
  std::array<std::uint32_t, 16> tried{};  ///< marks of the last targets that counted
  std::uint8_t at = 0;
  std::array<std::uint16_t, 3> failures{};  ///< by Sweep
  std::uint16_t successes = 0;
  std::uint32_t silent = 0;  ///< the relation that was silent last
  bool unsaid = false;       ///< a flow that closed without an answer counted: said with the next message
};

/// Tells targets of one server apart: one to one in the object where unit and code stay, so that nobody can aim two at
/// one mark.
std::uint32_t mark_of(Observation const& observation) {
  auto const& target = observation.target;
  auto mark = static_cast<std::uint32_t>(target.object ^ target.object >> 32) * 0x9e37'79b1U;
  for (char c : target.name) mark = (mark ^ static_cast<std::uint8_t>(c)) * 16777619U;
  return mark ^ target.unit * 0x85eb'ca6bU ^ observation.code * 0xc2b2'ae35U;
}

class ScanDetector final : public Detector {
 public:
  explicit ScanDetector(Desk const& desk)
      : desk_(desk),
        sources_(desk.options.bounds.sources, desk.hash_key),
        alarm_(std::log(desk.options.scan_detect / desk.options.scan_false)) {}

  void observe(Scene& scene) override {
    auto const& observation = scene.observation;
    if (observation.flow.transport == Transport::ethernet) return;  // one direction: nothing is ever answered
    ++(observation.way == Direction::to_server ? asked_ : answered_);
    if (!scene.chain || scene.mode == Mode::learn) return;
    auto& chain = *scene.chain;
    if (observation.way == Direction::to_server) {
      if (scene.flow_fresh) report_unsaid(scene);
      if (scene.left && is_silent(*scene.left))
        fail(scene, units, scene.left->unit * 0x85eb'ca6bU ^ scene.relation_id, scene.left);
      if (observation.role == Role::request && scene.kind != Kind::session) chain.target = mark_of(observation);
      return;
    }
    if (observation.role != Role::response || scene.kind == Kind::session) return;
    bool const failed = observation.status != Status::ok && observation.status != Status::none;
    auto const target =
        (observation.target.count ? mark_of(observation) : chain.target) ^ scene.relation_id * 0x27d4'eb2fU;
    if (failed) {
      // What failed the same way in the baseline is a fault somebody lives with.
      if (scene.operation && !scene.operation_fresh && scene.operation->occasions > 1 &&
          !(scene.operation->flags & operation_flag::foreign))
        return;
      fail(scene, objects, target, nullptr);
    } else if (scene.foreign() || scene.operation_fresh || chain.answered == 0) {
      succeed(scene, target);
    }
  }

  void on_close(Flow const& flow) override {
    unsigned chains = 0;
    desk_.knowledge.for_each_chain(flow, [&](Chain&) { ++chains; });
    desk_.knowledge.for_each_chain(flow, [&](Chain& chain) {
      if (!is_silent(chain)) return;
      auto const* relation = desk_.knowledge.relations.resolve(chain.relation);
      if (!relation || !is_young(*relation)) return;
      auto* source = source_of(*relation);
      // A client that gives up a connection for each unit that stays silent sweeps units, too.
      auto const sweep = chains > 1 || source->silent == chain.relation ? units : servers;
      source->silent = chain.relation;
      source->unsaid |= weigh(*source, sweep, chain.unit * 0x85eb'ca6bU ^ chain.relation, relation->latest);
      chain.failed = true;
    });
  }

 private:
  /// Asked and never answered, while answers are seen in general: a tap of one direction proves nothing.
  bool is_silent(Chain const& chain) const {
    return chain.asked > 0 && chain.answered == 0 && !chain.failed && answered_ * 4 >= asked_;
  }
  static bool is_young(Relation const& relation) {
    return relation.flags & relation_flag::foreign || relation.occasions <= 3;
  }

  Source* source_of(Relation const& relation) { return sources_.resolve(sources_.admit({relation.key.client}).id); }

  void leak(Source& source, Slot slot) const {
    if (slot <= source.latest) return;
    if (source.latest) {
      double const lives =
          (slot - source.latest) * static_cast<double>(slot_seconds) / seconds(desk_.options.scan_half_life);
      source.evidence *= static_cast<float>(std::exp2(-lives));
    }
    source.latest = slot;
  }

  bool first_contact(Source& source, std::uint32_t target) {
    target |= 1;
    if (std::ranges::find(source.tried, target) != source.tried.end()) return false;
    source.tried[source.at] = target;
    source.at = static_cast<std::uint8_t>((source.at + 1) % source.tried.size());
    return true;
  }

  bool weigh(Source& source, Sweep sweep, std::uint32_t target, Slot slot) {
    leak(source, slot);
    if (!first_contact(source, target)) return false;
    source.evidence = static_cast<float>(std::min(source.evidence + step, 700.0));
    if (source.failures[sweep] < 0xffff) ++source.failures[sweep];
    return true;
  }

  [[gnu::noinline]] void succeed(Scene& scene, std::uint32_t target) {
    auto* source = source_of(scene.relation);
    leak(*source, scene.slot);
    if (!first_contact(*source, target)) return;
    source->evidence = static_cast<float>(std::max(source->evidence - step, least));
    if (source->successes < 0xffff) ++source->successes;
  }

  [[gnu::noinline]] void fail(Scene& scene, Sweep sweep, std::uint32_t target, Chain* chain) {
    if (chain) chain->failed = true;
    auto* source = source_of(scene.relation);
    weigh(*source, sweep, target, scene.slot);
    if (source->evidence >= alarm_) report(scene, *source);
  }

  [[gnu::noinline]] void report_unsaid(Scene& scene) {
    auto* source = sources_.resolve(sources_.find({scene.relation.key.client}));
    if (!source || !std::exchange(source->unsaid, false)) return;
    leak(*source, scene.slot);
    if (source->evidence >= alarm_) report(scene, *source);
  }

  void report(Scene& scene, Source const& source) {
    static std::array<Code const*, 3> const rows{&code("scan.objects"), &code("scan.units"), &code("scan.servers")};
    auto const most = static_cast<std::size_t>(std::ranges::max_element(source.failures) - source.failures.begin());
    Alarms::Sighting const sighting{.p = std::exp(-double{source.evidence}), .subject = source.key.host};
    desk_.alarms.raise(scene, *rows[most], sighting, [&](Finding& finding) {
      auto const& flow = scene.observation.flow;
      finding.source = flow.client;
      finding.destination = flow.server;
      finding.traits.push_back("address:" + text(flow.client));
      finding.fields.push_back({"greywatch.scan.failed_objects", std::uint64_t{source.failures[objects]}});
      finding.fields.push_back({"greywatch.scan.silent_units", std::uint64_t{source.failures[units]}});
      finding.fields.push_back({"greywatch.scan.silent_servers", std::uint64_t{source.failures[servers]}});
      finding.fields.push_back({"greywatch.scan.succeeded", std::uint64_t{source.successes}});
      finding.message = fmt::format(
          "{} sweeps {}: {} objects refused, {} units and {} servers silent, {} first contacts answered; the last one: "
          "{}, {}. A "
          "client that knows the plant meets a refusal in one of five first contacts at most",
          text(flow.client),
          most == objects ? text(flow.server)
          : most == units ? "units of " + text(flow.server)
                          : "servers",
          source.failures[objects], source.failures[units], source.failures[servers], source.successes,
          describe(desk_.options, scene.observation), name(scene.observation.status));
    });
  }

  Desk desk_;
  Pool<Source> sources_;
  double alarm_;
  std::uint64_t asked_ = 0, answered_ = 0;
};

}  // namespace

std::unique_ptr<Detector> make_scan(Desk const& desk) { return std::make_unique<ScanDetector>(desk); }

}  // namespace greywatch::agent::detect
