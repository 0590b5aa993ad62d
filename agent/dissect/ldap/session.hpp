#pragma once
#include <array>
#include <cstdint>
#include <type_traits>

#include "agent/dissect/ldap/message.hpp"
#include "agent/dissect/logon/failures.hpp"

namespace greywatch::agent::ldap {

/// What is remembered of a flow; all zero at its start.
struct Session {
  /// A request that waits for its last answer.
  struct Asked {
    std::uint32_t id;
    std::uint32_t entries;
    std::uint8_t op;
    bool used;
    bool tls;  ///< it asks for TLS
  };
  std::array<Asked, 8> asked;
  std::uint8_t next;
  bool tls;   ///< StartTLS was granted: the next octets are TLS
  bool sasl;  ///< a bind by SASL was seen: buffers may be wrapped

  /// Pairs requests and answers, and fills in what the one knows of the other.
  void follow(Message& message);
  void forget();

 private:
  void ask(Message const& message);
};
using Shared = logon::Failures;
static_assert(std::is_trivially_copyable_v<Session>);

}  // namespace greywatch::agent::ldap
