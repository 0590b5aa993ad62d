#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/observation.hpp"
#include "common/bytes.hpp"
#include "common/result.hpp"

namespace greywatch::agent::bacnet {

/// ASHRAE 135, 20.1.2 to 20.1.9.
enum class Kind : std::uint8_t {
  confirmed_request,
  unconfirmed_request,
  simple_ack,
  complex_ack,
  segment_ack,
  error,
  reject,
  abort
};
std::string_view name(Kind kind);  ///< "Confirmed-Request", …

/// The header of an APDU, and what follows it. Borrows the octets.
struct Apdu {
  Kind kind = Kind::confirmed_request;
  bool segmented = false, more_follows = false, segmented_response_accepted = false;
  bool negative_ack = false, from_server = false;   ///< of segment acknowledgements; the latter of aborts, too
  std::uint8_t most_segments = 0, most_octets = 0;  ///< raw codes of 20.1.2.4 and 20.1.2.5
  std::optional<std::uint8_t> invoke_id, sequence_number, window_size, service;
  std::optional<std::uint8_t> reason;  ///< of rejects and aborts
  Bytes body;                          ///< the service's parameters, or a segment of them
};
/// Offsets of a refusal count from the front of `octets`.
Result<Apdu> read_apdu(Bytes octets);

/// A service's name, as in clause 21, and what it asks for; an empty name for what the standard does not know.
struct Service {
  std::string_view name;
  Operation operation = Operation::other;
};
Service confirmed_service(std::uint8_t choice);
Service unconfirmed_service(std::uint8_t choice);
bool is_announcement(std::uint8_t unconfirmed_choice);  ///< I-Am and I-Have: nobody is asked
std::string_view reject_reason(std::uint8_t reason);    ///< 18.9; empty where not known
std::string_view abort_reason(std::uint8_t reason);     ///< 18.10; empty where not known

/// A tag of 20.2.1. Of an opening or closing one the length is 0; of an application boolean, too: its value is `value`.
struct Tag {
  std::uint8_t number = 0;
  bool context = false, opening = false, closing = false;
  std::uint8_t value = 0;  ///< length, value or type field as it stands
  std::uint32_t length = 0;
};
/// Reads a tag's head. Fails the reader where octets are missing.
Tag read_tag(Reader& in);

}  // namespace greywatch::agent::bacnet
