#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "agent/dissect/enip/encapsulation.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::enip {

/// A CIP request that waits for its response, with what the response does not repeat. Of an Unconnected Send it is the
/// request that is sent on.
struct Pending {
  std::uint32_t key = 0;  ///< sender context, folded; of connected messages the sequence count
  std::uint32_t instance = 0;
  std::uint16_t class_id = 0;
  std::uint16_t attribute = 0;
  std::uint8_t service = 0;
  Operation operation = Operation::other;
  bool connected : 1 = false;
  bool forwarded : 1 = false;  ///< by an Unconnected Send
  bool has_instance : 1 = false;
  bool has_attribute : 1 = false;
};
static_assert(sizeof(Pending) == 16);

/// Which services of a packet read the identity, four bits for each of the first sixteen: the number of the attribute
/// (1 to 8) that one asks for alone, `whole` for several. 0: it is no such service.
class IdentityAsked {
 public:
  static constexpr std::size_t most = 16;
  static constexpr std::uint8_t whole = 15;

  void set(std::size_t number, std::uint8_t what) {
    if (number < most) bits_ |= std::uint64_t{what} << 4 * number;
  }
  std::uint8_t operator[](std::size_t number) const {
    return number < most ? static_cast<std::uint8_t>(bits_ >> 4 * number & 15) : std::uint8_t{0};
  }
  bool any() const { return bits_ != 0; }

 private:
  std::uint64_t bits_ = 0;
};

/// What a flow remembers between messages. Zeroed octets are a fresh one.
class Session {
 public:
  static constexpr std::size_t most_pending = 8;

  static std::uint32_t key(Packet const& packet, Header const& header);
  /// Remembers a request; the oldest one is forgotten when there are too many.
  void ask(Pending const& request);
  /// What a response answers, if it was seen: the newest request of its key and service. It is done with.
  std::optional<Pending> answer(std::uint32_t key, bool connected, std::uint8_t service);
  /// The service that a response should have: of the only request of its key.
  std::optional<Pending> only(std::uint32_t key, bool connected) const;
  /// Remembers what a packet reads of the identity, `asked` being nothing where it reads none of it; the last such
  /// packet is known.
  void ask_identity(std::uint32_t key, bool connected, IdentityAsked asked);
  /// What a packet that is answered read of it, which is done with.
  IdentityAsked answer_identity(std::uint32_t key, bool connected);
  /// Something was not seen.
  void forget() {
    count_ = 0;
    handle = 0;
    identity_ = {};
  }

  std::uint32_t handle = 0;  ///< of the session that was registered on this connection; 0 while none was seen

 private:
  std::array<Pending, most_pending> pending_{};
  IdentityAsked identity_;
  std::uint32_t identity_key_ = 0;
  std::uint8_t count_ = 0;
  bool identity_connected_ = false;
};

}  // namespace greywatch::agent::enip
