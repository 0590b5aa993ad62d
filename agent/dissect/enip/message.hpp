#pragma once
#include "agent/dissect/dissector.hpp"
#include "agent/dissect/enip/cip.hpp"
#include "agent/dissect/enip/encapsulation.hpp"
#include "agent/dissect/enip/session.hpp"

namespace greywatch::agent::enip {

/// All that one message said: what fields are named from. Borrows the message.
struct Message {
  std::optional<Encapsulated> encapsulated;
  std::optional<Packet> io;  ///< a datagram of cyclic data, that has no header
  bool response = false;     ///< an answer of the encapsulation, by its direction or content
  std::optional<Cip> cip;
  std::optional<Pending> answered;
  IdentityAsked identity;  ///< of an answered packet: which services in it read the identity
  Place place;             ///< of the target
};

/// Names the fields of a Message.
void describe(void const* message, FieldSink& sink);
/// Names a Place alone: of further services of a packet, whose other fields the first observation told.
void describe_object(void const* place, FieldSink& sink);

}  // namespace greywatch::agent::enip
