#include "agent/detect/transition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "agent/detect/evidence.hpp"

namespace greywatch::agent::detect {
namespace {

constexpr float smoothing = 0.01F;             ///< beta: what a transition never seen counts for
constexpr std::uint8_t window_length = 32;     ///< transitions
constexpr float least_variance = 0.01F;        ///< of the surprise of one transition: polls are almost deterministic
constexpr std::uint64_t enough_windows = 200;  ///< before ranks mean anything
constexpr std::array<std::string_view, 4> class_names{"M-to-M", "M-to-C", "C-to-M", "C-to-C"};

/// ln(x) for positive x, to about 1e-2: enough to be surprised by, and a few instructions.
float quick_log(float x) {
  auto const bits = std::bit_cast<std::uint32_t>(x);
  auto const exponent = static_cast<float>(static_cast<int>(bits >> 23) - 127);
  auto const mantissa = std::bit_cast<float>((bits & 0x7f'ffff) | 0x3f80'0000);
  return (exponent + (-0.344845F * mantissa + 2.024658F) * mantissa - 1.674873F) * 0.693147F;
}

/// Control direction: what the client asks for. Monitor direction: all that the server says.
bool is_control(std::uint16_t nature) { return (nature >> 9 & 1) == static_cast<unsigned>(Direction::to_server); }

class TransitionDetector final : public Detector {
 public:
  explicit TransitionDetector(Desk const& desk) : desk_(desk) {}

  void observe(Scene& scene) override {
    if (!scene.chain || !scene.operation || scene.chain->previous == 0) return;
    auto& knowledge = desk_.knowledge;
    auto* from = knowledge.operations.resolve(scene.chain->previous);
    if (!from || (scene.operation->flags & operation_flag::foreign)) return;
    unsigned const step = is_control(from->key.nature) * 2U + is_control(scene.operation->key.nature);
    TransitionKey const key{scene.chain->previous, scene.operation_id};
    std::uint32_t id = from->transition_to(scene.operation_id);
    auto* transition = knowledge.transitions.resolve(id);
    if (!transition || !(transition->key == key)) {
      id = knowledge.transitions.find(key);
      transition = knowledge.transitions.resolve(id);
    }
    if (!transition) {
      if (scene.mode != Mode::learn && is_odd(scene, *from, step)) return;
      id = knowledge.transitions.admit(key).id;
      transition = knowledge.transitions.resolve(id);
      learn_first(scene, *from);
    }
    from->step_to(scene.operation_id, id);
    float const n = static_cast<float>(from->followed) + smoothing * static_cast<float>(from->followers);
    float const surprise = quick_log((n + smoothing) / (static_cast<float>(transition->count) + smoothing));
    if (transition->count < 0xffff'ffff) ++transition->count;
    if (transition->count == 2 && from->once > 0) --from->once;
    if (from->followed < 0xffff'ffff) ++from->followed;
    auto& steps = scene.relation.steps[step];
    if (steps < 0xffff) ++steps;
    measure(scene, std::max(0.0F, surprise));
  }

 private:
  void learn_first(Scene& scene, OperationRecord& from) {
    if (from.followers < 0xffff) ++from.followers;
    if (from.once < 0xffff) ++from.once;
    if (scene.relation.flags & relation_flag::odd_transition) return;
    scene.relation.flags |= relation_flag::odd_transition;
    desk_.knowledge.strange_transitions.befall(scene.relation.occasions);
  }

  [[gnu::noinline]] bool is_odd(Scene& scene, OperationRecord const& from, unsigned step) {
    auto const& relation = scene.relation;
    double const own = std::min(1.0, (from.once + 1.0) / (from.followed + 1.0));
    double const p = std::max(own, desk_.knowledge.strange_transitions.p(relation.occasions));
    double gate = desk_.options.transition_gates[step];
    if (scene.mode == Mode::young) gate = std::min(gate, desk_.options.learning_gate);
    bool const restless =
        is_daily(desk_.knowledge.strange_transitions.times(relation.occasions), p, desk_.options.alarms_per_day);
    if (p > gate || restless || scene.reported) {
      desk_.summary.note(FindingClass::command, p);
      return false;
    }
    scene.reported = true;
    static auto const& row = code("transition.unseen");
    desk_.alarms.raise(scene, row, {.p = p, .qualifier = step}, [&](Finding& finding) {
      evidence(finding, scene, step);
      finding.message = fmt::format(
          "Between {} and {}: {} right after {}, which never happened in {} times that the latter was said ({}, of "
          "which this "
          "pair has had {})",
          text(scene.observation.flow.client), text(scene.observation.flow.server),
          describe(desk_.options, scene.observation), describe(desk_.options, scene.observation.protocol, from.key),
          from.followed, class_names[step], relation.steps[step]);
    });
    return true;
  }

  static void evidence(Finding& finding, Scene const& scene, unsigned step) {
    finding.fields.push_back({"greywatch.transition", std::string(class_names[step])});
    static constexpr std::array<std::string_view, 4> names{
        "greywatch.transitions.monitor_monitor", "greywatch.transitions.monitor_command",
        "greywatch.transitions.command_monitor", "greywatch.transitions.command_command"};
    for (std::size_t i = 0; i < names.size(); ++i)
      finding.fields.push_back({std::string(names[i]), std::uint64_t{scene.relation.steps[i]}});
  }

  /// Adds to the chain's window; a full one is ranked among all windows of the node and then learned.
  void measure(Scene& scene, float surprise) {
    auto& relation = scene.relation;
    auto& chain = *scene.chain;
    chain.surprise += surprise;
    float const weight =
        relation.windows < 32 ? 1.0F / static_cast<float>(relation.windows * window_length + chain.window + 1) : 1e-3F;
    float const off = surprise - relation.surprise;
    relation.surprise += weight * off;
    relation.spread = (1 - weight) * (relation.spread + weight * off * off);
    if (++chain.window < window_length) return;
    float const sum = std::exchange(chain.surprise, 0.0F);
    chain.window = 0;
    if (relation.windows < 0xffff) ++relation.windows;
    if (relation.windows < 8) return;
    double const z =
        (sum - window_length * relation.surprise) / std::sqrt(window_length * (relation.spread + least_variance));
    rank(scene, z);
  }

  [[gnu::noinline]] void rank(Scene& scene, double z) {
    auto& windows = desk_.knowledge.windows;
    if (scene.mode != Mode::learn && windows.total() >= enough_windows) {
      double const p = windows.p(z);
      double const gate = scene.mode == Mode::young ? std::min(desk_.options.window_gate, desk_.options.learning_gate)
                                                    : desk_.options.window_gate;
      if (p <= gate && z > 6) {
        report(scene, z, p);
        return;
      }
      desk_.summary.note(FindingClass::command, p);
    }
    windows.add(z);
  }

  void report(Scene& scene, double z, double p) {
    static auto const& row = code("transition.surprise");
    unsigned const step = scene.observation.way == Direction::to_server ? 3 : 0;
    desk_.alarms.raise(scene, row, {.p = p}, [&](Finding& finding) {
      evidence(finding, scene, step);
      finding.fields.push_back({"greywatch.surprise", z});
      finding.message = fmt::format(
          "The last {} messages between {} and {} came in an order that is {:.1f} deviations more surprising than "
          "theirs usually is; "
          "of {} such windows on this node none like it; the last one: {}",
          window_length, text(scene.observation.flow.client), text(scene.observation.flow.server), z,
          desk_.knowledge.windows.total(), describe(desk_.options, scene.observation));
    });
  }

  Desk desk_;
};

}  // namespace

std::unique_ptr<Detector> make_transition(Desk const& desk) { return std::make_unique<TransitionDetector>(desk); }

}  // namespace greywatch::agent::detect
