#include "agent/dissect/rdp/rdp.hpp"

#include <algorithm>

#include "agent/dissect/rdp/probe.hpp"

namespace greywatch::agent::rdp {
namespace {

enum Code : std::uint32_t { transport = 0x100, connect_initial = 0x200, connect_response = 0x201, fast_path = 0x300 };

constexpr std::size_t most_octets = 65536;

/// RDP_NEG_FAILURE. MS-RDPBCGR, 2.2.1.2.2.
Status status_of_failure(std::uint32_t code) {
  switch (code) {
    case 1:  // SSL_REQUIRED_BY_SERVER
    case 5:  // HYBRID_REQUIRED_BY_SERVER
    case 6:  // SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER
      return Status::refused;
    case 2:  // SSL_NOT_ALLOWED_BY_SERVER
    case 3:  // SSL_CERT_NOT_ON_SERVER
    case 4:  // INCONSISTENT_FLAGS
      return Status::unsupported;
    default:
      return Status::failed;
  }
}

/// With these the user proves who he is before the server gives him a session.
bool is_network_level(std::uint32_t protocol) { return (protocol & (hybrid | rdstls | hybrid_ex | aad)) != 0; }

/// Reads one message.
class Reading {
 public:
  Reading(Bytes octets, Direction way, Session& session, Emitter& emitter)
      : octets_(octets), session_(session), emitter_(emitter), observation_(emitter.begin()) {
    observation_.octets = octets;
    observation_.operation = Operation::session;
    observation_.role = way == Direction::to_server ? Role::request : Role::response;
    observation_.describe = describe;
    observation_.message = &message_;
    message_.to_server = way == Direction::to_server;
  }

  void run() {
    auto const said = osi::read_message(octets_);
    if (!said) {
      refuse(said.error(), 0);
      return emit();
    }
    message_.cotp = said->cotp;
    if (said->cotp.kind() != osi::Tpdu::data) return read_transport(said->cotp);
    if (begins_connect(said->user_data)) return read_connection(*said);
    read_domain(*said);
  }

 private:
  void read_transport(osi::Cotp const& cotp) {
    observation_.code = transport + cotp.code;
    bool hands_on = false;
    if (cotp.kind() == osi::Tpdu::connection_request || cotp.kind() == osi::Tpdu::connection_confirm) {
      auto const& said = message_.negotiation.emplace(read_negotiation(octets_));
      observation_.subcode = said.type;
      if (said.malformed) {
        refuse(*said.malformed, variable_part);
      } else if (cotp.kind() == osi::Tpdu::connection_request) {
        session_.requested = said.type == Negotiation::request ? said.value : 0;
        if (!said.user.empty()) observation_.target = {.count = 1, .name = said.user};
      } else {
        hands_on = read_confirm(said);
      }
    }
    emit();
    if (hands_on) emitter_.hand_on();
  }

  /// Does TLS follow?
  bool read_confirm(Negotiation const& said) {
    observation_.role = Role::response;
    if (said.type == Negotiation::failure) {
      observation_.status = status_of_failure(said.value);
      if (said.value == 0 || said.value > 6) emitter_.unknown("failure_code", said.value);
      return false;
    }
    observation_.status = Status::ok;
    auto const selected = said.type == Negotiation::response ? said.value : standard;
    if (!is_network_level(selected))
      break_rule("rdp.security.without_network_level", "rdp.selected_protocol", hybrid, selected);
    return selected != standard;
  }

  void read_connection(osi::Message const& said) {
    auto const connect = read_connect(said.user_data);
    bool const response = said.user_data[1] == 0x66;
    observation_.code = response ? connect_response : connect_initial;
    if (!connect) {
      refuse(connect.error(), said.offset);
      return emit();
    }
    message_.connect = *connect;
    if (!response) {
      message_.name = client_name(connect->blocks);
      if (!message_.name.empty()) observation_.target = {.count = 1, .name = message_.name.view()};
      return emit();
    }
    observation_.status = connect->result.value_or(0) == 0 ? Status::ok : Status::refused;
    if (auto const security = find_block(connect->blocks, server_security); security.size() >= 4) {
      session_.method = Reader(security).le32();
      session_.has_method = true;
    }
    if (auto const network = find_block(connect->blocks, server_network); network.size() >= 2)
      session_.io_channel = Reader(network).le16();
    emit();
  }

