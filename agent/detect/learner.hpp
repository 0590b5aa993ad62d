#pragma once
#include "agent/detect/scene.hpp"
#include "agent/detect/summary.hpp"

namespace greywatch::agent::detect {

/// Puts every observation beside what is known (`recall`), and afterwards learns from it what no detector reported
/// (`commit`). Learning cannot be poisoned by shouting: what was reported is foreign and changes nothing until it was
/// seen on as many days as the options say, and then at most a tenth of the baseline is taken in a day.
class Learner {
 public:
  Learner(DetectionOptions const& options, Knowledge& knowledge, Summary& summary)
      : options_(options), knowledge_(knowledge), summary_(summary) {}

  /// `slot` is that of the observation's time.
  Scene recall(Observation const& observation, Mode mode, Slot slot);
  void commit(Scene& scene);

  /// Call where a fresh relation is reported: it is foreign from now on.
  static void reject(Relation& relation) { relation.flags |= relation_flag::foreign; }

  std::uint64_t accepted() const { return accepted_; }  ///< departures that became normal

 private:
  Relation* find_relation(Observation const& observation, std::uint32_t& id, bool& fresh);
  void find_operation(Scene& scene, OperationKey const& key);
  void find_level(Scene& scene);
  void begin_occasion(Scene& scene);
  void learn_occasion(Scene& scene);
  void learn_operation(Scene& scene);
  void accept_foreign(Scene& scene);
  bool may_accept(Slot slot);

  DetectionOptions const& options_;
  Knowledge& knowledge_;
  Summary& summary_;
  std::uint64_t accepted_ = 0;
  std::uint32_t accepted_day_ = 0, accepted_today_ = 0;
};

}  // namespace greywatch::agent::detect
