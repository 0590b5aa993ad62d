#include "agent/detect/operation.hpp"

#include <fmt/format.h>

#include "agent/detect/evidence.hpp"

namespace greywatch::agent::detect {
namespace {

class OperationDetector final : public Detector {
 public:
  explicit OperationDetector(Desk const& desk) : desk_(desk) {
    for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i] = &code(row_codes[i]);
  }

  void observe(Scene& scene) override {
    if (scene.mode == Mode::learn || static_cast<std::size_t>(scene.kind) >= novel_kinds) return;
    if (scene.foreign()) {
      if (scene.kind == Kind::change && !scene.reported && !scene.observation.malformed) report_stranger(scene);
      return;
    }
    if (scene.operation) {
      if (scene.operation->flags & operation_flag::foreign && scene.operation->reported < rows_.size())
        report(scene, scene.operation->reported, 1);
      return;
    }
    if (scene.operation_fresh && scene.learn_operation) judge(scene);
  }

 private:
  enum Row : std::uint8_t { new_master, new_object, new_command, new_code, new_cause, new_unit, new_look, new_report };
  static constexpr std::array<std::string_view, 8> row_codes{
      "command.new_master",  "command.new_object", "command.new_code",     "operation.new_code",
      "operation.new_cause", "operation.new_unit", "operation.new_object", "report.new"};

  static Row row_of(Scene const& scene) {
    if (scene.kind == Kind::report) return new_report;
    if (scene.kind == Kind::change) {
      if (scene.level == Level::first_change) return new_master;
      return scene.level == Level::object ? new_object : new_command;
    }
    switch (scene.level) {
      case Level::unit:
        return new_unit;
      case Level::cause:
        return scene.observation.subcode ? new_cause : new_code;
      case Level::object:
        return new_look;
      default:
        return new_code;
    }
  }

  void judge(Scene& scene) {
    auto const& knowledge = desk_.knowledge;
    auto const& relation = scene.relation;
    auto const& own = relation.novelty[static_cast<std::size_t>(scene.kind)];
    bool const object = scene.level == Level::object;
    double p = object ? own.p() : 1.0 / (relation.occasions + 1.0);
    p = std::max(p, object && scene.kind == Kind::change
                        ? knowledge.new_targets.p(own.draws)
                        : knowledge.hazards[static_cast<std::size_t>(scene.level)].p(relation.occasions));
    double const gate = scene.mode == Mode::young ? desk_.options.learning_gate : desk_.options.gate;
    bool const restless = scene.kind != Kind::change && is_daily(own.once, own.p(), desk_.options.alarms_per_day);
    auto const row = row_of(scene);
    if (p > gate || restless) {
      desk_.summary.note(rows_[row]->classification, p);
      return;
    }
    scene.learn_operation = false;
    scene.operation_mark = row;
    report(scene, row, p);
  }

  void report(Scene& scene, std::uint8_t row, double p) {
    scene.reported = true;
    auto const& observation = scene.observation;
    std::uint32_t const qualifier = observation.code << 8 ^ observation.target.unit;
    desk_.alarms.raise(scene, *rows_[row], {.p = p, .qualifier = qualifier}, [&](Finding& finding) {
      auto const& knowledge = desk_.knowledge;
      auto const& own = scene.relation.novelty[static_cast<std::size_t>(scene.kind)];
      finding.fields.push_back({"greywatch.normal.draws", std::uint64_t{own.draws}});
      finding.fields.push_back({"greywatch.normal.seen_once", std::uint64_t{own.once}});
      finding.fields.push_back({"greywatch.normal.occasions", std::uint64_t{scene.relation.occasions}});
      finding.message =
          fmt::format("{} {} {}: {}, never so in {} occasions of these two over {}; normal: {}", text(finding.source),
                      scene.kind == Kind::report   ? "tells"
                      : scene.kind == Kind::change ? "commands"
                                                   : "asks",
                      text(finding.destination), describe(desk_.options, observation), scene.relation.occasions,
                      span_of(knowledge), usual_operations(desk_.options, knowledge, scene.relation_id, scene.kind));
    });
  }

  void report_stranger(Scene& scene) {
    scene.reported = true;
    auto const& observation = scene.observation;
    desk_.alarms.raise(scene, *rows_[new_master], {.p = desk_.knowledge.anywhere.p()}, [&](Finding& finding) {
      auto const& key = scene.relation.key;
      finding.traits.push_back("address:" + text(observation.flow.client));
      finding.message =
          fmt::format("{} commands {}, which it never spoke with before: {}; in {} its clients were {}",
                      text(finding.source), text(finding.destination), describe(desk_.options, observation),
                      span_of(desk_.knowledge), usual_clients(desk_.knowledge, key.server, key.protocol));
    });
  }

  Desk desk_;
  std::array<Code const*, row_codes.size()> rows_{};
};

}  // namespace

std::unique_ptr<Detector> make_operation(Desk const& desk) { return std::make_unique<OperationDetector>(desk); }

}  // namespace greywatch::agent::detect
