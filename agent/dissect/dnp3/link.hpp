#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/dissect/dissector.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::dnp3 {

/// Octets of the header with its CRC, and of a block of user data without its own. IEEE 1815-2012, 9.2.4.
inline constexpr std::size_t link_header = 10, data_block = 16, most_user_data = 250;
/// The longest frame: LENGTH 255, 250 octets of user data in 16 blocks.
inline constexpr std::size_t most_frame = link_header + most_user_data + 16 * 2;

/// Link functions that carry user data. 9.2.4.1.3, table 9-1.
inline constexpr std::uint8_t confirmed_user_data = 3, unconfirmed_user_data = 4;

/// The header of a link frame. 9.2.4.1.
struct Link {
  std::uint8_t length = 0;   ///< octets that follow the field, CRCs not counted: 5 to 255
  std::uint8_t control = 0;  ///< DIR, PRM, FCB, FCV or DFC, function code
  std::uint16_t destination = 0, source = 0, crc = 0;

  bool dir() const { return (control & 0x80) != 0; }  ///< sent by a master
  bool prm() const { return (control & 0x40) != 0; }  ///< the frame begins a transaction
  bool fcb() const { return (control & 0x20) != 0; }
  bool fcv() const { return (control & 0x10) != 0; }  ///< of PRM = 0: DFC
  std::uint8_t function() const { return control & 0x0f; }
  bool carries_user_data() const {
    return prm() && (function() == confirmed_user_data || function() == unconfirmed_user_data);
  }
};
/// The header at the front; at least `link_header` octets.
Link peek_link(Bytes octets);

/// Octets of the whole frame with its CRCs.
constexpr std::size_t frame_octets(std::uint8_t length) {
  std::size_t const data = length < 5 ? 0 : length - 5u;
  return link_header + data + (data + data_block - 1) / data_block * 2;
}
/// Where octet `at` of the user data is in the frame.
constexpr std::size_t place_in_frame(std::size_t at) { return link_header + at + at / data_block * 2; }

/// The user data of a frame, without CRCs.
struct UserData {
  std::array<std::uint8_t, most_user_data> octets;
  std::size_t size = 0;
  Bytes view() const { return Bytes(octets).first(size); }
};
/// Copies the user data of a whole frame out of its blocks; the first block whose CRC is wrong is refused.
std::optional<Malformed> take_user_data(Bytes frame, UserData& data);

/// 9.2.4.3: x^16 + x^13 + x^12 + x^11 + x^10 + x^8 + x^6 + x^5 + x^2 + 1, inverted, sent least significant octet first.
std::uint16_t crc(Bytes octets);

/// Name of a link function, empty where the standard has none.
std::string_view link_function(std::uint8_t control);
/// Broadcast addresses and reserved ones begin here; 0xfffc is the self-address. 9.2.4.1.4.
inline constexpr std::uint16_t first_broadcast = 0xfffd;

Frame frame(Bytes octets);
Likeness probe(Bytes octets, Direction);
Likeness probe_datagram(Bytes octets, Direction);

}  // namespace greywatch::agent::dnp3
