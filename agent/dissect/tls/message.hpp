#pragma once
#include <cstdint>
#include <optional>

#include "agent/dissect/tls/hello.hpp"
#include "agent/dissect/tls/record.hpp"

namespace greywatch::agent::tls {

/// HandshakeType. RFC 8446, B.3; RFC 5246, 7.4.
enum class HandshakeType : std::uint8_t {
  hello_request = 0,
  client_hello = 1,
  server_hello = 2,
  hello_verify_request = 3,
  new_session_ticket = 4,
  end_of_early_data = 5,
  encrypted_extensions = 8,
  certificate = 11,
  server_key_exchange = 12,
  certificate_request = 13,
  server_hello_done = 14,
  certificate_verify = 15,
  client_key_exchange = 16,
  finished = 20,
  certificate_url = 21,
  certificate_status = 22,
  key_update = 24
};
/// Does any standard have this type?
bool is_handshake_type(std::uint8_t type);

/// One handshake message, or another record, as far as it could be read.
struct Message {
  Record record;
  bool begins_record = true;              ///< it is the first message of its record
  std::optional<std::uint8_t> handshake;  ///< its type, where it is a handshake message in clear
  std::uint32_t length = 0;               ///< octets of its body
  std::optional<Hello> hello;
  bool resumed = false;  ///< server hello: it takes up the client's session
  Bytes certificates;    ///< certificate_list
  std::optional<std::uint8_t> alert_level, alert_description;
  std::optional<std::uint16_t> heartbeat_length;  ///< payload_length of a heartbeat in clear
};

/// Observation::describe of a Message.
void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::tls
