#include "agent/dissect/tds/tds.hpp"

#include <algorithm>
#include <array>

#include "agent/dissect/logon/failures.hpp"
#include "agent/dissect/tds/message.hpp"

namespace greywatch::agent::tds {
namespace {

constexpr std::uint32_t tls_record = 0x100;
/// Of a request so much is put together; what is longer is read as far as that.
constexpr std::size_t most_kept = 32768;
/// Of a server's packet so much is evidence: rows are nobody's business.
constexpr std::size_t most_evidence = 256;

/// How a statement or log-in ended, by the number of an ERROR.
Status status_of_error(std::uint32_t number) {
  switch (number) {
    case 18452:  // log-ins that fail
    case 18456:
    case 18470:
    case 18486:
    case 18487:
    case 18488:
    case 229:  // permissions that are denied
    case 230:
    case 262:
    case 297:
    case 300:
    case 15247:
      return Status::refused;
    case 208:  // names that nobody has
    case 207:
    case 911:
    case 2812:
    case 4060:
    case 15151:
      return Status::unknown_object;
    case 15281:  // a feature that is switched off, as xp_cmdshell is
      return Status::unsupported;
    default:
      return Status::failed;
  }
}

Operation operation_of(Type type) {
  switch (type) {
    case Type::bulk:
      return Operation::write;
    case Type::old_login:
    case Type::federated:
    case Type::login:
    case Type::sspi:
    case Type::prelogin:
    case Type::attention:
    case Type::transaction:
      return Operation::session;
    default:
      return Operation::other;
  }
}

/// Reads one packet.
class Reading {
 public:
  Reading(Bytes octets, Direction way, Session& session, Emitter& emitter)
      : octets_(octets),
        way_(way),
        session_(session),
        end_(session.ends[way == Direction::to_server ? 0 : 1]),
        emitter_(emitter),
        observation_(emitter.begin()) {
    observation_.role = way == Direction::to_server ? Role::request : Role::response;
    observation_.describe = describe;
    observation_.message = &message_;
    observation_.octets = octets;
  }

  void run() {
    if (octets_[0] >= 20 && octets_[0] <= 23) return read_record();
    message_.header = read_header(octets_);
    payload_ = octets_.subspan(header_octets);
    observation_.code = message_.header.type;
    if (message_.header.kind() == Type::prelogin && is_tls(payload_)) return read_wrapped();
    if (way_ == Direction::to_client) return read_response();
    read_request();
  }

 private:
  void read_record() {
    if (std::exchange(end_.encrypted, true)) return;
    message_.record = Reader(octets_.subspan(3)).be16();
    observation_.code = tls_record;
    emit();
  }

  /// The handshake of TLS in packets of PRELOGIN.
  void read_wrapped() {
    message_.tls = true;
    observation_.operation = Operation::session;
    observation_.octets = octets_.first(std::min(octets_.size(), most_evidence));
    emit();
  }

  void read_request() {
    bool const last = message_.header.last();
    if (end_.continues || !last) {
      if (!end_.continues) emitter_.drop();
      auto const room = most_kept - std::min(most_kept, emitter_.kept().size());
      if (end_.overflowed || !emitter_.keep(payload_.first(std::min(room, payload_.size())))) end_.overflowed = true;
      message_.packets = message_.header.number;
      end_.continues = !last;
      if (!last) return;
      payload_ = emitter_.kept();
    }
    observation_.operation = operation_of(message_.header.kind());
    // Texts may hold secrets: what is evidence is the header, and of a log-in its fixed part.
    observation_.octets = octets_.first(header_octets);
    read_kind();
    session_.asked = message_.header.type;
    session_.asked_subcode = observation_.subcode;
    session_.operation = observation_.operation;
    session_.failures = 0;
    if (!message_.target.empty()) observation_.target = {.count = 1, .name = message_.target.view()};
    emit();
    emitter_.drop();
    end_.overflowed = false;
  }

  void read_kind() {
    switch (message_.header.kind()) {
      case Type::prelogin:
        observation_.octets = octets_;
        message_.prelogin = read_prelogin(payload_);
        if (message_.prelogin->malformed) refuse(*message_.prelogin->malformed);
        break;
      case Type::login:
        read_login_message();
        break;
      case Type::batch: {
        auto const text = payload_.subspan(all_headers(payload_));
        message_.statement = read_statement(text);
        observation_.operation = message_.statement->operation;
        message_.target.put(message_.statement->object.view());
        look_for_shell(text);
        break;
      }
      case Type::rpc: {
        auto const body = payload_.subspan(all_headers(payload_));
        message_.call = read_call(body);
        if (!message_.call->whole) refuse({Defect::truncated, payload_.size(), "tds.procedure"});
        observation_.subcode = message_.call->number.value_or(0);
        if (message_.call->statement) observation_.operation = message_.call->statement->operation;
        message_.target.put(message_.call->name.view());
        look_for_shell(body);
        break;
      }
      case Type::old_login:
      case Type::attention:
      case Type::bulk:
      case Type::federated:
      case Type::transaction:
      case Type::sspi:
        break;
      default:
        emitter_.unknown("packet_type", message_.header.type);
        break;
    }
  }

  void read_login_message() {
    observation_.octets = octets_.first(std::min(octets_.size(), header_octets + Login::fixed_octets));
    auto const& login = message_.login.emplace(read_login(payload_));
    session_.version = login.version;
    if (login.malformed) return refuse(*login.malformed);
    message_.failures = client().failures();
    if (auto const guess = logon::guessing(message_.failures, "tds.logon.repeated_failures", "tds.logon_failures"))
      break_rule(*guess);
    message_.target.put(login.database.empty() ? login.server.view() : login.database.view());
    if (login.has_password) break_rule({"tds.logon.in_clear", "tds.login.password", 0, 1});
  }

