#pragma once
#include "agent/detect/knowledge.hpp"

namespace greywatch::agent::detect {

/// How departures are judged.
enum class Mode : std::uint8_t {
  learn,    ///< attack-free by the user's word: nothing is a finding
  young,    ///< nobody said: learning goes on, only what is very unlikely even so is a finding
  operate,  ///< departures are findings
};

/// One observation beside what is known about it. Made once, then shown to every detector in turn; what they do not
/// report is learned afterwards.
struct Scene {
  Observation const& observation;
  Mode mode = Mode::operate;
  Kind kind = Kind::look;
  Slot slot = 0;

  std::uint32_t relation_id = 0;
  Relation& relation;
  bool relation_fresh = false;
  bool flow_fresh = false;  ///< the first message of its flow
  bool unit_fresh = false;  ///< the first one of its flow to this unit
  bool occasion = false;    ///< begins an occasion of its relation
  Chain* chain = nullptr;   ///< null when there is no room, and for malformed messages
  Chain* left = nullptr;    ///< unit_fresh: the unit that the flow spoke to before

  std::uint32_t operation_id = 0;
  OperationRecord* operation = nullptr;  ///< null for malformed messages and in foreign relations
  bool operation_fresh = false;

  bool reported = false;        ///< a detector has said what is odd here: coarser words on the same are not needed
  bool learn_operation = true;  ///< false: the operation was reported and becomes foreign
  std::uint8_t operation_mark = 0;
  Level level = Level::object;  ///< at which the fresh operation is new

  /// Said before, in a relation of the baseline, without any defect: nothing that is new can be found in it alone. What
  /// opens, tests or closes a session is never new.
  bool is_usual() const {
    if (relation_fresh || foreign() || !observation.violations.empty()) return false;
    if (operation) return !(operation->flags & operation_flag::foreign);
    return kind == Kind::session && observation.habit == Habit::all && !observation.malformed;
  }
  bool foreign() const { return (relation.flags & relation_flag::foreign) != 0; }
};

/// True when, by what was seen itself, new kinds turn up so often that one more is nothing to report.
inline bool is_restless(Novelty const& novelty, double gate) { return novelty.once >= 3 && novelty.p() > gate; }

/// The same by the day: seen at least three times, and at this rate per occasion more often than alarms are wanted of a
/// relation that is never silent. Such things are left to the slow channel.
inline bool is_daily(std::uint64_t times, double p, double alarms_per_day) {
  return times >= 3 && p * slots_per_day > alarms_per_day;
}

}  // namespace greywatch::agent::detect
