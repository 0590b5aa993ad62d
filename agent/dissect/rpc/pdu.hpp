#pragma once
#include <cstdint>
#include <optional>

#include "agent/dissect/dissector.hpp"
#include "agent/dissect/rpc/uuid.hpp"

namespace greywatch::agent::rpc {

/// Types of PDU of both protocols. C706, 12.1.
enum class Type : std::uint8_t {
  request,
  ping,
  response,
  fault,
  working,
  nocall,
  reject,
  ack,
  cl_cancel,
  fack,
  cancel_ack,
  bind,
  bind_ack,
  bind_nak,
  alter_context,
  alter_context_resp,
  auth3,
  shutdown,
  co_cancel,
  orphaned,
  rts,  ///< of RPC over HTTP (MS-RPCH, 2.2.3.5)
};

inline constexpr std::size_t header_octets = 16;           ///< of the connection-oriented protocol
inline constexpr std::size_t datagram_header_octets = 80;  ///< of the connectionless one

/// The common header of the connection-oriented protocol. C706, 12.6.3.1.
struct Header {
  static constexpr std::uint8_t first_fragment = 0x01, last_fragment = 0x02, object_uuid = 0x80;

  std::uint8_t version = 0, minor = 0;
  Type type{};
  std::uint8_t flags = 0;
  std::uint8_t representation = 0;  ///< first octet of the data representation
  Order order;
  std::uint16_t fragment_length = 0, authentication_length = 0;
  std::uint32_t call = 0;
};
/// Reads 16 octets; nothing when they are no header. `here` octets of the message are looked at, at most 16.
std::optional<Header> read_header(Bytes octets);
/// The octets that are here may begin a header, as far as they go.
bool may_be_header(Bytes octets);

/// An item of a presentation context list. C706, 12.6.3.1 (p_cont_elem_t); fields as they stand.
struct Syntax {
  Uuid uuid;
  std::uint32_t version = 0;  ///< minor in the upper half
};

/// The authentication verifier behind the body. C706, 13.2.6.1; MS-RPCE, 2.2.2.11.
struct Authentication {
  std::uint8_t type = 0, level = 0, padding = 0;
  std::uint32_t context = 0;
  Bytes value;
};

/// A PDU of the connection-oriented protocol. Borrows the octets.
struct Pdu {
  Header header;
  bool cut = false;                                ///< its end is not here: what lies in that is left out
  std::uint16_t most_sent = 0, most_received = 0;  ///< max_xmit_frag, max_recv_frag
  std::uint32_t group = 0;
  std::uint8_t items = 0;  ///< n_context_elem or n_results
  Bytes list;              ///< of presentation contexts, or results
  Bytes secondary_address;
  std::uint16_t reject_reason = 0;
  std::uint32_t allocation = 0;
  std::uint16_t context = 0, opnum = 0;
  std::uint8_t cancels = 0;
  std::uint32_t status = 0;
  std::optional<Uuid> object;
  Bytes stub;  ///< without padding and verifier
  std::optional<Authentication> authentication;
  std::optional<Malformed> malformed;

  bool has(std::uint8_t flag) const { return (header.flags & flag) != 0; }
  bool is_bind() const { return header.type == Type::bind || header.type == Type::alter_context; }
  bool is_bind_answer() const { return header.type == Type::bind_ack || header.type == Type::alter_context_resp; }
  bool carries_call() const {
    return header.type == Type::request || header.type == Type::response || header.type == Type::fault;
  }
};
/// `octets` begins with a header; what they have less than it says is `cut`, or malformed where `whole`.
Pdu read_pdu(Bytes octets, Header const& header, bool whole);

/// Goes through the contexts of a bind.
class Contexts {
 public:
  explicit Contexts(Pdu const& pdu) : in_(pdu.list), order_(pdu.header.order), left_(pdu.items) {}
  struct Context {
    std::uint16_t id;
    std::uint8_t transfers;  ///< how many syntaxes are offered
    Syntax interface;
    Bytes offered;  ///< the transfer syntaxes, 20 octets each
  };
  std::optional<Context> next();
  bool failed() const { return !in_; }

 private:
  Reader in_;
  Order order_;
  std::uint8_t left_;
};

/// The header of the connectionless protocol. C706, 12.5.2.
struct Datagram {
  std::uint8_t version = 0;
  Type type{};
  std::uint8_t flags1 = 0, flags2 = 0, representation = 0;
  Order order;
  Uuid object, interface, activity;
  std::uint32_t server_boot = 0, interface_version = 0, sequence = 0;
  std::uint16_t opnum = 0, interface_hint = 0, activity_hint = 0, length = 0, fragment = 0;
  std::uint16_t serial = 0;
  std::uint8_t authentication = 0;
  std::uint32_t status = 0;  ///< of a fault or reject
  Bytes body;
  std::optional<Malformed> malformed;
};
/// Nothing when the first octets are none of its header.
std::optional<Datagram> read_datagram(Bytes octets);

}  // namespace greywatch::agent::rpc
