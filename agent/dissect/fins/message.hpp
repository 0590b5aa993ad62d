#pragma once
#include "agent/dissect/fins/command.hpp"
#include "agent/dissect/fins/header.hpp"
#include "agent/dissect/fins/session.hpp"

namespace greywatch::agent::fins {

/// All that one frame said: what fields are named from. Borrows the frame.
struct Message {
  std::optional<TcpHeader> tcp;
  std::optional<Header> header;
  std::optional<std::uint16_t> end_code;
  std::optional<std::uint16_t> relay;  ///< network << 8 | node where it went wrong on the way
  Command const* command = nullptr;    ///< null for codes that no manual lists
  Layout layout;
  Bytes body;                   ///< behind the command code and the end code
  std::size_t body_offset = 0;  ///< of the body in the octets
  std::uint32_t node = 0;       ///< FINS/TCP: node addresses, of the client and the server
  std::uint32_t server_node = 0;
  Subject subject;              ///< of an answer what was asked
  std::uint16_t spoken = 0;     ///< the number that means a mode, or a specification of a forced bit
  std::optional<double> value;  ///< the first one written
  std::uint8_t unknown_area = 0;
  bool has_unknown_area = false;
  std::optional<Malformed> malformed;
};

/// Reads a frame of UDP, or a message of FINS/TCP. What could be read stands, also where there is a defect.
Message read_datagram(Bytes octets);
Message read_stream_message(Bytes octets);

/// Observation::describe of a Message.
void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::fins
