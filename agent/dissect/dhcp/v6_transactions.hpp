#pragma once
#include <array>
#include <cstdint>

#include "agent/dissect/dhcp/v6_message.hpp"

namespace greywatch::agent::dhcp::v6 {

/// What was asked of late, by client and transaction, whatever the flow: a client asks a group and is answered by a
/// host. 256 transactions, in sets of four where the oldest gives way. Zeroed octets are empty, so that it can stand in
/// Dissector::shared_size.
class Transactions {
 public:
  struct Asked {
    std::uint64_t key;     ///< 0 is free
    Time latest;           ///< sent again, it counts anew
    std::uint64_t client;  ///< marks of the identifiers in it, 0 where there is none
    std::uint64_t server;
    MessageType type;
  };

  /// True where another transaction gave way that may still be answered.
  bool ask(Message const& message, Time now, HashKey const& key);
  /// What this answers; null when it was not seen, or is forgotten.
  Asked const* find(Message const& message, HashKey const& key) const;

  /// A mark of an identifier that no outsider can aim at.
  static std::uint64_t mark(Bytes identifier, HashKey const& key);

 private:
  static std::uint64_t name(Message const& message, HashKey const& key);
  static constexpr std::size_t sets = 64, ways = 4;
  std::array<std::array<Asked, ways>, sets> entries_;
};

}  // namespace greywatch::agent::dhcp::v6
