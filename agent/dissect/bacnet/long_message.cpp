#include "agent/dissect/bacnet/long_message.hpp"

#include "agent/dissect/bacnet/target.hpp"

namespace greywatch::agent::bacnet {
namespace {

/// Tells what came of a message, which is done with.
void give_up(Assembly& one, Direction way, Session& session, Emitter& emitter) {
  Assembler assembler(session.assemblies(), way, emitter);
  auto const begun = assembler.begun(one).value_or(Begun{});
  emitter.tolerated("segments_missing");
  bool const answer = begun.kind == Kind::complex_ack;
  Message message;
  auto& apdu = message.apdu.emplace();
  apdu.kind = begun.kind;
  apdu.segmented = apdu.more_follows = true;
  apdu.invoke_id = begun.invoke_id;
  apdu.service = begun.service;
  message.partial = true;
  message.segments = one.next;
  read_parameters(message, assembler.finish(one));
  if (message.apdu->body.empty()) return;
  if (answer) message.asked = session.answer(begun.unit, begun.invoke_id, way, false);
  if (message.asked && !message.subject.has_object) message.subject = message.asked->subject;
  auto observation = emitter.begin();
  observation.code = begun.service;
  observation.operation = confirmed_service(begun.service).operation;
  observation.role = answer ? Role::response : Role::request;
  observation.status = answer ? Status::ok : Status::none;
  observation.target.unit = begun.unit;
  observation.value = message.value;
  tell(message, message.apdu->body, observation, emitter);
}

}  // namespace

void put_together(Message& message, Observation const& observation, Session& session, Emitter& emitter) {
  auto const& apdu = *message.apdu;
  if (has_password(*apdu.service)) return;
  auto const& network = *message.network;
  auto const source = unit_of(network.source), destination = unit_of(network.destination);
  auto const place = source ^ (destination << 16 | destination >> 16);
  auto const way = observation.way;
  auto const now = Assembler::tick(observation.time);
  Assembler assembler(session.assemblies(), way, emitter);
  while (auto* const old = assembler.overdue(now)) give_up(*old, way, session, emitter);
  auto* one = assembler.find(apdu, place);
  if (one == nullptr || assembler.begins_anew(*one, apdu)) {
    if (*apdu.sequence_number != 0) return emitter.tolerated("segment_without_first");
    if (message.malformed) return;
    if (one != nullptr) give_up(*one, way, session, emitter);
    if (auto* const longest = assembler.crowded_out(now)) {
      emitter.tolerated("segments_crowded_out");
      give_up(*longest, way, session, emitter);
    }
    one = assembler.begin({.place = place,
                           .unit = apdu.kind == Kind::complex_ack ? source : destination,
                           .invoke_id = *apdu.invoke_id,
                           .service = *apdu.service,
                           .kind = apdu.kind});
    if (one == nullptr) return;
  }
  if (assembler.take(*one, apdu, now) == Assembler::Taken::refused) return give_up(*one, way, session, emitter);
  if (!Assembler::is_whole(*one)) return;
  message.segments = one->next;
  read_parameters(message, assembler.finish(*one));
}

void give_up_all(Direction way, Session& session, Emitter& emitter) {
  Assembler assembler(session.assemblies(), way, emitter);
  while (auto* const one = assembler.any()) give_up(*one, way, session, emitter);
}

}  // namespace greywatch::agent::bacnet
