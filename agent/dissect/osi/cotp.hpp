#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::osi {

/// TPDU codes, the upper half of the second octet. ITU-T X.224 (11/95), 13.2.2.
enum class Tpdu : std::uint8_t {
  expedited_data = 0x1,
  expedited_acknowledge = 0x2,
  data_acknowledge = 0x6,
  error = 0x7,
  disconnect_request = 0x8,
  disconnect_confirm = 0xC,
  connection_confirm = 0xD,
  connection_request = 0xE,
  data = 0xF
};

/// The header of a TPDU, with the parameters of a connection's start. X.224, 13.3 to 13.7. Borrows the message.
struct Cotp {
  std::uint8_t code = 0;                      ///< the whole octet: a Tpdu in its upper half
  bool end_of_tsdu = true;                    ///< DT: EOT
  std::uint8_t number = 0;                    ///< DT: TPDU-NR
  std::uint16_t destination = 0, source = 0;  ///< references of CR, CC, DR
  std::uint8_t class_option = 0;              ///< CR, CC: class in the upper half
  std::uint8_t reason = 0;                    ///< DR
  Bytes calling_tsap, called_tsap;            ///< CR, CC; empty where absent
  std::uint8_t tpdu_size = 0;                 ///< CR, CC: exponent of two; 0 where absent

  Tpdu kind() const { return static_cast<Tpdu>(code >> 4); }
};

/// ISO transport on TCP (RFC 1006, RFC 2126): a row of TPKTs is one message from the first data TPDU to the one with
/// EOT; any other TPDU is a message of its own. Serves as Dissector::frame of every protocol that stands on it; `most`
/// must then bound the chain.
Frame frame(Bytes octets);

/// A message as `frame` cut it.
struct Message {
  Cotp cotp;        ///< of its first TPDU
  Bytes user_data;  ///< of all its TPDUs: in the message where it lies in one piece, else in a buffer of the thread
                    ///< that the next call reuses. At most 65,536 octets, what is beyond is left out
  std::size_t offset = 0;  ///< of user_data in the message; of the first piece where there are several
  std::uint32_t pieces = 0;
};

/// Reads the message; `message` may hold one chain of TPKTs only.
Result<Message> read_message(Bytes message);

}  // namespace greywatch::agent::osi
