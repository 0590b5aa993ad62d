#include "agent/dissect/amqp/message.hpp"
#include "agent/dissect/amqp/method.hpp"

namespace greywatch::agent::amqp {
namespace {

using enum Kind;

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
  if (name == "amqp.queue") learnt.queue = value;
  if (name == "amqp.exchange" || name == "amqp.destination_exchange") learnt.exchange = value;
  if (name == "amqp.routing_key") learnt.key = value;
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
    if (name == "amqp.reply_code") learnt.reply = number;
    if (sink != nullptr && !name.empty()) sink->field(name, number);
  }
}

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
  for (auto const& property : properties_of_basic()) {
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
