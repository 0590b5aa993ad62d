#include "agent/dissect/enip/reading.hpp"

#include <algorithm>

#include "agent/dissect/enip/tables.hpp"

namespace greywatch::agent::enip {
namespace {

constexpr std::uint32_t command_code = 0x10000;
constexpr std::uint8_t set_attribute_single = 0x10, write_tag = 0x4D;

std::optional<double> read_value(Bytes octets, bool floating) {
  Reader in(octets);
  switch (octets.size()) {
    case 1:
      return in.u8();
    case 2:
      return in.le16();
    case 4:
      if (floating) return in.le_float();
      return in.le32();
    default:
      return std::nullopt;
  }
}

/// The first value that a request writes, where its size tells how.
std::optional<double> written(Cip const& request, bool tag) {
  constexpr std::uint16_t real = 0xCA;
  if (request.service == set_attribute_single) return read_value(request.data, false);
  if (!tag || request.service != write_tag) return std::nullopt;
  Reader in(request.data);
  auto const type = in.le16(), count = in.le16();
  if (!in || count != 1) return std::nullopt;
  return read_value(in.rest(), type == real);
}

std::optional<Operation> operation_of_pccc(Cip const& request) {
  Reader in(request.data);
  auto const id = in.u8();
  in.skip(id == 0 ? 0 : id - 1u);
  auto const command = in.u8();
  in.skip(3);
  auto const function = in.left() > 0 ? in.u8() : std::uint8_t{0};
  return in ? pccc_operation(command, function) : std::nullopt;
}

Meaning gravest(Services const& services, Meaning meaning, int depth) {
  std::optional<Meaning> worst;
  for (std::size_t i = 0; i < services.here(); ++i) {
    auto const octets = services[i];
    if (octets.empty()) break;
    auto const one = meaning_of(read_cip(octets), depth + 1);
    auto const operation = one.operation.value_or(Operation::other);
    if (worst && gravity(operation) <= gravity(worst->operation.value_or(Operation::other))) continue;
    worst = one;
  }
  // Packets that only read are polls: what they read is in their fields.
  if (!worst || gravity(worst->operation.value_or(Operation::other)) == 0) return meaning;
  worst->service = meaning.service;
  return *worst;
}

void count_unknown(Meaning const& meaning, Emitter& emitter) {
  if (!meaning.operation) emitter.unknown("service", meaning.place.class_id * 256u + meaning.service);
}

Pending pending_of(Meaning const& meaning, std::uint32_t key, bool connected) {
  auto const& place = meaning.place;
  return {.key = key,
          .instance = place.instance,
          .class_id = place.class_id,
          .attribute = place.attribute,
          .service = meaning.service,
          .operation = meaning.operation.value_or(Operation::other),
          .connected = connected,
          .forwarded = meaning.forwarded,
          .has_instance = place.has_instance,
          .has_attribute = place.has_attribute};
}

Place place_of(Pending const& answered) {
  return {.class_id = answered.class_id,
          .attribute = answered.attribute,
          .instance = answered.instance,
          .has_class = answered.class_id != 0,
          .has_instance = answered.has_instance,
          .has_attribute = answered.has_attribute,
          .symbols = {}};
}

void aim(Place const& place, Observation& observation, Name& room) {
  auto const name = name_of(place, room);
  if (name.empty()) return;
  observation.target = {.object = std::uint64_t{place.class_id} << 32 | place.instance, .count = 1, .name = name};
}

/// What a request reads of the identity, as IdentityAsked has it.
std::uint8_t identity_asked(Cip const& request) {
  auto const place = read_place(request.path);
  if (request.malformed || place.class_id != identity_class) return 0;
  if (request.service == get_attributes_all || request.service == get_attribute_list) return IdentityAsked::whole;
  bool const known = place.attribute >= 1 && place.attribute <= 8;
  return request.service == get_attribute_single && known ? static_cast<std::uint8_t>(place.attribute)
                                                          : std::uint8_t{0};
}

/// Of the services of a packet, which may be sent on.
IdentityAsked identities_asked(Cip const& request, int depth = 0) {
  IdentityAsked asked;
  if (request.malformed || request.response || depth > most_nested) return asked;
  if (is_unconnected_send(request)) {
    Reader in(request.data);
    auto const sent = read_unconnected_send(in);
    return sent.request.empty() ? asked : identities_asked(read_cip(sent.request), depth + 1);
  }
  if (request.service != multiple_services) return asked;
  auto const services = read_services(request.data);
  for (std::size_t i = 0; i < std::min<std::size_t>(services.here(), IdentityAsked::most); ++i)
    asked.set(i, identity_asked(read_cip(services[i])));
  return asked;
}

void take_request(Session& session, Emitter& emitter, Message& said, Observation& observation, Name& room) {
  auto const& packet = *said.encapsulated->packet;
  auto const meaning = meaning_of(*said.cip);
  count_unknown(meaning, emitter);
  observation.operation = meaning.operation.value_or(Operation::other);
  observation.code = meaning.service;
  observation.subcode = meaning.place.class_id;
  observation.value = meaning.value;
  said.place = meaning.place;
  aim(meaning.place, observation, room);
  auto const key = Session::key(packet, said.encapsulated->header);
  session.ask(pending_of(meaning, key, packet.connected));
  session.ask_identity(key, packet.connected, identities_asked(*said.cip));
}

void take_response(Session& session, Emitter& emitter, Message& said, Observation& observation, Violations& violations,
                   Name& room) {
  auto const& packet = *said.encapsulated->packet;
  auto const& cip = *said.cip;
  auto const key = Session::key(packet, said.encapsulated->header);
  observation.role = Role::response;
  observation.code = cip.service;
  said.answered = session.answer(key, packet.connected, cip.service);
  if (said.answered) {
    auto const place = place_of(*said.answered);
    observation.code = said.answered->service;
    observation.subcode = place.class_id;
    said.place = place;
    aim(place, observation, room);
    if (cip.service == multiple_services) said.identity = session.answer_identity(key, packet.connected);
    bool const of_identity = said.answered->class_id == identity_class && said.answered->operation == Operation::read;
    observation.identifies = said.identity.any() || of_identity;
  } else if (auto const asked = packet.connected ? std::nullopt : session.only(key, false); asked && !cip.malformed) {
    violations.add({"enip.response.service_mismatch", "enip.cip.service", asked->service, cip.service});
  }
  observation.operation =
      said.answered ? said.answered->operation : service_operation(cip.service, 0, false).value_or(Operation::other);
  if (!known_general_status(cip.general_status)) emitter.unknown("general_status", cip.general_status);
  observation.status = general_status(cip.general_status);
}

/// Walks the services of a packet, and of one that is sent on.
class Further {
 public:
  Further(Place const& told, Observation const& first, Emitter& emitter)
      : told_(told), first_(first), emitter_(emitter) {}

