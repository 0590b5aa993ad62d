#include <algorithm>
#include <array>
#include <optional>

#include "agent/dissect/amqp/message.hpp"

namespace greywatch::agent::amqp {
namespace {

/// An encoded value. Lists, maps and arrays carry their size: what is nested is passed over without being entered.
/// AMQP 1.0, 1.2 and 1.6.
struct Value {
  std::uint8_t code = 0x40;  ///< of the constructor; null where there is no value
  std::optional<std::uint64_t> descriptor;
  Bytes octets;             ///< as encoded: of compound ones behind the count
  std::uint32_t count = 0;  ///< of compound ones
  std::uint64_t number = 0;
};

constexpr unsigned most_descriptors = 4;  ///< one within the other

Result<Value> read_value(Reader& in) {
  Value value;
  value.code = in.u8();
  for (unsigned depth = 0; value.code == 0; ++depth) {
    if (depth == most_descriptors) return fail({Defect::too_deep, in.at(), "amqp.descriptor"});
    auto const code = in.u8();
    std::optional<std::uint64_t> descriptor;
    if (code == 0x53)
      descriptor = in.u8();
    else if (code == 0x80)
      descriptor = in.be64();
    else if (code == 0x44)
      descriptor = 0;
    else if (code == 0xA3)
      in.skip(in.u8());
    else if (code == 0xB3)
      in.skip(in.be32());
    else
      return fail({Defect::bad_value, in.at(), "amqp.descriptor"});
    if (depth == 0) value.descriptor = descriptor;
    value.code = in.u8();
    if (!in) return fail(in.error("amqp.descriptor"));
  }
  constexpr std::array<std::uint8_t, 6> widths = {0, 1, 2, 4, 8, 16};
  auto const high = value.code >> 4;
  if (high >= 4 && high <= 9) {
    value.octets = in.take(widths[high - 4U]);
    if (value.octets.size() <= 8)
      for (auto octet : value.octets) value.number = value.number << 8 | octet;
    if (value.code == 0x41) value.number = 1;
  } else if (high == 0xA || high == 0xB) {
    value.octets = in.take(high == 0xA ? in.u8() : in.be32());
  } else if (high >= 0xC) {
    bool const narrow = (high & 1) == 0;
    std::uint32_t const size = narrow ? in.u8() : in.be32();
    Reader inner(in.take(size));
    value.count = narrow ? inner.u8() : inner.be32();
    if (in && !inner) return fail({Defect::bad_length, in.at(), "amqp.size"});
    value.octets = inner.rest();
  } else {
    return fail({Defect::bad_value, in.at(), "amqp.constructor"});
  }
  if (!in) return fail(in.error("amqp.value"));
  return value;
}

bool is_list(Value const& value) { return value.code == 0x45 || value.code == 0xC0 || value.code == 0xD0; }
bool is_text(Value const& value) {
  return (value.code >> 4 == 0xA || value.code >> 4 == 0xB) && (value.code & 15) != 0;
}
bool is_number(Value const& value) {
  constexpr std::uint8_t codes[] = {0x43, 0x44, 0x50, 0x52, 0x53, 0x60, 0x70, 0x80};
  return std::ranges::find(codes, value.code) != std::end(codes);
}
bool is_bool(Value const& value) { return value.code == 0x41 || value.code == 0x42 || value.code == 0x56; }

/// The element of a list at `place`; null where it is left out or cannot be read.
Value element(Value const& list, unsigned place) {
  Reader in(list.octets);
  for (unsigned at = 0; is_list(list) && at < list.count && at <= place; ++at) {
    auto const value = read_value(in);
    if (!value) break;
    if (at == place) return *value;
  }
  return {};
}

/// `terminus` has an address, `error` a condition and a description, `state` is an outcome, `names` one or several
/// symbols, `count` octets of which only the number is shown.
enum class Kind : std::uint8_t { none, text, number, flag, terminus, error, state, names, count };
using enum Kind;

struct Field {
  std::string_view name;
  Kind kind = none;
};
struct Performative {
  std::uint8_t descriptor;
  std::string_view name;
  Operation operation;
  Role role;
  std::array<Field, 11> fields;
};

constexpr Field skipped{"", count};

/// AMQP 1.0, 2.7 and 5.3.3. An initial response is of SASL PLAIN only its user name, of others nothing.
constexpr Performative performatives[] = {
    {0x10,
     "open",
     Operation::session,
     Role::unsolicited,
     {{{"amqp.container_id", text},
       {"amqp.hostname", text},
       {"amqp.max_frame_size", number},
       {"amqp.channel_max", number},
       {"amqp.idle_time_out", number}}}},
    {0x11,
     "begin",
     Operation::session,
     Role::unsolicited,
     {{{"amqp.remote_channel", number},
       {"amqp.next_outgoing_id", number},
       {"amqp.incoming_window", number},
       {"amqp.outgoing_window", number},
       {"amqp.handle_max", number}}}},
    {0x12,
     "attach",
     Operation::session,
     Role::unsolicited,
     {{{"amqp.link_name", text},
       {"amqp.handle", number},
       {"amqp.receiver", flag},
       {"amqp.snd_settle_mode", number},
       {"amqp.rcv_settle_mode", number},
       {"amqp.source", terminus},
       {"amqp.target", terminus},
       skipped,
       skipped,
       {"amqp.initial_delivery_count", number},
       {"amqp.max_message_size", number}}}},
    {0x13,
     "flow",
     Operation::session,
     Role::unsolicited,
     {{{"amqp.next_incoming_id", number},
       {"amqp.incoming_window", number},
       {"amqp.next_outgoing_id", number},
       {"amqp.outgoing_window", number},
       {"amqp.handle", number},
       {"amqp.delivery_count", number},
       {"amqp.link_credit", number},
       {"amqp.available", number},
       {"amqp.drain", flag},
       {"amqp.echo", flag}}}},
    {0x14,
     "transfer",
     Operation::report,
     Role::unsolicited,
     {{{"amqp.handle", number},
       {"amqp.delivery_id", number},
       {"amqp.delivery_tag_length", count},
       {"amqp.message_format", number},
       {"amqp.settled", flag},
       {"amqp.more", flag},
       {"amqp.rcv_settle_mode", number},
       {"amqp.state", state},
       {"amqp.resume", flag},
       {"amqp.aborted", flag},
       {"amqp.batchable", flag}}}},
    {0x15,
     "disposition",
     Operation::session,
     Role::unsolicited,
     {{{"amqp.receiver", flag},
       {"amqp.first", number},
       {"amqp.last", number},
       {"amqp.settled", flag},
       {"amqp.state", state},
       {"amqp.batchable", flag}}}},
    {0x16,
     "detach",
     Operation::session,
     Role::unsolicited,
     {{{"amqp.handle", number}, {"amqp.closed", flag}, {"amqp.error", error}}}},
    {0x17, "end", Operation::session, Role::unsolicited, {{{"amqp.error", error}}}},
    {0x18, "close", Operation::session, Role::unsolicited, {{{"amqp.error", error}}}},
    {0x40, "sasl-mechanisms", Operation::session, Role::request, {{{"amqp.mechanism", names}}}},
    {0x41,
     "sasl-init",
     Operation::session,
     Role::request,
     {{{"amqp.mechanism", text}, skipped, {"amqp.hostname", text}}}},
    {0x42, "sasl-challenge", Operation::session, Role::request, {{{"amqp.challenge_length", count}}}},
    {0x43, "sasl-response", Operation::session, Role::response, {{skipped}}},
    {0x44, "sasl-outcome", Operation::session, Role::response, {{{"amqp.sasl_code", number}}}},
};

Performative const* find_performative(std::uint64_t descriptor) {
  auto const* const row = std::ranges::find(performatives, descriptor, &Performative::descriptor);
  return row == std::end(performatives) ? nullptr : row;
}

/// AMQP 1.0, 3.4.
std::string_view name_of_state(std::uint64_t descriptor) {
  constexpr std::string_view states[] = {"received", "accepted", "rejected", "released", "modified"};
  return descriptor >= 0x23 && descriptor <= 0x27 ? states[descriptor - 0x23] : std::string_view{};
}

/// AMQP 1.0, 2.8.15 to 2.8.18.
Status status_of_condition(std::string_view condition) {
  if (condition == "amqp:not-found") return Status::unknown_object;
  if (condition == "amqp:not-implemented") return Status::unsupported;
  if (condition == "amqp:unauthorized-access" || condition == "amqp:not-allowed" || condition == "amqp:resource-locked")
    return Status::refused;
  return Status::failed;
}

void take_error(Value const& value, Message& message, FieldSink* sink) {
  if (!is_list(value)) return;
  auto const condition = element(value, 0);
  auto const description = element(value, 1);
  message.status = status_of_condition(as_text(condition.octets));
  if (sink == nullptr) return;
  if (is_text(condition)) sink->field("amqp.error.condition", as_text(condition.octets));
  if (is_text(description)) sink->field("amqp.error.description", as_text(description.octets));
}

void take_names(Value const& value, FieldSink* sink) {
  if (sink == nullptr) return;
  if (is_text(value)) sink->field("amqp.mechanism", as_text(value.octets));
  if (value.code != 0xE0 && value.code != 0xF0) return;
  Reader in(value.octets);
  auto const code = in.u8();
  if (code != 0xA3 && code != 0xB3) return;
  for (std::uint32_t at = 0; at < value.count && in.left() > 0; ++at) {
    auto const name = in.take(code == 0xA3 ? in.u8() : in.be32());
    if (in) sink->field("amqp.mechanism", as_text(name));
  }
}

struct Link {
  std::string_view source, target;
  bool receiver = false;
};

void take_field(Field const& field, Value const& value, Message& message, Link& link, FieldSink* sink) {
  switch (field.kind) {
    case text:
      if (is_text(value) && sink != nullptr) sink->field(field.name, as_text(value.octets));
      break;
    case number:
      if (is_number(value) && sink != nullptr) sink->field(field.name, value.number);
      if (is_number(value) && field.name == "amqp.sasl_code")
        message.status = value.number == 0 ? Status::ok : value.number == 1 ? Status::refused : Status::failed;
      break;
    case flag:
      if (!is_bool(value)) break;
      if (field.name == "amqp.receiver") link.receiver = value.number != 0;
      if (sink != nullptr) sink->field(field.name, value.number != 0);
      break;
    case terminus: {
      auto const address = element(value, 0);
      if (!is_text(address)) break;
      (field.name == "amqp.source" ? link.source : link.target) = as_text(address.octets);
      if (sink != nullptr) sink->field(field.name, as_text(address.octets));
      break;
    }
    case error:
      take_error(value, message, sink);
      break;
    case state: {
      auto const name = value.descriptor ? name_of_state(*value.descriptor) : std::string_view{};
      if (!name.empty() && sink != nullptr) sink->field(field.name, name);
      if (name == "accepted") message.status = Status::ok;
      if (name != "rejected") break;
      message.status = Status::refused;
      take_error(element(value, 0), message, sink);
      break;
    }
    case names:
      take_names(value, sink);
      break;
    case count:
      if (sink != nullptr && !field.name.empty()) sink->field(field.name, std::uint64_t{value.octets.size()});
      break;
    case none:
      break;
  }
}

void refuse_at(Message& message, std::size_t base, Malformed why) {
  why.offset = std::min(base + why.offset, message.octets.size());
  message.malformed = why;
}

}  // namespace

bool like_modern(Layout const& layout, Bytes body) {
  if (layout.whole == layout.body) return layout.type == 0 && layout.whole == 8;
  Reader in(body);
  auto const head = in.be16();
  auto const descriptor = in.u8();
  if (!in || head != 0x0053) return false;
  return find_performative(descriptor) != nullptr && (descriptor >= 0x40) == (layout.type == 1);
}

std::string_view plain_user(Bytes response) {
  auto const said = as_text(response);
  auto const first = said.find('\0');
  if (first == std::string_view::npos) return {};
  auto const second = said.find('\0', first + 1);
  if (second == std::string_view::npos) return {};  // else what follows might be the password
  return said.substr(first + 1, second - first - 1);
}

void read_modern(Message& message, FieldSink* sink) {
  message.code = 0x10000;
  if (message.layout.whole == message.layout.body) {
    message.name = "heartbeat";
    return;
  }
  Reader in(message.body);
  // The list's own size may reach beyond what is read of a long frame: then only its name is known.
  auto const list = read_value(in);
  if (!list) {
    if (!message.cut) refuse_at(message, message.layout.body, list.error());
    return;
  }
  if (!list->descriptor || !is_list(*list)) {
    refuse_at(message, message.layout.body, {Defect::bad_value, 0, "amqp.performative"});
    return;
  }
  message.code |= static_cast<std::uint32_t>(*list->descriptor & 0xFFFF);
  auto const* const row = find_performative(*list->descriptor);
  if (row == nullptr) {
    message.operation = Operation::other;
    message.unknown_table = "performative";
    message.unknown_code = static_cast<std::uint32_t>(*list->descriptor);
    return;
  }
  message.name = row->name;
  message.operation = row->operation;
  message.role = row->role;
  Link link;
  Reader fields(list->octets);
  Value mechanism;
  for (std::uint32_t at = 0; at < list->count && at < row->fields.size(); ++at) {
    auto const from = fields.at();
    auto const value = read_value(fields);
    if (!value) {
      refuse_at(message, static_cast<std::size_t>(list->octets.data() - message.octets.data()) + from,
                {value.error().defect, 0, value.error().field});
      return;
    }
    if (row->descriptor == 0x41 && at == 0) mechanism = *value;
    if (row->descriptor == 0x41 && at == 1 && sink != nullptr && as_text(mechanism.octets) == "PLAIN")
      sink->field("amqp.user_name", plain_user(value->octets));
    take_field(row->fields[at], *value, message, link, sink);
  }
  message.object = link.receiver || link.target.empty() ? link.source : link.target;
  if (row->descriptor == 0x14 && sink != nullptr)
    sink->field("amqp.payload_length", static_cast<std::uint64_t>(message.layout.end - message.layout.body - in.at()));
}

}  // namespace greywatch::agent::amqp
