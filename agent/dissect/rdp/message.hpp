#pragma once
#include "agent/dissect/rdp/data.hpp"
#include "agent/dissect/rdp/mcs.hpp"
#include "agent/dissect/rdp/negotiation.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::rdp {

/// Header of a fast-path PDU. MS-RDPBCGR, 2.2.8.1.2 and 2.2.9.1.2.
struct FastPath {
  std::uint8_t header = 0;
  std::uint16_t length = 0;  ///< of the whole PDU
};

/// What a connection remembers. Zeroed octets are a fresh one.
struct Session {
  std::uint32_t fast_path[2];  ///< PDUs by direction
  std::uint64_t fast_octets[2];
  std::uint32_t requested;   ///< protocols of the connection request
  std::uint32_t method;      ///< encryptionMethod of the server
  std::uint16_t io_channel;  ///< 0 while it is not known
  bool has_method;
};

/// One message, as far as it could be read.
struct Message {
  std::optional<osi::Cotp> cotp;  ///< of a TPKT
  std::optional<Negotiation> negotiation;
  bool to_server = true;
  std::optional<Connect> connect;
  std::optional<DomainPdu> domain;
  std::optional<Data> data;
  std::optional<FastPath> fast_path;
  Session const* ended = nullptr;  ///< the sum of a direction at the flow's end
  text::Name name;                 ///< Target::name, where it does not lie in the message
};

void describe(void const* message, FieldSink& sink);

/// Name of the client in its core data; empty where there is none.
text::Name client_name(Bytes blocks);
/// The first block of a type; empty data where there is none.
Bytes find_block(Bytes blocks, std::uint16_t type);

/// Types of blocks. MS-RDPBCGR, 2.2.1.3.1.
enum BlockType : std::uint16_t {
  client_core = 0xc001,
  client_security = 0xc002,
  client_network = 0xc003,
  client_cluster = 0xc004,
  server_core = 0x0c01,
  server_security = 0x0c02,
  server_network = 0x0c03
};

}  // namespace greywatch::agent::rdp
