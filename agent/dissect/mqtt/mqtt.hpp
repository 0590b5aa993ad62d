#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::mqtt {

/// MQTT 3.1, 3.1.1 and 5.0 over TCP (OASIS MQTT Version 3.1.1, 2014; Version 5.0, 2019). Over TLS there is nothing to
/// read, and over WebSocket it is not looked for.
extern Dissector const dissector;

}  // namespace greywatch::agent::mqtt
