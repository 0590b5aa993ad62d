#include "agent/dissect/opcua/opcua.hpp"

#include <type_traits>

#include "agent/dissect/opcua/chunk.hpp"
#include "agent/dissect/opcua/decoder.hpp"
#include "agent/dissect/opcua/session.hpp"

namespace greywatch::agent::opcua {
namespace {

static_assert(std::is_trivially_copyable_v<Session>);

/// Observation::code of what is no service.
enum Code : std::uint32_t { hello = 1, acknowledge, error, reverse_hello, part, secured };

constexpr std::uint32_t read_request = 631, read_response = 634;
constexpr std::string_view no_security = "http://opcfoundation.org/UA/SecurityPolicy#None";

/// One message as far as it could be read. Borrows the chunk, or what was kept of earlier ones.
struct Message {
  Chunk chunk;
  std::uint32_t sequence = 0, request = 0;
  bool has_sequence = false, encrypted = false;
  Encoding const* encoding = nullptr;
  std::uint32_t service = 0;
  Bytes body;              ///< behind the service's identifier
  std::size_t offset = 0;  ///< of `body`, from the start of the message's last chunk, as near as can be said
  BuildReads asked;        ///< of a ReadResponse: what its request asked for
};

void describe_connection(Chunk const& chunk, FieldSink& sink) {
  Reader in(chunk.rest);
  auto const number = [&](std::string_view name) {
    auto const value = in.le32();
    if (in) sink.field(name, std::uint64_t{value});
  };
  auto const text = [&](std::string_view name) {
    auto const value = as_text(read_string(in));
    if (in) sink.field(name, value);
  };
  switch (chunk.type) {
    case MessageType::hello:
    case MessageType::acknowledge:
      for (auto const* name :
           {"opcua.transport.version", "opcua.transport.receive_buffer_size", "opcua.transport.send_buffer_size",
            "opcua.transport.max_message_size", "opcua.transport.max_chunk_count"})
        number(name);
      if (chunk.type == MessageType::hello) text("opcua.transport.endpoint_url");
      break;
    case MessageType::error:
      number("opcua.transport.error");
      text("opcua.transport.reason");
      break;
    case MessageType::reverse_hello:
      text("opcua.transport.server_uri");
      text("opcua.transport.endpoint_url");
      break;
    default:
      break;
  }
}

void describe(void const* said, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(said);
  auto const& chunk = message.chunk;
  if (chunk.size == 0) return;
  sink.field("opcua.transport.type", name(chunk.type));
  sink.field("opcua.transport.chunk", std::string_view(&chunk.final, 1));
  sink.field("opcua.transport.size", std::uint64_t{chunk.size});
  describe_connection(chunk, sink);
  if (chunk.type >= MessageType::open) sink.field("opcua.transport.secure_channel_id", std::uint64_t{chunk.channel});
  if (chunk.asymmetric) sink.field("opcua.security.policy_uri", as_text(chunk.asymmetric->policy_uri));
  if (chunk.token) sink.field("opcua.security.token_id", std::uint64_t{*chunk.token});
  if (message.has_sequence) {
    sink.field("opcua.security.sequence_number", std::uint64_t{message.sequence});
    sink.field("opcua.security.request_id", std::uint64_t{message.request});
  }
  if (message.encrypted) sink.field("opcua.security.encrypted", true);
  if (message.service != 0) sink.field("opcua.service", std::uint64_t{message.service});
  if (message.encoding != nullptr) {
    Decoder decoder(message.body, message.offset, &sink);
    decoder.expect(message.asked);
    decoder.walk(*message.encoding->structure);
  }
}

/// Severity bits of a StatusCode, OPC 10000-4, 7.39, and the codes that sweeps and strangers earn (annex A of part 6).
Status status_of(std::uint32_t code) {
  if ((code >> 30) != 2) return Status::ok;
  switch (code >> 16) {
    case 0x8010:  // BadNoCommunication
      return Status::failed;
    case 0x801F:  // BadUserAccessDenied
    case 0x8020:  // BadIdentityTokenInvalid
    case 0x8021:  // BadIdentityTokenRejected
    case 0x8013:  // BadSecurityChecksFailed
    case 0x8025:  // BadSessionIdInvalid
    case 0x8027:  // BadSessionNotActivated
    case 0x803B:  // BadNotWritable
    case 0x803A:  // BadNotReadable
      return Status::refused;
    case 0x8033:  // BadNodeIdInvalid
    case 0x8034:  // BadNodeIdUnknown
    case 0x8035:  // BadAttributeIdInvalid
    case 0x8075:  // BadMethodInvalid
      return Status::unknown_object;
    case 0x800B:  // BadServiceUnsupported
    case 0x803D:  // BadNotSupported
    case 0x8040:  // BadNotImplemented
      return Status::unsupported;
    default:
      return Status::failed;
  }
}

/// Reads the sequence header and the identifier of the service. What does not begin like a known service is encrypted.
void read_head(Message& message, Session const& session, Emitter& emitter) {
  Reader in(message.chunk.rest);
  message.sequence = in.le32();
  message.request = in.le32();
  if (!in) return;
  Decoder head(in.rest(), message.chunk.offset + 8, nullptr);
  auto const id = head.node_id();
  bool const plain = !head.error() && id.kind == NodeId::Kind::numeric && id.namespace_index == 0;
  auto const* const encoding = plain ? find_service(id.numeric) : nullptr;
  if (encoding == nullptr && session.secrecy != Secrecy::clear) {
    message.encrypted = true;
    return;
  }
  message.has_sequence = true;
  message.encoding = encoding;
  if (!plain) return;
  message.service = id.numeric;
  if (encoding == nullptr) emitter.unknown("service", id.numeric);
}

/// The body behind the identifier, whose form tells its length.
void cut_body(Message& message, Bytes body, std::size_t offset) {
  if (body.empty()) return;
  auto const form = body[0] & 0x3F;
  std::size_t const octets = form == 0 ? 2 : form == 1 ? 4 : 7;
  if (body.size() < octets) return;
  message.body = body.subspan(octets);
  message.offset = offset + octets;
}

class Reading {
 public:
  Reading(Session& session, Direction way, Emitter& emitter)
      : session_(session), way_(way), emitter_(emitter), observation_(emitter.begin()) {}

