#include "agent/detect/learner.hpp"

#include <limits>

namespace greywatch::agent::detect {
namespace {

template <class Count>
void raise_count(Count& count) {
  if (count != std::numeric_limits<Count>::max()) ++count;
}

constexpr std::uint8_t odd_flags =
    relation_flag::odd_operation | relation_flag::odd_transition | relation_flag::odd_message;

/// Learned already, in this occasion of its relation.
bool is_counted(Scene const& scene) {
  return scene.operation && !scene.operation_fresh && !(scene.operation->flags & operation_flag::foreign) &&
         scene.operation->latest == scene.relation.occasions;
}

}  // namespace

Scene Learner::recall(Observation const& observation, Mode mode, Slot slot) {
  auto& flow = observation.flow;
  auto* left = knowledge_.chain(flow.detect_slot);
  auto const unit = observation.malformed && left ? left->unit : observation.target.unit;
  auto search = knowledge_.find_chain(flow, unit);
  std::uint32_t relation_id = left ? left->relation : 0;
  auto* relation = knowledge_.relations.resolve(relation_id);
  bool relation_fresh = false, unit_fresh = false;
  if (!relation) {
    relation = find_relation(observation, relation_id, relation_fresh);
    if (search.chain) search.chain->relation = relation_id;
  }
  if (!search.chain && !search.full) {
    search.chain = knowledge_.chain(knowledge_.open_chain(flow, relation_id, unit));
    unit_fresh = search.chain != nullptr;
  }
  Scene scene{.observation = observation,
              .mode = mode,
              .kind = kind_of(observation),
              .slot = slot,
              .relation_id = relation_id,
              .relation = *relation,
              .relation_fresh = relation_fresh,
              .flow_fresh = !left && search.chain != nullptr,
              .unit_fresh = unit_fresh,
              .chain = observation.malformed ? nullptr : search.chain,
              .left = unit_fresh ? left : nullptr};
  scene.occasion = scene.flow_fresh || relation->latest != scene.slot;
  if (scene.occasion) begin_occasion(scene);
  if (observation.malformed || (scene.foreign() && mode != Mode::learn) || scene.kind == Kind::session) return scene;
  if (observation.habit != Habit::all) return scene;  // what is said is no habit: nothing to remember
  auto const key = knowledge_.operation_key(relation_id, observation, scene.kind);
  if (auto const* previous = scene.chain ? knowledge_.operations.resolve(scene.chain->previous) : nullptr) {
    for (auto const& step : previous->steps) {
      auto* const guess = knowledge_.operations.resolve(step.to);
      if (!guess || !(guess->key == key)) continue;
      scene.operation_id = step.to;
      scene.operation = guess;
      return scene;
    }
  }
  find_operation(scene, key);
  return scene;
}

Relation* Learner::find_relation(Observation const& observation, std::uint32_t& id, bool& fresh) {
  auto const client = knowledge_.hosts.admit(HostKey::of(observation.flow.client)).id;
  auto const server = knowledge_.hosts.admit(HostKey::of(observation.flow.server)).id;
  auto const admission = knowledge_.relations.admit({client, server, knowledge_.protocol(observation.protocol)});
  id = admission.id;
  fresh = admission.fresh;
  return knowledge_.relations.resolve(id);
}

void Learner::find_operation(Scene& scene, OperationKey const& key) {
  scene.operation_id = knowledge_.operations.find(key);
  scene.operation_fresh = scene.operation_id == 0;
  if (scene.operation_fresh)
    find_level(scene);
  else
    scene.operation = knowledge_.operations.resolve(scene.operation_id);
}

void Learner::begin_occasion(Scene& scene) {
  auto& relation = scene.relation;
  if (relation.occasions == 0) relation.first = scene.slot;
  ++relation.occasions;
  relation.flags &= static_cast<std::uint8_t>(~odd_flags);
}

void Learner::find_level(Scene& scene) {
  if (static_cast<std::size_t>(scene.kind) >= novel_kinds) return;
  auto const key = knowledge_.operation_key(scene.relation_id, scene.observation, scene.kind);
  auto const known = [&](Level level) { return knowledge_.operations.find(Knowledge::at_level(key, level)) != 0; };
  if (scene.kind == Kind::change && scene.relation.novelty[0].draws == 0)
    scene.level = Level::first_change;
  else if (!known(Level::unit))
    scene.level = Level::unit;
  else if (!known(Level::code))
    scene.level = Level::code;
  else if (!known(Level::cause))
    scene.level = Level::cause;
}

void Learner::commit(Scene& scene) {
  auto& relation = scene.relation;
  if (scene.mode == Mode::learn && scene.foreign()) {  // attack-free by the user's word: what was foreign belongs here
    relation.flags &= static_cast<std::uint8_t>(~relation_flag::foreign);
    relation.occasions = 1;
    scene.relation_fresh = true;
  }
  if (scene.relation_fresh && !scene.foreign()) ++knowledge_.baseline_relations;
  if (scene.occasion) {
    if (scene.foreign())
      accept_foreign(scene);
    else
      learn_occasion(scene);
    relation.latest = scene.slot;
  }
  if (!scene.observation.malformed) raise_count(relation.heard);
  if (!scene.chain) return;
  auto& chain = *scene.chain;
  if (scene.observation.way == Direction::to_server)
    raise_count(chain.asked);
  else
    raise_count(chain.answered);
  if (!scene.operation && !scene.operation_fresh) return;  // not looked for: of a session, malformed, or foreign
  if (!is_counted(scene)) learn_operation(scene);
  chain.previous = scene.operation_id;
}

void Learner::learn_occasion(Scene& scene) {
  auto const& relation = scene.relation;
  auto const age = relation.occasions;
  ++knowledge_.occasions;
  knowledge_.anywhere.draw(age);
  if (auto* server = knowledge_.hosts.resolve(relation.key.server)) server->clients.draw(age);
  if (auto* client = knowledge_.hosts.resolve(relation.key.client)) client->servers.draw(age);
  for (auto& hazard : knowledge_.hazards) hazard.expose(age);
  knowledge_.strange_transitions.expose(age);
  summary_.note(FindingClass::access, 1);
  summary_.note(FindingClass::recon, 1);
}

void Learner::learn_operation(Scene& scene) {
  auto const place = static_cast<std::size_t>(scene.kind);
  auto& relation = scene.relation;
  if (!scene.operation_fresh) {
    auto& record = *scene.operation;
    bool const foreign = (record.flags & operation_flag::foreign) != 0;
    if (foreign && scene.mode == Mode::learn) {
      record = OperationRecord{.key = record.key};
    } else if (foreign) {
      if (record.latest / slots_per_day == scene.slot / slots_per_day) return;
      record.latest = scene.slot;
      raise_count(record.occasions);
      if (record.occasions < options_.acceptance_days || !may_accept(scene.slot)) return;
      record = OperationRecord{.key = record.key};
    }
    if (record.latest == relation.occasions) return;
    record.latest = relation.occasions;
    raise_count(record.occasions);
    if (place >= novel_kinds) return;
    relation.novelty[place].draw(record.occasions);
    if (scene.kind == Kind::change) knowledge_.new_targets.expose(relation.novelty[place].draws);
    return;
  }
  auto const key = knowledge_.operation_key(scene.relation_id, scene.observation, scene.kind);
  scene.operation_id = knowledge_.operations.admit(key).id;
  auto& record = *(scene.operation = knowledge_.operations.resolve(scene.operation_id));
  if (!scene.learn_operation) {
    record.flags |= operation_flag::foreign;
    record.occasions = 1;
    record.latest = scene.slot;
    record.reported = scene.operation_mark;
    return;
  }
  record.occasions = 1;
  record.latest = relation.occasions;
  if (place >= novel_kinds) return;
  bool const first_ever = relation.occasions == 1;
  if (scene.kind == Kind::change && scene.level == Level::object) {
    knowledge_.new_targets.expose(relation.novelty[place].draws);
    knowledge_.new_targets.befall(relation.novelty[place].draws);
  } else if (!first_ever && !(relation.flags & relation_flag::odd_operation)) {
    relation.flags |= relation_flag::odd_operation;
    knowledge_.hazards[static_cast<std::size_t>(scene.level)].befall(relation.occasions);
  } else if (first_ever && !(relation.flags & relation_flag::odd_operation)) {
    relation.flags |= relation_flag::odd_operation;
    for (auto& hazard : knowledge_.hazards) hazard.befall(1);
  }
  relation.novelty[place].draw(1);
  for (auto level : {Level::unit, Level::code, Level::cause}) {
    auto const admission = knowledge_.operations.admit(Knowledge::at_level(key, level));
    if (admission.fresh) knowledge_.operations.resolve(admission.id)->occasions = 1;
  }
  scene.operation = knowledge_.operations.resolve(scene.operation_id);
}

bool Learner::may_accept(Slot slot) {
  auto const day = slot / slots_per_day;
  if (day != accepted_day_) accepted_day_ = day, accepted_today_ = 0;
  if (accepted_today_ > knowledge_.baseline_relations / 10) return false;
  ++accepted_today_;
  ++accepted_;
  return true;
}

void Learner::accept_foreign(Scene& scene) {
  auto& relation = scene.relation;
  if (scene.relation_fresh) {
    relation.days = 1;
    return;
  }
  if (relation.latest / slots_per_day == scene.slot / slots_per_day) return;
  raise_count(relation.days);
  if (relation.days < options_.acceptance_days || !may_accept(scene.slot)) return;
  relation.flags &= static_cast<std::uint8_t>(~relation_flag::foreign);
  relation.occasions = 1;
  ++knowledge_.baseline_relations;
  learn_occasion(scene);
}

}  // namespace greywatch::agent::detect
