#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/observation.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::iec61850 {

/// Session identifiers and payload types. IEC TR 61850-90-5:2012, 8.
inline constexpr std::uint8_t spdu_tunnelled = 0xA0, spdu_goose = 0xA1, spdu_sampled_values = 0xA2,
                              spdu_management = 0xA3;
inline constexpr std::uint8_t payload_goose = 0x81, payload_sampled_values = 0x82, payload_tunnelled = 0x83,
                              payload_management = 0x84;

/// The session protocol that carries GOOSE and sampled values over UDP, port 102, behind the unit data header of the
/// connectionless transport (ISO/IEC 8602). IEC TR 61850-90-5:2012, 8.2. Borrows the datagram.
struct Spdu {
  std::uint8_t identifier = 0;
  std::uint8_t header_length = 0;  ///< octets of the session header that follow
  std::uint32_t length = 0;        ///< octets that follow it
  std::uint32_t number = 0;        ///< counts the SPDUs of a sender
  std::uint16_t version = 0;
  std::uint32_t current_key_time = 0;  ///< seconds since 1970: when the key in use began
  std::uint16_t next_key_time = 0;     ///< minutes until the next key is used
  std::uint32_t key_id = 0;
  Bytes initialization_vector;
  Bytes payloads;
  std::size_t payloads_at = 0;  ///< octets before them
  Bytes signature;              ///< all that stands behind them: tag 85, a length and an HMAC, where there is one
  std::optional<Malformed> malformed;
};
Spdu read_spdu(Bytes datagram);

/// One of the payloads of an SPDU. IEC TR 61850-90-5:2012, 8.3.
struct Payload {
  std::uint8_t type = 0;
  bool simulated = false;
  std::uint16_t appid = 0;
  std::uint16_t length = 0;  ///< octets of the APDU
  Bytes apdu;
  std::size_t apdu_at = 0;
  std::optional<Malformed> malformed;
};

/// Goes through the payloads; ends at padding (tag AF) and at what is broken, which is still returned.
class Payloads {
 public:
  explicit Payloads(Spdu const& spdu) : in_(spdu.payloads), at_(spdu.payloads_at) {}
  std::optional<Payload> next();

 private:
  Reader in_;
  std::size_t at_;
};

/// Names the fields of a session; `names` is of one protocol.
struct SpduNames {
  std::string_view identifier, header_length, length, number, version, current_key_time, next_key_time, key_id,
      initialization_vector, signature;
};
void describe(Spdu const& spdu, SpduNames const& names, FieldSink& sink);

}  // namespace greywatch::agent::iec61850
