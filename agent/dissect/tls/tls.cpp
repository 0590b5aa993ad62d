#include "agent/dissect/tls/tls.hpp"

#include <algorithm>

#include "agent/dissect/tls/message.hpp"
#include "agent/dissect/tls/session.hpp"

namespace greywatch::agent::tls {
namespace {

constexpr std::size_t handshake_header = 4;
/// A hello or a chain of certificates beyond this is no handshake that anybody completes.
constexpr std::uint32_t most_handshake = 60'000;

std::uint64_t mark_of(Bytes octets) {
  std::uint64_t mark = 0xcbf2'9ce4'8422'2325;
  for (auto octet : octets) mark = (mark ^ octet) * 0x100'0000'01b3;
  return octets.empty() ? 0 : mark | 1;
}

/// The last octets of the random of a server that could do better than it was asked for. RFC 8446, 4.1.3.
bool says_downgraded(Bytes random) {
  constexpr std::uint8_t sentinel[] = {0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44};
  if (random.size() != 32 || random[31] > 1) return false;
  return std::ranges::equal(random.subspan(24, 7), sentinel);
}

/// How an alert ends what it answers. RFC 8446, 6.2.
Status status_of(std::uint8_t level, std::uint8_t description) {
  switch (description) {
    case 0:    // close_notify
    case 90:   // user_canceled
    case 100:  // no_renegotiation
      return Status::none;
    case 40:   // handshake_failure
    case 70:   // protocol_version
    case 71:   // insufficient_security
    case 86:   // inappropriate_fallback
    case 110:  // unsupported_extension
    case 120:  // no_application_protocol
      return Status::unsupported;
    case 112:  // unrecognized_name
      return level == 2 ? Status::unknown_object : Status::none;
    case 42:  // bad_certificate and its kin
    case 43:
    case 44:
    case 45:
    case 46:
    case 48:   // unknown_ca
    case 49:   // access_denied
    case 115:  // unknown_psk_identity
    case 116:  // certificate_required
      return Status::refused;
    default:
      return level == 2 ? Status::failed : Status::none;
  }
}

/// Reads one record.
class Reading {
 public:
  Reading(Bytes octets, Direction way, Session& session, Emitter& emitter)
      : octets_(octets), way_(way), session_(session), end_(session.end(way)), emitter_(emitter) {
    message_.record = read_record(octets);
  }

  void run() {
    switch (message_.record.type) {
      case ContentType::handshake:
        if (end_.encrypted != 0) return emit_plain(Operation::session);
        return read_handshake();
      case ContentType::change_cipher_spec:
        end_.encrypted = 1;
        forget();
        return emit_plain(Operation::session);
      case ContentType::alert:
        return read_alert();
      case ContentType::heartbeat:
        return read_heartbeat();
      case ContentType::application_data:
        end_.encrypted = 1;
        return emit_plain(Operation::other);
    }
  }

 private:
  Observation begin(Operation operation) {
    auto observation = emitter_.begin();
    observation.octets = octets_;
    observation.operation = operation;
    observation.role = way_ == Direction::to_server ? Role::request : Role::response;
    observation.code = static_cast<std::uint32_t>(message_.record.type);
    observation.describe = describe;
    observation.message = &message_;
    return observation;
  }
  void emit_plain(Operation operation) { emitter_.emit(begin(operation)); }
  void emit_malformed(Observation& observation, Malformed why) {
    why.offset = std::min(why.offset, octets_.size());
    observation.malformed = &why;
    observation.status = Status::malformed;
    emitter_.emit(observation);
  }

  void forget() {
    emitter_.drop();
    end_.read = 0;
  }

  void read_alert() {
    auto const& fragment = message_.record.fragment;
    auto observation = begin(Operation::session);
    if (fragment.size() == 2 && fragment[0] <= 2 && fragment[0] != 0) {
      message_.alert_level = fragment[0];
      message_.alert_description = observation.subcode = fragment[1];
      observation.status = status_of(fragment[0], fragment[1]);
    }
    emitter_.emit(observation);
  }

  void read_heartbeat() {
    auto const& fragment = message_.record.fragment;
    auto observation = begin(Operation::diagnose);
    Violation broken;
    // RFC 6520, 4: a type, a length, that much payload, and sixteen octets of padding at least.
    Reader in(fragment);
    auto const type = in.u8();
    auto const length = in.be16();
    if (end_.encrypted == 0 && in && (type == 1 || type == 2)) {
      observation.subcode = type;
      message_.heartbeat_length = length;
      if (std::size_t{length} + 3 > fragment.size()) {
        broken = {"tls.heartbeat.overread", "tls.heartbeat.payload_length",
                  static_cast<std::int64_t>(fragment.size()) - 3, length};
        observation.violations = {&broken, 1};
      }
    }
    emitter_.emit(observation);
  }

