#pragma once
#include <algorithm>

#include "agent/dissect/enip/path.hpp"

namespace greywatch::agent::enip {

/// A request or response of the message router. CIP Networks Library volume 1, 2-4. Borrows the message; offsets count
/// from its first octet.
struct Cip {
  std::uint8_t service = 0;  ///< without the response bit
  bool response = false;
  Bytes path;                       ///< of requests
  std::uint8_t general_status = 0;  ///< of responses …
  Bytes additional_status;          ///< … in words
  Bytes data;
  std::size_t data_at = 0;
  std::optional<Malformed> malformed;
};
Cip read_cip(Bytes octets);

/// Services are nested no deeper than this: what is beyond is opaque.
constexpr int most_nested = 3;

/// Multiple Service Packet: a count and so many offsets from it. Volume 1, A-4.10.
struct Services {
  std::uint16_t count = 0;  ///< as it says
  Bytes data;
  /// Those that there are, at most: one needs its offset and an octet.
  std::size_t here() const { return std::min<std::size_t>(count, data.size() / 3); }
  /// The octets of one of them; empty where its offset lies.
  Bytes operator[](std::size_t number) const;
};
Services read_services(Bytes data);
/// Whether every offset is one, in order.
bool fits(Services const& services);

/// Unconnected Send: a request to be passed on, with the way it goes. Volume 1, 3-5.5.4.
struct UnconnectedSend {
  std::uint8_t priority = 0, timeout_ticks = 0;
  Bytes request;
  Bytes route;
};
UnconnectedSend read_unconnected_send(Reader& in);
constexpr std::uint16_t connection_manager = 6, message_router = 2, identity_class = 1;
constexpr std::uint8_t get_attributes_all = 0x01, get_attribute_list = 0x03, get_attribute_single = 0x0E,
                       multiple_services = 0x0A, unconnected_send = 0x52, forward_open = 0x54,
                       large_forward_open = 0x5B, forward_close = 0x4E;

/// Whether a request is an Unconnected Send: its service is one of tags elsewhere.
bool is_unconnected_send(Cip const& cip);

}  // namespace greywatch::agent::enip