  void look_for_shell(Bytes text) {
    if (!says_command_shell(text)) return;
    message_.command_shell = true;
    observation_.operation = Operation::program;
    break_rule({"tds.batch.command_shell", "tds.command_shell", 0, 1});
  }

  void read_response() {
    bool const first = !std::exchange(end_.continues, !message_.header.last());
    if (!first && !message_.header.last()) return;
    observation_.octets = octets_.first(std::min(octets_.size(), most_evidence));
    observation_.operation = session_.asked != 0 ? session_.operation : Operation::other;
    if (session_.asked != 0) {
      observation_.code = session_.asked;
      observation_.subcode = session_.asked_subcode;
    }
    if (first && looks_like_prelogin(payload_)) {
      message_.prelogin = read_prelogin(payload_);
      observation_.status = Status::ok;
      observation_.operation = Operation::session;
    } else {
      read_tokens(first);
    }
    if (message_.header.last()) session_.asked = 0;
    emit();
  }

  void read_tokens(bool first) {
    message_.wide = session_.wide();
    bool done = false, acknowledged = false;
    if (first) {
      message_.tokens = payload_;
      Tokens tokens(payload_, message_.wide);
      while (auto const element = tokens.next()) {
        switch (element->kind()) {
          case Token::error: {
            auto const notice = read_notice(element->data);
            if (!notice.whole) {
              refuse({Defect::truncated, element->offset, "tds.error"});
              break;
            }
            if (session_.failures == 0) observation_.status = status_of_error(notice.number);
            session_.failures = 1;
            break;
          }
          case Token::login_ack: {
            auto const ack = read_login_ack(element->data);
            acknowledged = ack.whole;
            // Servers send the version with its octets the other way round than clients do.
            if (ack.whole) session_.version = ack.version;
            break;
          }
          default:
            if (element->is_done()) {
              done = true;
              if (read_done(*element, message_.wide).failed() && observation_.status == Status::none)
                observation_.status = Status::failed;
            }
            break;
        }
      }
      // The message ends within a token whose length is told.
      if (tokens.cut() && message_.header.last() && session_.version != 0)
        refuse({Defect::truncated, tokens.at(), "tds.token"});
      else if (tokens.left() != 0 && !tokens.cut() && !is_known_token(tokens.stopped_at()))
        emitter_.unknown("token", tokens.stopped_at());
      if (tokens.left() == 0 && done) return settle(acknowledged);
    }
    if (!message_.header.last()) return;
    message_.last = last_done(payload_, message_.wide);
    if (!message_.last) return;
    if (read_done(*message_.last, message_.wide).failed() && observation_.status == Status::none)
      observation_.status = Status::failed;
    settle(acknowledged);
  }

  /// The request has ended, and well where nothing says otherwise.
  void settle(bool acknowledged) {
    if (observation_.status == Status::none) observation_.status = Status::ok;
    if (is_login() && !acknowledged && observation_.status == Status::failed) observation_.status = Status::refused;
    if (observation_.status == Status::refused && is_login()) message_.failures = client().failed().value_or(0);
  }
  bool is_login() const { return session_.asked == static_cast<std::uint8_t>(Type::login); }

  void break_rule(Violation const& violation) {
    if (broken_count_ == broken_.size()) return;
    broken_[broken_count_++] = violation;
    observation_.violations = {broken_.data(), broken_count_};
  }
  logon::Client client() const { return {static_cast<logon::Failures*>(emitter_.shared()), observation_, emitter_}; }

  void emit() {
    if (observation_.malformed != nullptr) {
      observation_.status = Status::malformed;
      observation_.violations = {};
    }
    emitter_.emit(observation_);
  }
  void refuse(Malformed why) {
    why_ = why;
    why_.offset = std::min(why.offset + header_octets, observation_.octets.size());
    observation_.malformed = &why_;
  }

  Bytes octets_, payload_;
  Direction way_;
  Session& session_;
  Session::End& end_;
  Emitter& emitter_;
  Observation observation_;
  Message message_;
  Malformed why_{};
  std::array<Violation, 2> broken_{};
  std::size_t broken_count_ = 0;
};

void read(Bytes octets, Direction way, void* memory, Emitter& emitter) {
  Reading(octets, way, *static_cast<Session*>(memory), emitter).run();
}

/// What was begun is void; of a request that goes on the rest is not read as a message.
void gap(Direction way, void* memory) {
  auto& session = *static_cast<Session*>(memory);
  session.ends[way == Direction::to_server ? 0 : 1].overflowed = false;
  session.ends[way == Direction::to_server ? 0 : 1].continues = false;
  session.asked = 0;
}

constexpr Rule rules[] = {
    {"tds.logon.in_clear", FindingClass::access, "T0859", "T0842"},
    {"tds.logon.repeated_failures", FindingClass::access, "T0859", "T1694.001"},
    {"tds.batch.command_shell", FindingClass::command, "T0807", "T0886"},
};

constexpr std::uint16_t ports[] = {1433};

}  // namespace

Dissector const dissector{
    .name = "tds",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .shared_size = sizeof(logon::Failures),
    .most = most_octets,
    .probe = probe,
    .frame = frame,
    .read = read,
    .gap = gap,
    .habit = Habit::peers,
    .words = {.code = "packet type", .subcode = "procedure", .object = "name", .objects = "names"},
    .rules = rules,
};

}  // namespace greywatch::agent::tds