  void read_handshake() {
    auto const fragment = message_.record.fragment;
    if (end_.unsure != 0) forget();
    auto const before = emitter_.kept().size();
    if (before == 0 && !may_begin(fragment)) {
      // Encrypted after all, or the middle of what was lost.
      if (end_.unsure != 0) return emit_plain(Operation::session);
      auto observation = begin(Operation::session);
      return emit_malformed(observation, {Defect::bad_value, record_header, "handshake"});
    }
    end_.unsure = 0;
    auto data = fragment;
    if (before != 0) {
      if (!emitter_.keep(fragment)) {
        forget();
        return emit_plain(Operation::session);
      }
      data = emitter_.kept().subspan(end_.read);
    }
    auto const left = read_messages(data);
    if (message_.begins_record) emit_plain(Operation::session);
    if (left.empty()) return forget();
    if (before != 0) {
      end_.read += static_cast<std::uint32_t>(data.size() - left.size());
    } else if (!emitter_.keep(left)) {
      forget();
    }
  }

  static bool may_begin(Bytes data) {
    if (data.size() < handshake_header) return !data.empty() && is_handshake_type(data[0]);
    return is_handshake_type(data[0]) && Reader(data.subspan(1)).be24() <= most_handshake;
  }

  /// Reads whole messages; what is left is the beginning of one.
  Bytes read_messages(Bytes data) {
    while (data.size() >= handshake_header) {
      if (!may_begin(data)) {
        if (end_.encrypted == 0) {
          message_.handshake.reset();
          auto observation = begin(Operation::session);
          emit_malformed(observation, {Defect::bad_value, record_header, "handshake"});
          message_.begins_record = false;
        }
        return {};
      }
      auto const length = Reader(data.subspan(1)).be24();
      if (data.size() - handshake_header < length) return data;
      message_.handshake = data[0];
      message_.length = length;
      read_message(data.subspan(handshake_header, length));
      message_.begins_record = false;
      data = data.subspan(handshake_header + length);
    }
    return data;
  }

  void read_message(Bytes body) {
    message_.hello.reset();
    message_.certificates = {};
    message_.resumed = false;
    auto observation = begin(Operation::session);
    observation.subcode = *message_.handshake;
    Violation broken;
    std::optional<Malformed> malformed;
    switch (static_cast<HandshakeType>(*message_.handshake)) {
      case HandshakeType::client_hello:
      case HandshakeType::server_hello:
        malformed = read_hello_message(body, observation, broken);
        break;
      case HandshakeType::certificate: {
        Reader in(body);
        message_.certificates = in.take(in.be24());
        if (!in) malformed = in.error("certificates");
        break;
      }
      default:
        break;
    }
    if (malformed) return emit_malformed(observation, *malformed);
    emitter_.emit(observation);
  }

  std::optional<Malformed> read_hello_message(Bytes body, Observation& observation, Violation& broken) {
    bool const client = *message_.handshake == static_cast<std::uint8_t>(HandshakeType::client_hello);
    auto& hello = message_.hello.emplace();
    auto const done = read_hello(body, client, hello);
    if (!done) {
      auto why = done.error();
      why.offset += record_header + handshake_header;
      return why;
    }
    if (client) {
      session_.asked = 1;
      session_.offered = mark_of(hello.session_id);
      session_.client_version = hello.highest_version();
      if (!hello.server_name.empty()) observation.target = {.count = 1, .name = as_text(hello.server_name)};
      return std::nullopt;
    }
    observation.status = Status::ok;
    auto const version = hello.highest_version();
    // Up to 1.2 the session's identifier is given back; of 1.3 it always is, and the key is named.
    message_.resumed =
        version >= 0x0304 ? hello.has_key : session_.offered != 0 && session_.offered == mark_of(hello.session_id);
    if (session_.asked != 0 && session_.client_version >= 0x0304 && version < 0x0304 && says_downgraded(hello.random)) {
      broken = {"tls.version.downgraded", "tls.handshake.version", session_.client_version, version};
      observation.violations = {&broken, 1};
    }
    return std::nullopt;
  }

  Bytes octets_;
  Direction way_;
  Session& session_;
  Session::End& end_;
  Emitter& emitter_;
  Message message_;
};

void read(Bytes record, Direction way, void* memory, Emitter& emitter) {
  Reading(record, way, *static_cast<Session*>(memory), emitter).run();
}

/// The engine keeps what a gap leaves half said: it is void when the next record comes.
void gap(Direction way, void* memory) {
  auto& session = *static_cast<Session*>(memory);
  session.end(way).unsure = 1;
  session.asked = 0;
}

constexpr Rule rules[] = {
    {"tls.heartbeat.overread", FindingClass::access, "T0819", "T0866"},
    {"tls.version.downgraded", FindingClass::access, "T0830", ""},
};

constexpr std::uint16_t ports[] = {443, 8443, 4840, 802, 3782, 19998, 8883};

}  // namespace

bool is_handshake_type(std::uint8_t type) {
  constexpr std::uint32_t known = 1u << 0 | 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 8 |
                                  1u << 11 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 15 | 1u << 16 | 1u << 20 |
                                  1u << 21 | 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25;
  return type < 32 && (known >> type & 1) != 0;
}

Dissector const dissector{
    .name = "tls",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = record_header + most_fragment,
    .probe = probe,
    .frame = frame,
    .read = read,
    .gap = gap,
    .habit = Habit::peers,
    .words = {.code = "content type", .subcode = "handshake type", .object = "name", .objects = "names"},
    .rules = rules,
};

}  // namespace greywatch::agent::tls
