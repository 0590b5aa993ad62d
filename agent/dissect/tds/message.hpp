#pragma once
#include <optional>

#include "agent/dissect/tds/login.hpp"
#include "agent/dissect/tds/packet.hpp"
#include "agent/dissect/tds/statement.hpp"
#include "agent/dissect/tds/token.hpp"

namespace greywatch::agent::tds {

/// What a connection remembers. Zeroed octets are a fresh one.
struct Session {
  struct End {
    bool continues;   ///< the next packet goes on with a message
    bool overflowed;  ///< … of which no more is kept
    bool encrypted;   ///< a TLS record was told
  };
  End ends[2];
  std::uint32_t version;  ///< TDSVersion; 0 while it is not known
  std::uint32_t asked_subcode;
  std::uint8_t asked;     ///< packet type of the request that waits; 0 is none
  Operation operation;    ///< … its operation
  std::uint8_t failures;  ///< an error came before its last packet

  /// Row counts of DONE have eight octets, as far as is known.
  bool wide() const { return version == 0 || version >> 24 >= 0x72; }
};

/// One message of a client, or one packet of a server's.
struct Message {
  Header header;
  bool tls = false;                     ///< inside PRELOGIN
  std::optional<std::uint16_t> record;  ///< length of a TLS record in place of a packet
  std::uint32_t packets = 1;
  std::optional<Prelogin> prelogin;
  std::optional<Login> login;
  std::optional<Statement> statement;
  std::optional<Call> call;
  bool command_shell = false;
  std::uint32_t failures = 0;  ///< log-ins of this client that failed of late
  Bytes tokens;                ///< payload of a response's first packet
  bool wide = true;
  std::optional<Element> last;  ///< DONE at the end of a later packet
  Bytes browser;                ///< SQL Server Resolution Protocol: the whole datagram
  text::Name target;
};

void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::tds
