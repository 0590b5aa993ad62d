#pragma once
#include <array>
#include <optional>

#include "common/bytes.hpp"

namespace greywatch::agent::rdp {

/// Choices of DomainMCSPDU. ITU-T T.125 (02/98), 7.
enum class Mcs : std::uint8_t {
  erect_domain_request = 1,
  disconnect_provider_ultimatum = 8,
  attach_user_request = 10,
  attach_user_confirm = 11,
  channel_join_request = 14,
  channel_join_confirm = 15,
  send_data_request = 25,
  send_data_indication = 26
};

/// A domain PDU in packed encoding. T.125, 10 and X.691, aligned.
struct DomainPdu {
  std::uint8_t choice = 0;
  std::optional<std::uint16_t> initiator;  ///< user identifier, from 1001
  std::optional<std::uint16_t> channel;
  std::optional<std::uint8_t> result, reason;
  Bytes data;              ///< of send data
  std::size_t offset = 0;  ///< of data
  bool known = false;

  Mcs kind() const { return static_cast<Mcs>(choice); }
  bool carries_data() const { return kind() == Mcs::send_data_request || kind() == Mcs::send_data_indication; }
};
Result<DomainPdu> read_domain_pdu(Bytes octets);

/// Connect-Initial or Connect-Response in basic encoding, with the user data of the conference that GCC creates. T.125,
/// 10; ITU-T T.124, 8.7; MS-RDPBCGR, 2.2.1.3 and 2.2.1.4.
struct Connect {
  bool response = false;
  std::optional<std::uint8_t> result;
  Bytes blocks;            ///< client or server data blocks
  std::size_t offset = 0;  ///< of blocks
};
/// Is it one of the two, as far as the first octets tell?
bool begins_connect(Bytes octets);
Result<Connect> read_connect(Bytes octets);

/// The next block of client or server data. MS-RDPBCGR, 2.2.1.3.1.
struct Block {
  std::uint16_t type = 0, length = 0;
  Bytes data;
};
std::optional<Block> next_block(Bytes& left);

}  // namespace greywatch::agent::rdp
