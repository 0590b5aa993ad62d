#include "agent/detect/malformed.hpp"

#include <fmt/format.h>

#include "agent/detect/evidence.hpp"

namespace greywatch::agent::detect {
namespace {

constexpr std::uint32_t established =
    16;  ///< well-formed messages after which a relation is known to speak its protocol

class MalformedDetector final : public Detector {
 public:
  explicit MalformedDetector(Desk const& desk) : desk_(desk) {}

  void observe(Scene& scene) override {
    if (!scene.observation.malformed) return;
    auto& relation = scene.relation;
    auto& knowledge = desk_.knowledge;
    double const own = std::min(1.0, (relation.malformed + 1.0) / (relation.occasions + 1.0));
    double const node = std::min(
        1.0, (static_cast<double>(knowledge.malformed_occasions) + 1) / (static_cast<double>(knowledge.occasions) + 1));
    bool const known = relation.heard >= established;
    double const p = known ? std::min(1.0, 2 * std::min(own, node)) : node;
    bool const habit = relation.malformed >= 3 && own > desk_.options.gate;
    double const gate = scene.mode == Mode::young ? desk_.options.learning_gate : desk_.options.gate;
    if (scene.mode == Mode::learn || habit || !(known || scene.foreign() || p <= gate)) {
      learn(relation);
      if (scene.mode != Mode::learn) desk_.summary.note(FindingClass::access, p);
      return;
    }
    report(scene, p);
  }

 private:
  void learn(Relation& relation) {
    if (relation.flags & relation_flag::odd_message) return;
    relation.flags |= relation_flag::odd_message;
    if (relation.malformed < 0xff) ++relation.malformed;
    ++desk_.knowledge.malformed_occasions;
  }

  void report(Scene& scene, double p) {
    auto const& why = *scene.observation.malformed;
    scene.reported = true;
    static auto const& row = code("message.malformed");
    desk_.alarms.raise(scene, row, {.p = p}, [&](Finding& finding) {
      finding.fields.push_back({"greywatch.malformed.defect", std::string(name(why.defect))});
      finding.fields.push_back({"greywatch.malformed.offset", std::uint64_t{why.offset}});
      finding.fields.push_back({"greywatch.malformed.field", std::string(why.field)});
      finding.message = fmt::format(
          "{} sends {} a malformed {} message of {} octets: {} at octet {}{}{}; normal is {} malformed in {} "
          "occasions, after {} "
          "well-formed messages of these two",
          text(finding.source), text(finding.destination), scene.observation.protocol, scene.observation.octets.size(),
          name(why.defect), why.offset, why.field.empty() ? "" : " in ", why.field, scene.relation.malformed,
          scene.relation.occasions, scene.relation.heard);
    });
  }

  Desk desk_;
};

}  // namespace

std::unique_ptr<Detector> make_malformed(Desk const& desk) { return std::make_unique<MalformedDetector>(desk); }

}  // namespace greywatch::agent::detect
