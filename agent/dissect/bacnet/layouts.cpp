#include "agent/dissect/bacnet/layout.hpp"

namespace greywatch::agent::bacnet {
namespace {

// Places of groups; each table has its own.
constexpr std::uint8_t front = 0, list = 1, inner = 2, innermost = 3, other = 4;

constexpr Part told(std::uint8_t inside, std::uint8_t number, Type type, std::string_view field, bool needed = true) {
  return {.inside = inside, .number = number, .type = type, .field = field, .needed = needed};
}
constexpr Part object(std::uint8_t inside, std::uint8_t number, bool needed = true) {
  return {inside, number, Type::object_identifier, Means::object, "bacnet.object", needed};
}
constexpr Part property(std::uint8_t inside, std::uint8_t number) {
  return {inside, number, Type::enumerated, Means::property, "bacnet.property", true};
}
constexpr Part index(std::uint8_t inside, std::uint8_t number) {
  return {inside, number, Type::unsigned_integer, Means::array_index, "bacnet.array_index", false};
}
constexpr Part priority(std::uint8_t inside, std::uint8_t number) {
  return {inside, number, Type::unsigned_integer, Means::priority, "bacnet.priority", false};
}
constexpr Part value(std::uint8_t inside, std::uint8_t number, bool needed = true) {
  return {inside, number, Type::untold, Means::value, "bacnet.value", needed};
}
constexpr Part group(std::uint8_t inside, std::uint8_t number, std::uint8_t opens, bool needed = true) {
  return {inside, number, Type::untold, Means::group, {}, needed, opens};
}
constexpr Part passed(std::uint8_t inside, std::uint8_t number, bool needed = true) {
  return {inside, number, Type::untold, Means::passed, {}, needed};
}
constexpr Part secret(std::uint8_t number) { return {front, number, Type::character_string, Means::secret, {}, false}; }
constexpr Part in_order(Part part) {
  part.application = true;
  return part;
}
constexpr Part error_class(std::uint8_t inside) {
  return in_order({inside, 0, Type::enumerated, Means::error_class, "bacnet.error_class", inside == front});
}
constexpr Part error_code(std::uint8_t inside) {
  return in_order({inside, 1, Type::enumerated, Means::error_code, "bacnet.error_code", inside == front});
}

using enum Type;

// 13.5 to 13.13
constexpr Part acknowledge_alarm[] = {
    told(front, 0, unsigned_integer, "bacnet.acknowledging_process_id"),
    object(front, 1),
    told(front, 2, enumerated, "bacnet.acknowledged_state"),
    passed(front, 3),
    told(front, 4, character_string, "bacnet.text"),
    passed(front, 5),
};
constexpr Part cov_notification[] = {
    told(front, 0, unsigned_integer, "bacnet.process_id"),
    told(front, 1, object_identifier, "bacnet.device"),
    object(front, 2),
    told(front, 3, unsigned_integer, "bacnet.time_remaining"),
    group(front, 4, list),
    property(list, 0),
    index(list, 1),
    value(list, 2),
    priority(list, 3),
};
constexpr Part event_notification[] = {
    told(front, 0, unsigned_integer, "bacnet.process_id"),
    told(front, 1, object_identifier, "bacnet.device"),
    object(front, 2),
    passed(front, 3),
    told(front, 4, unsigned_integer, "bacnet.notification_class"),
    told(front, 5, unsigned_integer, "bacnet.event_priority"),
    told(front, 6, enumerated, "bacnet.event_type"),
    told(front, 7, character_string, "bacnet.text", false),
    told(front, 8, enumerated, "bacnet.notify_type"),
    told(front, 9, boolean, "bacnet.ack_required", false),
    told(front, 10, enumerated, "bacnet.from_state", false),
    told(front, 11, enumerated, "bacnet.to_state", false),
    passed(front, 12, false),
};
constexpr Part get_event_information[] = {object(front, 0, false)};
constexpr Part event_information[] = {
    group(front, 0, list), object(list, 0), told(list, 1, enumerated, "bacnet.event_state"),
    passed(list, 2),       passed(list, 3), told(list, 4, enumerated, "bacnet.notify_type"),
    passed(list, 5),       passed(list, 6), told(front, 1, boolean, "bacnet.more_events"),
};
constexpr Part life_safety_operation[] = {
    told(front, 0, unsigned_integer, "bacnet.requesting_process_id"),
    told(front, 1, character_string, "bacnet.text"),
    {front, 2, enumerated, Means::state, "bacnet.life_safety_operation"},
    object(front, 3, false),
};
constexpr Part subscribe_cov[] = {
    told(front, 0, unsigned_integer, "bacnet.subscriber_process_id"),
    object(front, 1),
    told(front, 2, boolean, "bacnet.issue_confirmed", false),
    told(front, 3, unsigned_integer, "bacnet.lifetime", false),
    group(front, 4, list, false),  // of subscribeCOVProperty
    property(list, 0),
    index(list, 1),
    told(front, 5, real, "bacnet.cov_increment", false),
};
constexpr Part subscribe_cov_multiple[] = {
    told(front, 0, unsigned_integer, "bacnet.subscriber_process_id"),
    told(front, 1, boolean, "bacnet.issue_confirmed", false),
    told(front, 2, unsigned_integer, "bacnet.lifetime", false),
    told(front, 3, unsigned_integer, "bacnet.notification_delay", false),
    group(front, 4, list),
    object(list, 0),
    group(list, 1, inner),
    group(inner, 0, innermost),
    property(innermost, 0),
    index(innermost, 1),
    told(inner, 1, real, "bacnet.cov_increment"),
    told(inner, 2, boolean, "bacnet.timestamped"),
};
constexpr Part cov_notification_multiple[] = {
    told(front, 0, unsigned_integer, "bacnet.process_id"),
    told(front, 1, object_identifier, "bacnet.device"),
    told(front, 2, unsigned_integer, "bacnet.time_remaining"),
    passed(front, 3, false),
    group(front, 4, list),
    object(list, 0),
    group(list, 1, inner),
    property(inner, 0),
    index(inner, 1),
    value(inner, 2),
    passed(inner, 3),
};

// 14
constexpr Part read_file[] = {
    in_order(object(front, 0)),
    group(front, 0, list, false),
    group(front, 1, list, false),
    in_order(told(list, 0, signed_integer, "bacnet.file_start")),
    in_order(told(list, 1, unsigned_integer, "bacnet.file_count")),
};
constexpr Part read_file_answer[] = {
    in_order(told(front, 0, boolean, "bacnet.end_of_file")),
    group(front, 0, list, false),
    group(front, 1, list, false),
    in_order(told(list, 0, signed_integer, "bacnet.file_start")),
};
constexpr Part write_file[] = {
    in_order(object(front, 0)),
    group(front, 0, list, false),
    group(front, 1, list, false),
    in_order(told(list, 0, signed_integer, "bacnet.file_start")),
};
constexpr Part write_file_answer[] = {
    told(front, 0, signed_integer, "bacnet.file_start", false),
    told(front, 1, signed_integer, "bacnet.file_start", false),
};

// 15
constexpr Part list_element[] = {object(front, 0), property(front, 1), index(front, 2), value(front, 3)};
constexpr Part create_object[] = {
    group(front, 0, list), told(list, 0, enumerated, "bacnet.new_object_type"),
    object(list, 1),       group(front, 1, inner, false),
    property(inner, 0),    index(inner, 1),
    value(inner, 2),       priority(inner, 3),
};
constexpr Part one_object[] = {in_order(object(front, 0))};
constexpr Part read_property[] = {object(front, 0), property(front, 1), index(front, 2)};
constexpr Part read_property_answer[] = {object(front, 0), property(front, 1), index(front, 2), value(front, 3)};
constexpr Part read_multiple[] = {object(front, 0), group(front, 1, list), property(list, 0), index(list, 1)};
constexpr Part read_multiple_answer[] = {
    object(front, 0, false), group(front, 1, list, false), property(list, 2),  index(list, 3),
    value(list, 4),          group(list, 5, inner),        error_class(inner), error_code(inner),
};
constexpr Part read_range[] = {
    object(front, 0),        property(front, 1),      index(front, 2),
    passed(front, 3, false), passed(front, 6, false), passed(front, 7, false),
};
constexpr Part read_range_answer[] = {
    object(front, 0),
    property(front, 1),
    index(front, 2),
    told(front, 3, bit_string, "bacnet.result_flags"),
    told(front, 4, unsigned_integer, "bacnet.item_count"),
    value(front, 5),
    told(front, 6, unsigned_integer, "bacnet.first_sequence_number", false),
};
constexpr Part write_property[] = {object(front, 0), property(front, 1), index(front, 2), value(front, 3),
                                   priority(front, 4)};
constexpr Part write_multiple[] = {object(front, 0), group(front, 1, list), property(list, 0),
                                   index(list, 1),   value(list, 2),        priority(list, 3)};
constexpr Part write_group[] = {
    told(front, 0, unsigned_integer, "bacnet.group"),
    priority(front, 1),
    group(front, 2, list),
    told(list, 0, unsigned_integer, "bacnet.channel"),
    told(list, 1, unsigned_integer, "bacnet.overriding_priority"),
    told(front, 3, boolean, "bacnet.inhibit_delay", false),
};

// 16
constexpr Part communication_control[] = {
    told(front, 0, unsigned_integer, "bacnet.duration", false),
    {front, 1, enumerated, Means::state, "bacnet.enable_disable"},
    secret(2),
};
constexpr Part reinitialize[] = {{front, 0, enumerated, Means::state, "bacnet.reinitialized_state"}, secret(1)};
constexpr Part private_transfer[] = {
    told(front, 0, unsigned_integer, "bacnet.vendor_id"),
    told(front, 1, unsigned_integer, "bacnet.private_service"),
    {front, 2, Type::untold, Means::opaque, "bacnet.private_parameters", false},
};
constexpr Part text_message[] = {
    told(front, 0, object_identifier, "bacnet.device"),
    group(front, 1, list, false),
    told(list, 0, unsigned_integer, "bacnet.message_class"),
    told(list, 1, character_string, "bacnet.message_class_text"),
    told(front, 2, enumerated, "bacnet.message_priority"),
    told(front, 3, character_string, "bacnet.text"),
};
constexpr Part time_synchronization[] = {
    in_order(told(front, 0, date, "bacnet.date")),
    in_order(told(front, 1, time, "bacnet.time")),
};
constexpr Part who_is[] = {
    told(front, 0, unsigned_integer, "bacnet.low_limit", false),
    told(front, 1, unsigned_integer, "bacnet.high_limit", false),
};
constexpr Part who_has[] = {
    told(front, 0, unsigned_integer, "bacnet.low_limit", false),
    told(front, 1, unsigned_integer, "bacnet.high_limit", false),
    object(front, 2, false),
    told(front, 3, character_string, "bacnet.object_name", false),
};
constexpr Part i_am[] = {
    in_order(object(front, 0)),
    in_order(told(front, 1, unsigned_integer, "bacnet.max_apdu_length")),
    in_order(told(front, 2, enumerated, "bacnet.segmentation")),
    in_order(told(front, 3, unsigned_integer, "bacnet.vendor_id")),
};
constexpr Part i_have[] = {
    in_order(told(front, 0, object_identifier, "bacnet.device")),
    in_order(object(front, 1)),
    in_order(told(front, 2, character_string, "bacnet.object_name")),
};
constexpr Part who_am_i[] = {
    in_order(told(front, 0, unsigned_integer, "bacnet.vendor_id")),
    in_order(told(front, 1, character_string, "bacnet.model_name")),
    in_order(told(front, 2, character_string, "bacnet.serial_number")),
};
constexpr Part you_are[] = {
    in_order(told(front, 0, unsigned_integer, "bacnet.vendor_id")),
    in_order(told(front, 1, character_string, "bacnet.model_name")),
    in_order(told(front, 2, character_string, "bacnet.serial_number")),
    // One of them, or both.
    in_order(object(front, 3, false)),
    in_order(told(front, 3, octet_string, "bacnet.assigned_address", false)),
    in_order(told(front, 4, octet_string, "bacnet.assigned_address", false)),
};

// 21, Error
constexpr Part error[] = {error_class(front), error_code(front)};
constexpr Part write_multiple_error[] = {
    group(front, 0, list), error_class(list),  error_code(list), group(front, 1, inner),
    object(inner, 0),      property(inner, 1), index(inner, 2),
};
constexpr Part element_error[] = {
    group(front, 0, list),
    error_class(list),
    error_code(list),
    told(front, 1, unsigned_integer, "bacnet.first_failed_element"),
};
constexpr Part private_error[] = {
    group(front, 0, list),
    error_class(list),
    error_code(list),
    told(front, 1, unsigned_integer, "bacnet.vendor_id"),
    told(front, 2, unsigned_integer, "bacnet.private_service"),
    passed(front, 3, false),
};
constexpr Part other_error[] = {group(front, 0, list), error_class(list), error_code(list), passed(front, 1, false)};
constexpr Part subscription_error[] = {
    group(front, 0, list, false),
    error_class(list),
    error_code(list),
    group(front, 1, inner, false),
    object(inner, 0),
    group(inner, 1, innermost),
    property(innermost, 0),
    index(innermost, 1),
    group(inner, 2, other),
    error_class(other),
    error_code(other),
};

// clang-format off
struct Row {
  std::uint8_t service;
  Layout layout;
};
constexpr Row requests[] = {
    {0, acknowledge_alarm}, {1, cov_notification}, {2, event_notification}, {5, subscribe_cov}, {6, read_file},
    {7, write_file}, {8, list_element}, {9, list_element}, {10, create_object}, {11, one_object},
    {12, read_property}, {14, read_multiple}, {15, write_property}, {16, write_multiple}, {17, communication_control},
    {18, private_transfer}, {19, text_message}, {20, reinitialize}, {26, read_range}, {27, life_safety_operation},
    {28, subscribe_cov}, {29, get_event_information}, {30, subscribe_cov_multiple}, {31, cov_notification_multiple},
};
constexpr Row answers[] = {
    {6, read_file_answer}, {7, write_file_answer}, {10, one_object}, {12, read_property_answer},
    {14, read_multiple_answer}, {18, private_transfer}, {26, read_range_answer}, {29, event_information},
};
constexpr Row said_to_all[] = {
    {0, i_am}, {1, i_have}, {2, cov_notification}, {3, event_notification}, {4, private_transfer}, {5, text_message},
    {6, time_synchronization}, {7, who_has}, {8, who_is}, {9, time_synchronization}, {10, write_group},
    {11, cov_notification_multiple}, {13, who_am_i}, {14, you_are},
};
constexpr Row errors[] = {
    {8, element_error}, {9, element_error}, {10, element_error}, {16, write_multiple_error}, {18, private_error},
    {22, other_error}, {30, subscription_error},
};
// clang-format on

std::optional<Layout> find(std::span<Row const> rows, std::uint8_t service) {
  for (auto const& row : rows) {
    if (row.service == service) return row.layout;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Layout> layout_of(Kind kind, std::uint8_t service) {
  switch (kind) {
    case Kind::confirmed_request:
      return find(requests, service);
    case Kind::unconfirmed_request:
      return find(said_to_all, service);
    case Kind::complex_ack:
      return find(answers, service);
    case Kind::error: {
      auto const own = find(errors, service);
      return own ? *own : Layout(error);
    }
    default:
      return std::nullopt;
  }
}

}  // namespace greywatch::agent::bacnet
