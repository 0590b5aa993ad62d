#include "agent/detect/violation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agent/detect/evidence.hpp"

namespace greywatch::agent::detect {
namespace {

class ViolationDetector final : public Detector {
 public:
  explicit ViolationDetector(Desk const& desk) : desk_(desk) {
    for (auto const& protocol : desk.options.protocols)
      for (auto const& rule : protocol.rules)
        codes_.push_back({rule.code, false, rule.classification, rule.technique, rule.technique_too, "violation"});
  }

  void observe(Scene& scene) override {
    for (auto const& violation : scene.observation.violations) judge(scene, violation);
  }

 private:
  /// A violation is remembered among the operations: of its relation, and of the node as a whole under relation 0.
  static OperationKey key(std::uint32_t relation, Violation const& violation) {
    std::uint32_t hash = 2166136261u;
    for (char c : violation.code) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619u;
    return {.relation = relation, .object = hash, .nature = 4 << 12};
  }

  std::uint32_t occasions(OperationKey const& which) const {
    auto const* record = desk_.knowledge.operations.resolve(desk_.knowledge.operations.find(which));
    return record ? record->occasions : 0;
  }

  void judge(Scene& scene, Violation const& violation) {
    auto const here = key(scene.relation_id, violation), anywhere = key(0, violation);
    auto const times = occasions(here);
    double const own = std::min(1.0, (times + 1.0) / (scene.relation.occasions + 1.0));
    double const node =
        std::min(1.0, (occasions(anywhere) + 1.0) / (static_cast<double>(desk_.knowledge.occasions) + 1.0));
    double const p = std::min(1.0, 2 * std::min(own, node));
    bool const habit = times >= 3 && own > desk_.options.gate;
    if (scene.mode == Mode::learn || habit) {
      learn(here, scene.relation.occasions);
      learn(anywhere, static_cast<std::uint32_t>(desk_.knowledge.occasions));
      if (habit) desk_.summary.note(FindingClass::access, p);
      return;
    }
    scene.reported = true;
    auto const listed = std::ranges::find(codes_, violation.code, &Code::code);
    auto const& row = listed != codes_.end() ? *listed : code("protocol.rule.broken");
    Alarms::Sighting const sighting{.p = p, .qualifier = here.object};
    desk_.alarms.raise(scene, row, sighting, [&](Finding& finding) {
      if (row.code != violation.code) finding.fields.push_back({"greywatch.rule_broken", std::string(violation.code)});
      finding.fields.push_back({"greywatch.violation.field", std::string(violation.field)});
      finding.fields.push_back({"greywatch.violation.expected", violation.expected});
      finding.fields.push_back({"greywatch.violation.actual", violation.actual});
      finding.message = fmt::format(
          "{} breaks the rule {} towards {}: {} is {} where {} is expected; in {} occasions of these two that happened "
          "{} times",
          text(finding.source), violation.code, text(finding.destination), violation.field, violation.actual,
          violation.expected, scene.relation.occasions, times);
    });
  }

  void learn(OperationKey const& which, std::uint32_t occasion) {
    auto* record = desk_.knowledge.operations.resolve(desk_.knowledge.operations.admit(which).id);
    if (record->occasions > 0 && record->latest == occasion) return;
    record->latest = occasion;
    if (record->occasions < 0xffff) ++record->occasions;
  }

  Desk desk_;
  std::vector<Code> codes_;  ///< of the rules of all protocols
};

}  // namespace

std::unique_ptr<Detector> make_violation(Desk const& desk) { return std::make_unique<ViolationDetector>(desk); }

}  // namespace greywatch::agent::detect