  void read_domain(osi::Message const& said) {
    auto const pdu = read_domain_pdu(said.user_data);
    observation_.code = said.user_data.empty() ? 0U : said.user_data[0] >> 2;
    if (!pdu) {
      refuse(pdu.error(), said.offset);
      return emit();
    }
    if (!pdu->known) emitter_.unknown("mcs_pdu", pdu->choice);
    message_.domain = *pdu;
    if (pdu->result) observation_.status = *pdu->result == 0 ? Status::ok : Status::refused;
    if (pdu->kind() == Mcs::disconnect_provider_ultimatum) observation_.role = Role::unsolicited;
    if (pdu->carries_data()) read_carried(*pdu, said);
    emit();
  }

  void read_carried(DomainPdu const& pdu, osi::Message const& said) {
    constexpr std::uint16_t usual_io_channel = 1003;
    observation_.operation = Operation::other;
    auto const io_channel = session_.io_channel != 0 ? session_.io_channel : usual_io_channel;
    bool const all_secured = session_.has_method && session_.method != 0;
    if (!all_secured && *pdu.channel != io_channel) return;
    auto const& data = message_.data.emplace(read_data(pdu.data, all_secured));
    auto const at = said.offset + pdu.offset;
    if (data.malformed) refuse(*data.malformed, at);
    if (data.security_flags && (*data.security_flags & (exchange | info | license)) != 0)
      observation_.operation = Operation::session;
    if (data.share) observation_.subcode = data.share->kind();
    if (data.license && data.license->error && *data.license->error != 7) observation_.status = Status::refused;
    if (!data.client_info) return;
    // A password is never kept, not as evidence either.
    observation_.octets = octets_.first(std::min(octets_.size(), at + data.client_info->secret));
    if (observation_.malformed != nullptr) why_.offset = std::min(why_.offset, observation_.octets.size());
    if (!data.client_info->user.empty()) observation_.target = {.count = 1, .name = data.client_info->user.view()};
    if (!data.malformed) break_rule("rdp.logon.in_clear", "rdp.security_flags", encrypted, *data.security_flags);
  }

  void break_rule(std::string_view code, std::string_view field, std::int64_t expected, std::int64_t actual) {
    broken_ = {code, field, expected, actual};
    observation_.violations = {&broken_, 1};
  }
  void refuse(Malformed why, std::size_t offset) {
    why_ = why;
    why_.offset = std::min(why.offset + offset, octets_.size());
    observation_.malformed = &why_;
    observation_.status = Status::malformed;
  }
  void emit() { emitter_.emit(observation_); }

  Bytes octets_;
  Session& session_;
  Emitter& emitter_;
  Observation observation_;
  Message message_;
  Malformed why_{};
  Violation broken_{};
};

/// The first fast-path PDU of each direction is told, the sum of all when the flow ends.
void read_update(Bytes octets, Direction way, Session& session, Emitter& emitter) {
  auto const said = read_fast_path(octets);
  if (!said) return;
  auto const index = way == Direction::to_server ? 0 : 1;
  session.fast_octets[index] += said->length;
  if (session.fast_path[index]++ != 0) return;
  Message message;
  message.fast_path = *said;
  auto observation = emitter.begin();
  observation.octets = octets;
  observation.code = fast_path;
  observation.role = way == Direction::to_server ? Role::request : Role::response;
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

void read(Bytes octets, Direction way, void* memory, Emitter& emitter) {
  auto& session = *static_cast<Session*>(memory);
  if ((octets[0] & 3) == 0) return read_update(octets, way, session, emitter);
  Reading(octets, way, session, emitter).run();
}

void close(Direction way, void* memory, Emitter& emitter) {
  auto const& session = *static_cast<Session*>(memory);
  if (session.fast_path[way == Direction::to_server ? 0 : 1] == 0) return;
  Message message;
  message.to_server = way == Direction::to_server;
  message.ended = &session;
  auto observation = emitter.begin();
  observation.code = fast_path;
  observation.subcode = 1;
  observation.role = message.to_server ? Role::request : Role::response;
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

constexpr Rule rules[] = {
    {"rdp.security.without_network_level", FindingClass::access, "T0886", "T0859"},
    {"rdp.logon.in_clear", FindingClass::access, "T0859", "T0842"},
};

constexpr std::uint16_t ports[] = {3389};

}  // namespace

Dissector const dissector{
    .name = "rdp",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = most_octets,
    .probe = probe,
    .frame = frame,
    .read = read,
    .habit = Habit::peers,
    .words = {.code = "message", .subcode = "type", .object = "name", .objects = "names"},
    .rules = rules,
    .close = close,
};

}  // namespace greywatch::agent::rdp
