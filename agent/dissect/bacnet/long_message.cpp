#include "agent/dissect/bacnet/long_message.hpp"

#include "agent/dissect/bacnet/target.hpp"

namespace greywatch::agent::bacnet {

void put_together(Message& message, Direction way, Session& session, Emitter& emitter) {
  auto const& apdu = *message.apdu;
  if (has_password(*apdu.service)) return;
  auto const& network = *message.network;
  auto const source = unit_of(network.source), destination = unit_of(network.destination);
  auto const place = source ^ (destination << 16 | destination >> 16);
  Assembler assembler(session.assembly(way), emitter);
  if (!assembler.belongs(apdu, place) || assembler.begins_anew(apdu)) {
    if (*apdu.sequence_number != 0) return emitter.tolerated("segment_without_first");
    if (message.malformed) return;
    give_up(way, session, emitter);
    assembler.begin({.place = place,
                     .unit = apdu.kind == Kind::complex_ack ? source : destination,
                     .invoke_id = *apdu.invoke_id,
                     .service = *apdu.service,
                     .kind = apdu.kind});
  }
  if (assembler.take(apdu) == Assembler::Taken::refused) return give_up(way, session, emitter);
  if (!assembler.is_whole()) return;
  message.segments = assembler.segments();
  read_parameters(message, assembler.finish());
}

void give_up(Direction way, Session& session, Emitter& emitter) {
  Assembler assembler(session.assembly(way), emitter);
  auto const said = assembler.begun();
  if (!said) return;
  auto const begun = *said;
  emitter.tolerated("segments_missing");
  bool const answer = begun.kind == Kind::complex_ack;
  Message message;
  auto& apdu = message.apdu.emplace();
  apdu.kind = begun.kind;
  apdu.segmented = apdu.more_follows = true;
  apdu.invoke_id = begun.invoke_id;
  apdu.service = begun.service;
  message.partial = true;
  message.segments = assembler.segments();
  read_parameters(message, assembler.finish());
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

}  // namespace greywatch::agent::bacnet
