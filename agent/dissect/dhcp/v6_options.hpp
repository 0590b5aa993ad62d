#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/bytes.hpp"

namespace greywatch::agent::dhcp::v6 {

/// How the content of an option reads.
enum class Shape : std::uint8_t {
  opaque,
  empty,
  number8,
  number16,
  number32,
  address,
  addresses,
  numbers16,  ///< option codes, architectures
  text,
  octets,  ///< said as text where they are printable
  name,
  names,
  full_name,   ///< flags, then a name that may be partial: RFC 4704, 4
  texts,       ///< each behind a length of two octets
  duid,        ///< 11
  ia,          ///< IAID, T1, T2, options: 21.4 and 21.21
  ia_ta,       ///< IAID, options: 21.5
  ia_address,  ///< 21.6
  ia_prefix,   ///< 21.22
  status,      ///< 21.13
  authentication,
  vendor_class,
  vendor_options,
  remote_id,
  ntp,
  link_layer,
  options,     ///< nothing but options
  query,       ///< RFC 5007, 4.1.2.1
  relay_data,  ///< RFC 5007, 4.1.2.4
  message,     ///< of DHCPv6
  message_v4,  ///< of DHCP for IPv4: RFC 7341, 7
};

/// A row of the table of options that are read. Clauses are of RFC 8415.
struct Option {
  std::uint16_t code;
  std::string_view field;
  Shape shape;
};
Option const* find_option(std::uint16_t code);

/// Has somebody registered this code?
bool is_assigned(std::uint16_t code);

inline constexpr std::uint16_t client_identifier = 1, server_identifier = 2, relay_message = 9, client_link_layer = 79;

/// Goes through options: code, length, content. Nothing at the end, which is also an option that is not whole: `left`
/// then begins with it.
struct Item {
  std::uint16_t code = 0;
  Bytes value;
};
std::optional<Item> next_option(Bytes& left);

/// Types of a DUID. 11.1; RFC 6355.
enum class DuidType : std::uint16_t { none, link_layer_time, enterprise, link_layer, uuid };

/// 11. Borrows the option.
struct Duid {
  DuidType type = DuidType::none;
  std::uint16_t hardware_type = 0;
  std::uint32_t time = 0;  ///< seconds since 2000-01-01T00:00:00Z, modulo 2^32
  std::uint32_t enterprise = 0;
  Bytes
      identifier;  ///< the link-layer address, the vendor's identifier, or the UUID; of other types all behind the type
};
inline constexpr std::size_t longest_duid = 130;
/// Nothing where the octets are fewer than the type demands.
std::optional<Duid> read_duid(Bytes octets);
/// The MAC address in it; empty where there is none.
Bytes mac_of(Duid const& duid);

}  // namespace greywatch::agent::dhcp::v6