  void read(Bytes octets) {
    observation_.octets = octets;
    observation_.role = way_ == Direction::to_server ? Role::request : Role::response;
    auto const chunk = read_chunk(octets);
    if (!chunk) return refuse(chunk.error());
    message_.chunk = *chunk;
    bool const whole = octets.size() >= chunk->size;
    if (chunk->type < MessageType::open) return connection();
    if (chunk->type == MessageType::open)
      session_.secrecy = as_text(chunk->asymmetric->policy_uri) == no_security ? Secrecy::clear : Secrecy::secured;
    read_rest(whole);
  }

 private:
  std::size_t way_index() const { return static_cast<std::size_t>(way_); }
  Side& side() { return session_.sides[way_index()]; }

  void connection() {
    observation_.operation = Operation::session;
    switch (message_.chunk.type) {
      case MessageType::hello:
        observation_.code = hello;
        break;
      case MessageType::acknowledge:
        observation_.code = acknowledge;
        observation_.status = Status::ok;
        break;
      case MessageType::error: {
        Reader in(message_.chunk.rest);
        observation_.code = error;
        observation_.subcode = in.le32();
        observation_.status = in ? status_of(observation_.subcode) : Status::failed;
        break;
      }
      default:
        observation_.code = reverse_hello;
        observation_.role = Role::unsolicited;
    }
    if (message_.chunk.type == MessageType::hello) {
      Reader in(message_.chunk.rest);
      in.skip(20);
      read_string(in);
      if (!in) return refuse({Defect::bad_length, message_.chunk.offset + 20, "endpoint_url"});
    }
    emit();
  }

  void read_rest(bool whole) {
    if (side().collecting) return read_next(whole);
    read_head(message_, session_, emitter_);
    if (message_.encrypted) return unreadable();
    judge();
    if (!message_.has_sequence) return refuse({Defect::truncated, message_.chunk.offset, "sequence_header"});
    if (message_.chunk.final == 'C') return begin(whole);
    auto const body = message_.chunk.rest.subspan(8);
    cut_body(message_, body, message_.chunk.offset + 8);
    finish(whole && message_.chunk.final == 'F');
  }

  /// The first of several chunks: kept, identifier and all.
  void begin(bool whole) {
    emitter_.drop();
    side().collecting = true;
    side().request = message_.request;
    side().spoilt = !whole || !emitter_.keep(message_.chunk.rest.subspan(8));
    message_.encoding = nullptr;
    partly();
  }

