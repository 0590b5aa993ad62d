#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "agent/dissect/dissector.hpp"
#include "agent/dissect/iec104/apci.hpp"
#include "agent/dissect/violations.hpp"

namespace greywatch::agent::iec104 {

/// I formats that may be unacknowledged before `iec104.window.exceeded` is said, and the step of N(R) that no lost
/// packet explains. The standard's default k is 12, but k is configured (1 to 32767) and gateways with some tens are in
/// the field; ten times the default is no configuration, and it is what floods reach.
inline constexpr std::uint16_t window_limit = 120;

/// How far the clocks of two taps may differ, so that a reply is captured before what it answers.
inline constexpr Duration tap_skew = std::chrono::seconds(1);

using Violations = ViolationList<8>;

/// Whether one end may send I formats, by what this end itself sent. IEC 60870-5-104:2006, 5.3.
enum class Transfer : std::uint8_t {
  stopped,  ///< a new connection
  started,  ///< it sent STARTDT act or con, or data
  ended,    ///< it sent STOPDT act or con after that
  unseen,   ///< picked up midway, or octets were lost
};

/// What one end of a connection said so far. All zero is a new connection: V(S) and V(R) begin with 0 (5.1).
struct Side {
  bool send_unseen;     ///< `next_send` means nothing
  bool receive_unseen;  ///< `acknowledged` means nothing
  bool astray;          ///< the last N(S) was not `next_send`: `candidate` may be how it goes on
  bool claimed;         ///< the peer acknowledged up to `claim`, which this end had not been seen to send
  Transfer transfer;
  std::uint16_t next_send;  ///< N(S) of the next I format of this end
  std::uint16_t candidate;
  std::uint16_t acknowledged;  ///< N(R) this end sent last: all of the peer's below are acknowledged
  std::uint16_t claim;
  Time claim_time;
};

/// Octets per connection: Dissector::session_size. Trivially copyable; all zero is a connection from its start.
///
/// Rules are judged on what cannot be explained by a capture that began late, lost packets or merged two taps: a rule
/// about one end's own stream at once (TCP delivers it in order, and `gap` tells of losses), a rule across both streams
/// only when the other stream went on without a loss.
struct Session {
  std::array<Side, 2> sides;  ///< by Direction
  bool begun;                 ///< a message was read
  std::uint8_t controlling;   ///< 0: not known; else 1 + the Direction of what the controlling station sends

  Side& side(Direction way) { return sides[static_cast<std::size_t>(way)]; }
  Side const& side(Direction way) const { return sides[static_cast<std::size_t>(way)]; }
  Side const& peer(Direction way) const { return sides[1 - static_cast<std::size_t>(way)]; }
  Side& peer(Direction way) { return sides[1 - static_cast<std::size_t>(way)]; }

  /// Is this way the control direction? Nothing while the content did not say.
  std::optional<bool> control_direction(Direction way) const {
    if (controlling == 0) return std::nullopt;
    return controlling == 1 + static_cast<std::uint8_t>(way);
  }
  void set_control_direction(Direction way) {
    controlling = static_cast<std::uint8_t>(1 + static_cast<std::uint8_t>(way));
  }
  void set_monitor_direction(Direction way) {
    controlling = static_cast<std::uint8_t>(2 - static_cast<std::uint8_t>(way));
  }

  /// Takes one APDU's control information and adds what it broke.
  void take(Apci const& apci, Direction way, Time time, bool midstream, Violations& violations);

  /// I formats of the sender that the peer has not acknowledged; nothing when either count is not known.
  std::optional<std::uint16_t> unacknowledged(Direction way) const;

  /// Octets of this direction were lost.
  void gap(Direction way);

 private:
  void settle_claim(Side& sender, Apci const& apci, Time time, Violations& violations);
  void take_send(Side& sender, std::uint16_t send, Violations& violations);
  void take_receive(Side& sender, Side& peer, std::uint16_t receive, Time time, Violations& violations);
  void take_function(UFunction function, Direction way, Violations& violations);
};

}  // namespace greywatch::agent::iec104
