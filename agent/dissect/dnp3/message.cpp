#include "agent/dissect/dnp3/message.hpp"

#include "agent/dissect/dnp3/dnp3.hpp"

namespace greywatch::agent::dnp3 {
namespace {

constexpr std::uint8_t device_attributes = 0, binary_commands = 12, deadbands = 34, analog_commands = 41, times = 50,
                       classes = 60, files = 70, authentication = 120;

/// A status that is worse than success stays.
void worsen(std::optional<Status>& status, Status other) {
  if (!status || *status == Status::ok) status = other;
}

void read_statuses(ObjectHeader const& header, Bytes octets, Content& content, Emitter& emitter) {
  Reader in(octets);
  for (auto element : header.type->elements) {
    if (element == Element::none) break;
    auto const part = take(element, in);
    if (!in || part.empty()) break;
    if (element == Element::control_status) {
      auto const code = static_cast<std::uint8_t>(part[0] & 0x7f);
      auto const status = control_status(code);
      if (!status) emitter.unknown("control_status", code);
      worsen(content.control, status.value_or(Status::failed));
    }
    if (element == Element::file_status) worsen(content.file, file_status(part[0]));
  }
}

/// The control code of a relay output block, the set-point, the deadband, the bit.
std::optional<double> first_value(ObjectHeader const& header, Point const& point) {
  if (header.type->layout == Layout::bits) return point.bits;
  if (header.group == binary_commands && !point.octets.empty()) return point.octets[0];
  if (header.group != analog_commands && header.group != deadbands) return std::nullopt;
  auto const element = header.type->elements[0];
  if (point.octets.size() < octets(element)) return std::nullopt;
  return number(row(element).parts[0], little_endian(point.octets.first(octets(element))));
}

void read_points(Fragment const& fragment, ObjectHeader const& header, Content& content, Emitter& emitter) {
  if (header.type == nullptr || !header.data) return;
  if (!fragment.is_response()) {
    Points points(header);
    if (auto const point = points.next(); point && !content.value) content.value = first_value(header, *point);
    return;
  }
  if (header.group == authentication && header.variation == 7) content.authentication_error = true;
  if (header.group != binary_commands && header.group != analog_commands && header.group != files) return;
  if (header.type->layout != Layout::elements) return;
  Points points(header);
  while (auto const point = points.next()) read_statuses(header, point->octets, content, emitter);
}

Target target_of(std::uint32_t unit, ObjectHeader const& header) {
  auto index = header.start;
  Points points(header);
  if (header.has_index())
    if (auto const first = points.next()) index = first->index.value_or(0);
  // A header without points of its own (a class, "all") is about one thing.
  auto const count = std::max<std::uint64_t>(header.count, 1);
  return {.unit = unit,
          .object = pack(header.group, header.variation, static_cast<std::uint32_t>(index)),
          .count = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, UINT32_MAX)),
          .name = {}};
}

/// What a response answers, as far as its objects tell.
Operation answered_operation(std::uint8_t group) {
  switch (group) {
    case device_attributes:
      return Operation::diagnose;
    case binary_commands:
    case analog_commands:
      return Operation::control;
    case files:
      return Operation::file;
    default:
      return Operation::other;
  }
}

Status status_of(Fragment const& fragment, Content const& content) {
  if (fragment.iin & iin::no_func_code_support) return Status::unsupported;
  if (fragment.iin & iin::object_unknown) return Status::unknown_object;
  if (content.authentication_error) return Status::refused;
  if (content.control && *content.control != Status::ok) return *content.control;
  if (content.file && *content.file != Status::ok) return *content.file;
  if (fragment.iin & (iin::parameter_error | iin::already_executing)) return Status::refused;
  return Status::ok;
}

}  // namespace

Content read_content(Fragment const& fragment, Emitter& emitter) {
  Content content;
  ObjectHeaders headers(fragment);
  while (auto const header = headers.next()) {
    if (!content.first) content.first = header;
    if (header->type == nullptr)
      emitter.unknown("object", static_cast<std::uint32_t>(header->group << 8 | header->variation));
    if (header->group == classes && header->variation >= 1 && header->variation <= 4)
      content.classes |= 1u << (header->variation - 1);
    read_points(fragment, *header, content, emitter);
  }
  content.malformed = headers.malformed;
  return content;
}

Operation operation_of(Function const* function, std::uint8_t group) {
  if (function == nullptr) return Operation::other;
  auto const operation = function->operation;
  bool const writes = operation == Operation::write && function->carries == Carries::objects;
  if (operation == Operation::read && group == files) return Operation::file;
  if (operation == Operation::read && group == device_attributes && function->code == 1) return Operation::diagnose;
  if (!writes) return operation;
  switch (group) {
    case device_attributes:
    case deadbands:
    case 85:  // data sets: prototypes, descriptors, their points
    case 86:
      return Operation::configure;
    case times:
      return Operation::time;
    case files:
      return Operation::file;
    default:
      return operation;
  }
}

void classify(Fragment const& fragment, Content const& content, Observation& observation) {
  observation.code = fragment.code;
  observation.role = !fragment.is_response()                           ? Role::request
                     : fragment.is(FunctionCode::unsolicited_response) ? Role::unsolicited
                                                                       : Role::response;
  // Of objects that a message without any has, the group is none.
  std::uint8_t const group = content.first ? content.first->group : 255;
  observation.operation =
      fragment.is(FunctionCode::response) ? answered_operation(group) : operation_of(fragment.function, group);
  if (content.first) observation.target = target_of(observation.target.unit, *content.first);
  if (!fragment.is_response()) {
    observation.subcode = content.classes;
    observation.value = content.value;
  }
  if (observation.role == Role::response) observation.status = status_of(fragment, content);
}

}  // namespace greywatch::agent::dnp3
