#pragma once
#include "agent/dissect/bacnet/apdu.hpp"
#include "agent/dissect/bacnet/layout.hpp"
#include "agent/dissect/bacnet/link.hpp"
#include "agent/dissect/bacnet/names.hpp"
#include "agent/dissect/bacnet/session.hpp"

namespace greywatch::agent::bacnet {

/// All that one datagram said: what fields are named from. Borrows the datagram.
struct Message {
  std::optional<Link> link;
  std::optional<Network> network;
  std::optional<Apdu> apdu;
  std::optional<Layout> layout;  ///< of the APDU's body, where it is read: whole, or all that came of it
  std::uint16_t segments = 0;    ///< that the body was put together from; 0: it came at once, or is a segment itself
  bool partial = false;          ///< the end of the body did not come
  std::size_t body_offset = 0;   ///< of the APDU's body in the datagram
  Subject subject;               ///< what it says itself
  std::optional<Pending> asked;  ///< of an answer: the request
  std::optional<std::uint32_t> error_class, error_code;  ///< the first ones
  std::optional<double> value;                           ///< the first one
  std::uint16_t values = 0;
  std::optional<std::uint8_t> unknown_tag;
  std::uint8_t refused_passwords = 0;  ///< in a row, this one counted
  std::optional<Malformed> malformed;

  bool states_its_length(Bytes datagram) const { return link && link->length == datagram.size(); }
  bool is(Kind kind) const { return apdu && apdu->kind == kind; }
  /// The device itself speaks, not a router or a broadcast manager for it.
  bool is_first_hand() const { return link && link->forwarded_from.empty() && network && !network->source; }
  /// The service, which rejects and aborts do not name.
  std::optional<std::uint8_t> service() const {
    if (apdu && apdu->service) return apdu->service;
    return asked ? std::optional(asked->service) : std::nullopt;
  }
};

/// Reads a datagram. What could be read stands, also where there is a defect. Of a first segment what it is about is
/// known, its parameters are told with those of the others.
Message read_message(Bytes datagram);
/// Reads the parameters that segments were put together to. Offsets count from the front of `body`.
void read_parameters(Message& message, Bytes body);
/// What is well-formed of the message that a network layer message carries. 6.4.
std::optional<Malformed> check_network_message(Network const& network);

/// Services whose parameters hold a password.
bool has_password(std::uint8_t confirmed_service);
/// Evidence: a password is never kept, nor are keys; the message ends in front of them.
Bytes without_secrets(Message const& message, Bytes datagram);

/// Observation::describe of a Message.
void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::bacnet
