#pragma once
#include "agent/dissect/rpc/association.hpp"
#include "agent/dissect/rpc/pdu.hpp"

namespace greywatch::agent::rpc {

inline constexpr std::string_view protocol = "dcerpc";
inline constexpr Habit habit = Habit::peers;
/// Every code that its violations name.
extern std::span<Rule const> const rules;

/// Whose PDU it is that is told of.
struct Speaker {
  Association& association;
  Strangers* strangers;  ///< null where there are none
  std::uint8_t channel;  ///< of the association
  Emitter& emitter;
};

/// Emits what a PDU says. `octets` begins with the header.
void tell(Bytes octets, Header const& header, bool whole, Speaker const& speaker);

/// The same of what a pipe carries: as many PDUs as there are at the front. What is none is the rest of an earlier one,
/// or no RPC, and is passed over. `whole`: a PDU that does not end here ends in the next message of the pipe, or never.
void tell_all(Bytes octets, Speaker const& speaker);

/// Of a datagram.
void tell(Bytes octets, Datagram const& datagram, Emitter& emitter);

}  // namespace greywatch::agent::rpc
