#include "agent/dissect/iec104/message.hpp"

namespace greywatch::agent::iec104 {
namespace {

bool is(Asdu const& asdu, Cause cause) { return asdu.cause == static_cast<std::uint8_t>(cause); }
bool from_to(Asdu const& asdu, Cause first, Cause last) {
  return asdu.cause >= static_cast<std::uint8_t>(first) && asdu.cause <= static_cast<std::uint8_t>(last);
}

Role role(Asdu const& asdu, std::optional<bool> control_direction) {
  if (is(asdu, Cause::activation) || is(asdu, Cause::deactivation)) return Role::request;
  if (is(asdu, Cause::activation_con) || is(asdu, Cause::deactivation_con) || is(asdu, Cause::activation_term) ||
      from_to(asdu, Cause::unknown_type, Cause::unknown_object_address) ||
      from_to(asdu, Cause::interrogated_by_station, Cause::counters_by_group_4)) {
    return Role::response;
  }
  if (is(asdu, Cause::request) || is(asdu, Cause::file)) {
    // Read, call and query are asked for; all else with these causes answers. A file may also travel to the station.
    auto const asks = asdu.type_id == 102 || asdu.type_id == 122 || asdu.type_id == 127;
    auto const sends = is(asdu, Cause::file) && control_direction.value_or(false);
    return asks || sends ? Role::request : Role::response;
  }
  return Role::unsolicited;
}

Status status(Asdu const& asdu, Role role) {
  if (is(asdu, Cause::unknown_type) || is(asdu, Cause::unknown_cause)) return Status::unsupported;
  if (is(asdu, Cause::unknown_common_address) || is(asdu, Cause::unknown_object_address)) return Status::unknown_object;
  if (role != Role::response) return Status::none;
  return asdu.negative ? Status::refused : Status::ok;
}

bool selects(Asdu const& asdu, Bytes elements) {
  auto const at = asdu.type->select_at;
  return at < elements.size() && (elements[at] & 0x80) != 0;
}

Operation operation(Asdu const& asdu, Bytes elements) {
  if (!asdu.type) return Operation::other;
  auto const op = asdu.type->operation;
  if (op == Operation::configure || op == Operation::report) return op;
  if (is(asdu, Cause::deactivation) || is(asdu, Cause::deactivation_con)) return Operation::other;
  return (op == Operation::control || op == Operation::write) && selects(asdu, elements) ? Operation::select : op;
}

bool commands(AsduType const& type) { return (type.id >= 45 && type.id <= 64) || (type.id >= 110 && type.id <= 112); }

void describe_apci(Apci const& apci, FieldSink& sink) {
  sink.field("iec104.apdu_length", std::uint64_t{apci.length});
  sink.field("iec104.frame_type", static_cast<std::uint64_t>(apci.format));
  if (apci.format == Format::u) sink.field("iec104.u_function", std::uint64_t{apci.u_function});
  if (apci.format == Format::i) sink.field("iec104.send_sequence_number", std::uint64_t{apci.send});
  if (apci.format != Format::u) sink.field("iec104.receive_sequence_number", std::uint64_t{apci.receive});
}

void describe_identifier(Asdu const& asdu, FieldSink& sink) {
  auto const cause_at = std::size_t{2};
  auto const address_at = cause_at + asdu.sizes.cause;
  if (asdu.known < 1) return;
  sink.field("iec104.type_id", std::uint64_t{asdu.type_id});
  if (asdu.type) sink.field("iec104.type", asdu.type->name);
  if (asdu.known < cause_at) return;
  sink.field("iec104.sq", asdu.sequence);
  sink.field("iec104.number_of_objects", std::uint64_t{asdu.count});
  if (asdu.known <= cause_at) return;
  sink.field("iec104.cause", std::uint64_t{asdu.cause});
  sink.field("iec104.negative", asdu.negative);
  sink.field("iec104.test", asdu.test);
  if (asdu.known < address_at) return;
  if (asdu.originator_address) sink.field("iec104.originator_address", std::uint64_t{*asdu.originator_address});
  if (asdu.known < identifier_octets(asdu.sizes)) return;
  sink.field("iec104.common_address", std::uint64_t{asdu.common_address});
}

void describe_object(Asdu const& asdu, Object const& object, FieldSink& sink) {
  if (!asdu.without_addresses) sink.field("iec104.ioa", std::uint64_t{object.address});
  if (!asdu.type) {
    sink.field("iec104.opaque_octets", std::uint64_t{object.elements.size()});
    return;
  }
  Reader in(object.elements);
  for (auto element : asdu.type->elements) {
    if (element == Element::none || element == Element::segment) break;
    describe(element, in.take(octets(element)), sink);
  }
}

}  // namespace

std::optional<bool> sent_by_controlling(Asdu const& asdu) {
  if (!asdu.type || is(asdu, Cause::file)) return std::nullopt;
  if (asdu.type_id < 45 || asdu.type_id == 70) return false;
  if (is(asdu, Cause::activation) || is(asdu, Cause::deactivation) || asdu.type_id == 102) {
    return !from_to(asdu, Cause::unknown_type, Cause::unknown_object_address);
  }
  if (role(asdu, std::nullopt) == Role::response) return false;
  return std::nullopt;
}

void classify(Asdu const& asdu, std::optional<bool> control_direction, Observation& observation) {
  observation.code = asdu.type_id;
  observation.subcode = asdu.cause;
  observation.role = role(asdu, control_direction);
  observation.status = status(asdu, observation.role);
  observation.target.unit = asdu.common_address;
  observation.target.count = asdu.count;
  auto const first = Objects(asdu).next();
  if (first) observation.target.object = first->address;
  observation.operation = operation(asdu, first ? first->elements : Bytes());
  if (!first || !asdu.type || !commands(*asdu.type)) return;
  auto const element = asdu.type->elements[0];
  observation.value = number(row(element).parts[0], little_endian(first->elements.first(octets(element))));
}

void describe(void const* message, FieldSink& sink) {
  auto const& said = *static_cast<Message const*>(message);
  describe_apci(said.apci, sink);
  if (auto const control = said.session.control_direction(said.way)) {
    sink.field("iec104.direction", *control ? std::string_view("control") : std::string_view("monitor"));
  }
  auto const open = said.session.unacknowledged(said.way);
  if (open && said.apci.format == Format::i) sink.field("iec104.unacknowledged", std::uint64_t{*open});
  if (!said.asdu) return;
  describe_identifier(*said.asdu, sink);
  Objects objects(*said.asdu);
  while (auto const object = objects.next()) describe_object(*said.asdu, *object, sink);
  if (objects.lone_address()) sink.field("iec104.ioa", std::uint64_t{*objects.lone_address()});
}

}  // namespace greywatch::agent::iec104
