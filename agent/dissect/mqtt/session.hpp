#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "agent/dissect/dissector.hpp"
#include "agent/dissect/mqtt/packet.hpp"

namespace greywatch::agent::mqtt {

/// What is remembered of a connection; all zero at its start.
struct Session {
  std::uint8_t level;                ///< protocol level, 0 while unknown
  bool connected;                    ///< CONNECT was seen
  bool spoken;                       ///< the client sent a packet
  std::array<bool, 2> aliases_void;  ///< by Direction: what is kept of it no longer holds
};

/// Topic aliases of the direction being read, in what the emitter keeps of it. MQTT 5.0, 3.3.2.3.4.
class Aliases {
 public:
  explicit Aliases(Emitter& emitter) : emitter_(emitter) {}
  /// Borrows what is kept: valid until the next `set`.
  std::string_view find(std::uint16_t alias) const;
  void set(std::uint16_t alias, std::string_view topic);

 private:
  Emitter& emitter_;
};

}  // namespace greywatch::agent::mqtt
