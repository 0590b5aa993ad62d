#include <algorithm>
#include <array>

#include "agent/dissect/amqp/message.hpp"

namespace greywatch::agent::amqp {
namespace {

/// Kinds of arguments. AMQP 0-9-1, 4.2. `secret` is a long string that is never shown.
enum class Kind : std::uint8_t { none, octet, number16, number32, number64, bit, words, text, table, secret };
using enum Kind;

struct Argument {
  std::string_view name;  ///< empty: reserved
  Kind kind = none;
};
struct Method {
  std::uint16_t class_id, method;
  std::string_view name;
  Operation operation;
  Role role;
  std::array<Argument, 9> arguments = {};
};

constexpr Argument reserved16{"", number16}, reserved_text{"", words};
constexpr Argument queue{"amqp.queue", words}, exchange{"amqp.exchange", words}, key{"amqp.routing_key", words},
    consumer{"amqp.consumer_tag", words}, no_wait{"amqp.no_wait", bit}, tag{"amqp.delivery_tag", number64},
    more_arguments{"amqp.arguments", table}, passive{"amqp.passive", bit}, durable{"amqp.durable", bit},
    exclusive{"amqp.exclusive", bit}, auto_delete{"amqp.auto_delete", bit}, reply_code{"amqp.reply_code", number16},
    reply_text{"amqp.reply_text", words}, failing_class{"amqp.failing_class", number16},
    failing_method{"amqp.failing_method", number16}, multiple{"amqp.multiple", bit}, requeue{"amqp.requeue", bit},
    channel_max{"amqp.channel_max", number16}, frame_max{"amqp.frame_max", number32},
    heartbeat{"amqp.heartbeat", number16}, active{"amqp.active", bit}, redelivered{"amqp.redelivered", bit},
    message_count{"amqp.message_count", number32}, if_unused{"amqp.if_unused", bit},
    source{"amqp.source_exchange", words}, destination{"amqp.destination_exchange", words};

constexpr auto request = Role::request;
constexpr auto response = Role::response;
constexpr auto unsolicited = Role::unsolicited;

/// AMQP 0-9-1, 1.3 and the XML definition; 10.70, 10.71, 40.30 to 40.51, 60.120 and 85 are RabbitMQ's extensions.
constexpr Method methods[] = {
    {10,
     10,
     "connection.start",
     Operation::session,
     request,
     {{{"amqp.version_major", octet},
       {"amqp.version_minor", octet},
       {"amqp.server", table},
       {"amqp.mechanism", text},
       {"amqp.locale", text}}}},
    {10,
     11,
     "connection.start-ok",
     Operation::session,
     response,
     {{{"amqp.client", table}, {"amqp.mechanism", words}, {"amqp.user_name", secret}, {"amqp.locale", words}}}},
    {10, 20, "connection.secure", Operation::session, request, {{{"", secret}}}},
    {10, 21, "connection.secure-ok", Operation::session, response, {{{"", secret}}}},
    {10, 30, "connection.tune", Operation::session, request, {{channel_max, frame_max, heartbeat}}},
    {10, 31, "connection.tune-ok", Operation::session, response, {{channel_max, frame_max, heartbeat}}},
    {10,
     40,
     "connection.open",
     Operation::session,
     request,
     {{{"amqp.virtual_host", words}, reserved_text, {"", bit}}}},
    {10, 41, "connection.open-ok", Operation::session, response, {{reserved_text}}},
    {10,
     50,
     "connection.close",
     Operation::session,
     request,
     {{reply_code, reply_text, failing_class, failing_method}}},
    {10, 51, "connection.close-ok", Operation::session, response},
    {10, 60, "connection.blocked", Operation::session, unsolicited, {{{"amqp.reason", words}}}},
    {10, 61, "connection.unblocked", Operation::session, unsolicited},
    {10, 70, "connection.update-secret", Operation::session, request, {{{"", secret}, {"amqp.reason", words}}}},
    {10, 71, "connection.update-secret-ok", Operation::session, response},
    {20, 10, "channel.open", Operation::session, request, {{reserved_text}}},
    {20, 11, "channel.open-ok", Operation::session, response, {{{"", secret}}}},
    {20, 20, "channel.flow", Operation::session, request, {{active}}},
    {20, 21, "channel.flow-ok", Operation::session, response, {{active}}},
    {20, 40, "channel.close", Operation::session, request, {{reply_code, reply_text, failing_class, failing_method}}},
    {20, 41, "channel.close-ok", Operation::session, response},
    {40,
     10,
     "exchange.declare",
     Operation::configure,
     request,
     {{reserved16,
       exchange,
       {"amqp.exchange_type", words},
       passive,
       durable,
       auto_delete,
       {"amqp.internal", bit},
       no_wait,
       more_arguments}}},
    {40, 11, "exchange.declare-ok", Operation::configure, response},
    {40, 20, "exchange.delete", Operation::configure, request, {{reserved16, exchange, if_unused, no_wait}}},
    {40, 21, "exchange.delete-ok", Operation::configure, response},
    {40,
     30,
     "exchange.bind",
     Operation::configure,
     request,
     {{reserved16, destination, source, key, no_wait, more_arguments}}},
    {40, 31, "exchange.bind-ok", Operation::configure, response},
    {40,
     40,
     "exchange.unbind",
     Operation::configure,
     request,
     {{reserved16, destination, source, key, no_wait, more_arguments}}},
    {40, 51, "exchange.unbind-ok", Operation::configure, response},
    {50,
     10,
     "queue.declare",
     Operation::configure,
     request,
     {{reserved16, queue, passive, durable, exclusive, auto_delete, no_wait, more_arguments}}},
    {50,
     11,
     "queue.declare-ok",
     Operation::configure,
     response,
     {{queue, message_count, {"amqp.consumer_count", number32}}}},
    {50,
     20,
     "queue.bind",
     Operation::configure,
     request,
     {{reserved16, queue, exchange, key, no_wait, more_arguments}}},
    {50, 21, "queue.bind-ok", Operation::configure, response},
    {50, 30, "queue.purge", Operation::configure, request, {{reserved16, queue, no_wait}}},
    {50, 31, "queue.purge-ok", Operation::configure, response, {{message_count}}},
    {50,
     40,
     "queue.delete",
     Operation::configure,
     request,
     {{reserved16, queue, if_unused, {"amqp.if_empty", bit}, no_wait}}},
    {50, 41, "queue.delete-ok", Operation::configure, response, {{message_count}}},
    {50, 50, "queue.unbind", Operation::configure, request, {{reserved16, queue, exchange, key, more_arguments}}},
    {50, 51, "queue.unbind-ok", Operation::configure, response},
    {60,
     10,
     "basic.qos",
     Operation::session,
     request,
     {{{"amqp.prefetch_size", number32}, {"amqp.prefetch_count", number16}, {"amqp.global", bit}}}},
    {60, 11, "basic.qos-ok", Operation::session, response},
    {60,
     20,
     "basic.consume",
     Operation::read,
     request,
     {{reserved16, queue, consumer, {"amqp.no_local", bit}, {"amqp.no_ack", bit}, exclusive, no_wait, more_arguments}}},
    {60, 21, "basic.consume-ok", Operation::read, response, {{consumer}}},
    {60, 30, "basic.cancel", Operation::session, request, {{consumer, no_wait}}},
    {60, 31, "basic.cancel-ok", Operation::session, response, {{consumer}}},
    {60,
     40,
     "basic.publish",
     Operation::write,
     unsolicited,
     {{reserved16, exchange, key, {"amqp.mandatory", bit}, {"amqp.immediate", bit}}}},
    {60, 50, "basic.return", Operation::report, unsolicited, {{reply_code, reply_text, exchange, key}}},
    {60, 60, "basic.deliver", Operation::report, unsolicited, {{consumer, tag, redelivered, exchange, key}}},
    {60, 70, "basic.get", Operation::read, request, {{reserved16, queue, {"amqp.no_ack", bit}}}},
    {60, 71, "basic.get-ok", Operation::read, response, {{tag, redelivered, exchange, key, message_count}}},
    {60, 72, "basic.get-empty", Operation::read, response, {{reserved_text}}},
    {60, 80, "basic.ack", Operation::session, unsolicited, {{tag, multiple}}},
    {60, 90, "basic.reject", Operation::session, unsolicited, {{tag, requeue}}},
    {60, 100, "basic.recover-async", Operation::session, request, {{requeue}}},
    {60, 110, "basic.recover", Operation::session, request, {{requeue}}},
    {60, 111, "basic.recover-ok", Operation::session, response},
    {60, 120, "basic.nack", Operation::session, unsolicited, {{tag, multiple, requeue}}},
    {85, 10, "confirm.select", Operation::session, request, {{no_wait}}},
    {85, 11, "confirm.select-ok", Operation::session, response},
    {90, 10, "tx.select", Operation::session, request},
    {90, 11, "tx.select-ok", Operation::session, response},
    {90, 20, "tx.commit", Operation::session, request},
    {90, 21, "tx.commit-ok", Operation::session, response},
    {90, 30, "tx.rollback", Operation::session, request},
    {90, 31, "tx.rollback-ok", Operation::session, response},
};

Method const* find_method(std::uint16_t class_id, std::uint16_t method) {
  auto const* const row = std::ranges::find_if(
      methods, [&](Method const& each) { return each.class_id == class_id && each.method == method; });
  return row == std::end(methods) ? nullptr : row;
}

/// Reply codes. AMQP 0-9-1, 1.2.
Status status_of_reply(std::uint64_t code) {
  switch (code) {
    case 200:
      return Status::ok;
    case 403:  // access-refused
    case 405:  // resource-locked
    case 530:  // not-allowed
      return Status::refused;
    case 312:  // no-route
    case 402:  // invalid-path
    case 404:  // not-found
      return Status::unknown_object;
    case 540:  // not-implemented
      return Status::unsupported;
    default:
      return Status::failed;
  }
}

/// Octets of a value of a field table, as RabbitMQ and all clients write them; nothing for types that nobody does.
/// The standard's own letters differ (4.2.1 against its errata): 's' is read as a 16-bit number.
std::optional<std::size_t> fixed_octets(std::uint8_t type) {
  switch (type) {
    case 'V':
      return 0;
    case 't':
    case 'b':
    case 'B':
      return 1;
    case 's':
    case 'u':
    case 'U':
      return 2;
    case 'I':
    case 'i':
    case 'f':
      return 4;
    case 'D':
      return 5;
    case 'l':
    case 'L':
    case 'd':
    case 'T':
      return 8;
    default:
      return std::nullopt;
  }
}

/// Values of a field table that name a peer's software; only the top level is read, what is nested is passed over.
struct Fact {
  std::string_view table, name, field;
};
constexpr Fact facts[] = {
    {"amqp.server", "product", "amqp.server.product"},
    {"amqp.server", "version", "amqp.server.version"},
    {"amqp.server", "platform", "amqp.server.platform"},
    {"amqp.server", "cluster_name", "amqp.server.cluster_name"},
    {"amqp.client", "product", "amqp.client.product"},
    {"amqp.client", "version", "amqp.client.version"},
    {"amqp.client", "platform", "amqp.client.platform"},
    {"amqp.client", "connection_name", "amqp.client.connection_name"},
    {"amqp.user_name", "LOGIN", "amqp.user_name"},
};

void read_table(Bytes octets, std::string_view table, FieldSink& sink) {
  Reader in(octets);
  while (in && in.left() > 0) {
    auto const name = as_text(in.take(in.u8()));
    auto const type = in.u8();
    auto const fixed = fixed_octets(type);
    bool const sized = type == 'S' || type == 'x' || type == 'A' || type == 'F';
    if (!fixed && !sized) return;
    auto const value = in.take(fixed ? *fixed : in.be32());
    if (!in || type != 'S') continue;
    for (auto const& fact : facts)
      if (fact.table == table && fact.name == name) sink.field(fact.field, as_text(value));
  }
}

struct Learnt {
  std::string_view queue, exchange, key, mechanism;
  std::optional<std::uint64_t> reply;
};

void learn(std::string_view name, std::string_view value, Learnt& learnt) {
  if (name == queue.name) learnt.queue = value;
  if (name == exchange.name || name == destination.name) learnt.exchange = value;
  if (name == key.name) learnt.key = value;
  if (name == "amqp.mechanism") learnt.mechanism = value;
}

void read_arguments(Reader& in, Method const& method, Learnt& learnt, FieldSink* sink) {
  std::uint8_t bits = 0;
  unsigned used = 8;
  for (auto const& [name, kind] : method.arguments) {
    if (kind == none || !in) return;
    std::uint64_t number = 0;
    if (kind == bit) {
      if (used == 8) {
        bits = in.u8();
        used = 0;
      }
      bool const set = ((bits >> used++) & 1U) != 0;
      if (in && sink != nullptr && !name.empty()) sink->field(name, set);
      continue;
    }
    used = 8;
    if (kind == words || kind == text) {
      auto const value = as_text(in.take(kind == words ? in.u8() : in.be32()));
      if (!in) return;
      learn(name, value, learnt);
      if (sink != nullptr && !name.empty()) sink->field(name, value);
      continue;
    }
    if (kind == table || kind == secret) {
      auto const value = in.take(in.be32());
      if (!in) return;
      if (sink == nullptr || name.empty()) continue;
      if (kind == table || learnt.mechanism == "AMQPLAIN") {
        read_table(value, name, *sink);
      } else if (learnt.mechanism == "PLAIN") {
        sink->field(name, plain_user(value));
      }
      continue;
    }
    if (kind == octet) number = in.u8();
    if (kind == number16) number = in.be16();
    if (kind == number32) number = in.be32();
    if (kind == number64) number = in.be64();
    if (!in) return;
    if (name == reply_code.name) learnt.reply = number;
    if (sink != nullptr && !name.empty()) sink->field(name, number);
  }
}

/// Properties of class basic, from the highest flag down. AMQP 0-9-1, 1.8.1.
constexpr Argument properties[] = {
    {"amqp.content_type", words}, {"amqp.content_encoding", words},
    {"amqp.headers", table},      {"amqp.delivery_mode", octet},
    {"amqp.priority", octet},     {"amqp.correlation_id", words},
    {"amqp.reply_to", words},     {"amqp.expiration", words},
    {"amqp.message_id", words},   {"amqp.timestamp", number64},
    {"amqp.type", words},         {"amqp.user_id", words},
    {"amqp.app_id", words},       {"amqp.cluster_id", words},
};

void read_content_header(Reader& in, Message& message, FieldSink* sink) {
  auto const class_id = in.be16();
  in.be16();  // weight: not used
  auto const body_size = in.be64();
  auto const flags = in.be16();
  if (!in) return;
  message.name = "content-header";
  if (sink != nullptr) {
    sink->field("amqp.class", std::uint64_t{class_id});
    sink->field("amqp.body_size", body_size);
  }
  if (class_id != 60) return;
  unsigned place = 15;
  for (auto const& property : properties) {
    if (((flags >> place--) & 1U) == 0) continue;
    Method const one{class_id, 0, {}, {}, {}, {{property}}};
    Learnt ignored;
    read_arguments(in, one, ignored, sink);
  }
}

void read_method(Reader& in, Message& message, FieldSink* sink) {
  auto const class_id = in.be16();
  auto const method_id = in.be16();
  if (!in) return;
  message.code = class_id * 256U + (method_id & 0xFFU);
  if (sink != nullptr) {
    sink->field("amqp.class", std::uint64_t{class_id});
    sink->field("amqp.method", std::uint64_t{method_id});
  }
  auto const* const row = find_method(class_id, method_id);
  if (row == nullptr) {
    message.operation = Operation::other;
    message.unknown_table = "method";
    message.unknown_code = static_cast<std::uint32_t>(class_id) << 16 | method_id;
    return;
  }
  message.name = row->name;
  message.operation = row->operation;
  message.role = row->role;
  if (row->role == Role::response) message.status = Status::ok;
  Learnt learnt;
  read_arguments(in, *row, learnt, sink);
  message.object = !learnt.queue.empty() ? learnt.queue : !learnt.key.empty() ? learnt.key : learnt.exchange;
  if (learnt.reply) message.status = status_of_reply(*learnt.reply);
}

}  // namespace

bool like_classic(Layout const& layout, Bytes body) {
  Reader in(body);
  auto const class_id = in.be16();
  auto const second = in.be16();
  switch (layout.type) {
    case 1:
      return in && find_method(class_id, second) != nullptr && (class_id == 10) == (layout.channel == 0);
    case 2:
      return in && class_id == 60 && second == 0 && layout.channel != 0;
    case 3:
      return layout.channel != 0;
    default:
      return layout.channel == 0 && layout.whole == 8;
  }
}

void read_classic(Message& message, FieldSink* sink) {
  Reader in(message.body);
  message.code = message.layout.type;
  switch (message.layout.type) {
    case 1:
      read_method(in, message, sink);
      break;
    case 2:
      read_content_header(in, message, sink);
      break;
    case 3:
      message.name = "content-body";
      if (sink != nullptr) sink->field("amqp.payload_length", std::uint64_t{message.layout.end - message.layout.body});
      break;
    default:
      message.name = "heartbeat";
      break;
  }
  if (!in && !message.cut) message.malformed = Malformed{Defect::truncated, message.octets.size(), "amqp.argument"};
  if (!message.cut && message.octets.back() != 0xCE)
    message.malformed = Malformed{Defect::bad_value, message.octets.size() - 1, "amqp.frame_end"};
}

}  // namespace greywatch::agent::amqp
