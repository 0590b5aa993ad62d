#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::osi {

/// SPDU identifiers (SI). ITU-T X.225 (11/95), 8.3. GT and DT share one: GT only stands before another SPDU.
enum class Spdu : std::uint8_t {
  data_transfer = 1,
  please_tokens = 2,
  expedited = 5,
  not_finished = 8,
  finish = 9,
  disconnect = 10,
  refuse = 12,
  connect = 13,
  accept = 14,
  abort = 25,
  abort_accept = 26,
  typed_data = 33
};

/// The SPDUs of one TSDU: category 0 ones in front are passed over, the last one is told. X.225, 6.3.7, 8.2, 8.3.
/// Borrows the message.
struct SessionPdu {
  Spdu si = Spdu::data_transfer;
  Bytes calling_selector, called_selector;           ///< called: of AC the responding one
  std::uint8_t version = 0;                          ///< CN, AC: bits of the version number
  std::uint16_t requirements = 0;                    ///< CN, AC: session user requirements; 2 is duplex
  std::optional<std::uint8_t> reason;                ///< RF: first octet of the reason code
  std::optional<std::uint8_t> transport_disconnect;  ///< RF, FN, AB
  Bytes user_data;         ///< parameter 193 or 194; of data transfer what follows the parameters
  std::size_t offset = 0;  ///< of user_data in the message
};

/// Are these the first octets of a TSDU with session protocol, and not of something that stands on transport directly?
bool begins_session(Bytes tsdu);

/// Reads a TSDU that begins at `offset` of the message.
Result<SessionPdu> read_session(Bytes tsdu, std::size_t offset);

}  // namespace greywatch::agent::osi
