#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "agent/dissect/ntp/packet.hpp"
#include "common/time.hpp"

namespace greywatch::agent::ntp {

/// What a flow remembers between messages. Zeroed octets are a fresh one.
class Session {
 public:
  static constexpr std::size_t most_asked = 4;

  void ask(TimeHeader const& header);
  /// Does a server's answer name, as its origin, a request of the last ones? True when no request was seen yet. The
  /// origin is the request's transmit timestamp (RFC 5905, 8), in interleaved mode its receive timestamp (RFC 9769).
  bool answers(TimeHeader const& header) const;

  /// How far the server's clock moved against the capture's since its last answer, in nanoseconds.
  std::optional<std::int64_t> step(TimeHeader const& header, Time seen);
  void gap() { *this = {}; }

 private:
  struct Asked {
    Timestamp transmit, receive;
  };
  std::array<Asked, most_asked> asked_{};
  std::int64_t offset_ = 0;  ///< server's clock less the capture's, ns
  std::uint8_t next_ = 0, count_ = 0;
  bool measured_ = false;
};

}  // namespace greywatch::agent::ntp
