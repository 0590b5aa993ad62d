#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::amqp {

/// AMQP 0-9-1 and 1.0 over TCP, protocol headers and SASL frames included. One observation a frame:
/// - code: of methods of 0-9-1 class * 256 + method; 65536 + descriptor of performatives of 1.0 and of SASL; of other
///   frames the frame type, of protocol headers 0;
/// - target: the channel as unit; by name the routing key, queue or exchange, or the address of a link.
/// docs/protocols/amqp.md says how methods become Operation, Role and Status.
extern Dissector const dissector;

}  // namespace greywatch::agent::amqp