  /// A further chunk has a sequence header, and no identifier.
  void read_next(bool whole) {
    Reader in(message_.chunk.rest);
    message_.sequence = in.le32();
    message_.request = in.le32();
    if (!in) return refuse({Defect::truncated, message_.chunk.offset, "sequence_header"});
    if (message_.request != side().request) {  // the chunks between were lost
      forget();
      return read_rest(whole);
    }
    message_.has_sequence = true;
    judge();
    auto const body = in.rest();
    if (message_.chunk.final == 'A') {
      forget();
      return partly();
    }
    side().spoilt = side().spoilt || !whole || !emitter_.keep(body);
    if (message_.chunk.final == 'C') return partly();
    auto const kept = emitter_.kept();
    bool const spoilt = side().spoilt;
    Decoder head(kept, 0, nullptr);
    auto const id = head.node_id();
    if (!head.error()) message_.service = id.numeric;
    message_.encoding = find_service(message_.service);
    cut_body(message_, kept, 0);
    finish(!spoilt);
    forget();
  }

  void forget() {
    side().collecting = side().spoilt = false;
    emitter_.drop();
  }

  void judge() {
    auto const expected = session_.take(way_index(), message_.chunk.channel, message_.sequence);
    if (expected)
      broken_[count_++] = {"opcua.sequence.broken", "opcua.security.sequence_number", *expected, message_.sequence};
  }

  void partly() {
    observation_.code = part;
    observation_.operation = message_.chunk.type == MessageType::message ? Operation::other : Operation::session;
    emit();
  }

  void unreadable() {
    observation_.code = secured;
    observation_.operation = message_.chunk.type == MessageType::message ? Operation::other : Operation::session;
    emit();
  }

  /// `whole`: all octets of the message are there, so that what does not fit is the sender's fault.
  void finish(bool whole) {
    observation_.code = message_.service;
    auto const* const encoding = message_.encoding;
    if (encoding == nullptr) return emit();
    observation_.operation = encoding->operation;
    observation_.role = encoding->role;
    if (encoding->id == read_response) message_.asked = session_.build_reads.answer(way_index(), message_.request);
    Decoder decoder(message_.body, message_.offset, nullptr);
    decoder.expect(message_.asked);
    bool const good = decoder.walk(*encoding->structure);
    if (!good && whole) {
      auto why = *decoder.error();
      why.offset = std::min(why.offset, observation_.octets.size());
      return refuse(why);
    }
    summarise(decoder.summary());
    emit();
  }

  void summarise(Summary const& summary) {
    if (message_.service == read_request && summary.build_reads.any())
      session_.build_reads.ask(way_index(), message_.request, summary.build_reads);
    if (observation_.role == Role::response) {
      observation_.identifies = summary.identifies;
      observation_.subcode = summary.service_result.value_or(0);
      observation_.status = summary.service_result ? status_of(*summary.service_result) : Status::none;
      return;
    }
    if (summary.subject) {
      observation_.target.name = write_node_id(*summary.subject, text_);
      observation_.target.count = std::max(summary.subjects, 1U);
    }
    observation_.value = summary.value;
  }

  void refuse(Malformed const& why) {
    why_ = why;
    observation_.malformed = &why_;
    observation_.status = Status::malformed;
    emit();
  }

  void emit() {
    observation_.violations = {broken_, count_};
    observation_.describe = describe;
    observation_.message = &message_;
    emitter_.emit(observation_);
  }

  Session& session_;
  Direction way_;
  Emitter& emitter_;
  Observation observation_;
  Message message_;
  Malformed why_{};
  Violation broken_[2];
  std::size_t count_ = 0;
  char text_[96];
};

void read(Bytes octets, Direction way, void* memory, Emitter& emitter) {
  Reading(*static_cast<Session*>(memory), way, emitter).read(octets);
}

void gap(Direction way, void* memory) {
  auto& side = static_cast<Session*>(memory)->sides[static_cast<std::size_t>(way)];
  side.known = false;
  side.spoilt = side.collecting;
}

constexpr Rule rules[] = {
    {"opcua.sequence.broken", FindingClass::access, "T0830", "T1692.001"},
};

constexpr std::uint16_t ports[] = {4840};

}  // namespace

Dissector const dissector{
    .name = "opcua",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = most_read,
    .probe = probe,
    .frame = frame,
    .read = read,
    .gap = gap,
    .words = {.code = "service", .subcode = "status code", .object = "node", .objects = "nodes"},
    .rules = rules,
};

}  // namespace greywatch::agent::opcua