  void walk(Cip const& request, int depth) {
    if (depth > most_nested || request.malformed || request.response) return;
    if (is_unconnected_send(request)) {
      Reader in(request.data);
      auto const sent = read_unconnected_send(in);
      if (!sent.request.empty()) walk(read_cip(sent.request), depth + 1);
    } else if (request.service == multiple_services) {
      auto const services = read_services(request.data);
      for (std::size_t i = 0; i < services.here(); ++i) one(read_cip(services[i]), depth + 1);
    }
  }

 private:
  void one(Cip const& request, int depth) {
    if (request.service == multiple_services || is_unconnected_send(request)) return walk(request, depth);
    auto const meaning = meaning_of(request, most_nested);
    auto const operation = meaning.operation.value_or(Operation::other);
    bool const told = meaning.place.path.data() == told_.path.data() && operation == first_.operation;
    if (!told) count_unknown(meaning, emitter_);
    if (told || gravity(operation) <= gravity(Operation::other)) return;
    auto observation = emitter_.begin();
    Name room;
    observation.operation = operation;
    observation.role = first_.role;
    observation.code = first_.code;
    observation.subcode = meaning.place.class_id;
    observation.value = meaning.value;
    aim(meaning.place, observation, room);
    observation.octets = first_.octets;
    observation.describe = describe_object;
    observation.message = &meaning.place;
    emitter_.emit(observation);
  }

  Place const& told_;
  Observation const& first_;
  Emitter& emitter_;
};

/// A handle that is not the one registered on this connection: another sender's message.
void judge_handle(Session const& session, Header const& header, Violations& violations) {
  if (session.handle == 0 || header.session == session.handle || !header.carries_cip()) return;
  violations.add({"enip.session.handle_mismatch", "enip.session_handle", session.handle, header.session});
}

}  // namespace

Meaning meaning_of(Cip const& request, int depth) {
  Meaning meaning{.operation = {}, .place = read_place(request.path), .service = request.service};
  bool const tag = !meaning.place.symbols.empty();
  meaning.operation = service_operation(request.service, meaning.place.class_id, tag);
  meaning.value = written(request, tag);
  if (request.malformed || request.response) return meaning;
  if (depth < most_nested && is_unconnected_send(request)) {
    Reader in(request.data);
    auto const sent = read_unconnected_send(in);
    if (sent.request.empty()) return meaning;
    auto forwarded = meaning_of(read_cip(sent.request), depth + 1);
    forwarded.forwarded = true;
    return forwarded;
  }
  if (depth < most_nested && request.service == multiple_services)
    return gravest(read_services(request.data), meaning, depth);
  if (meaning.place.class_id == pccc_class && request.service == execute_pccc)
    meaning.operation = operation_of_pccc(request);
  return meaning;
}

void emit_further(Cip const& request, Place const& told, Observation const& first, Emitter& emitter) {
  if (!request.response) Further(told, first, emitter).walk(request, 0);
}

void take_cip(Session& session, Emitter& emitter, Message& said, Observation& observation, Violations& violations,
              Name& room) {
  judge_handle(session, said.encapsulated->header, violations);
  if (said.cip->response)
    take_response(session, emitter, said, observation, violations, room);
  else
    take_request(session, emitter, said, observation, room);
}

void take_command(Session& session, Emitter& emitter, Message& said, Observation& observation, Violations& violations) {
  auto const& header = said.encapsulated->header;
  observation.code = command_code + header.command;
  observation.role = said.response ? Role::response : Role::request;
  if (!known_command(header.command)) emitter.unknown("command", header.command);
  switch (header.kind()) {
    case Command::list_services:
    case Command::list_identity:
    case Command::list_interfaces:
      observation.operation = Operation::diagnose;
      break;
    case Command::nop:
    case Command::register_session:
    case Command::unregister_session:
    case Command::cancel:
    case Command::start_dtls:
      observation.operation = Operation::session;
      break;
    default:
      observation.operation = Operation::other;
  }
  judge_handle(session, header, violations);
  if (said.response) observation.status = encapsulation_status(header.status);
  if (header.kind() == Command::register_session && said.response && header.status == 0)
    session.handle = header.session;
  if (header.kind() == Command::unregister_session) session.handle = 0;
}

}  // namespace greywatch::agent::enip
