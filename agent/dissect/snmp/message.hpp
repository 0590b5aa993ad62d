#pragma once
#include <cstdint>
#include <optional>

#include "agent/dissect/asn1/ber.hpp"
#include "agent/dissect/text/text.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::snmp {

/// Tags of PDUs. RFC 3416, 3; RFC 1157 (4).
enum class Pdu : std::uint8_t { get, get_next, response, set, trap, get_bulk, inform, trap2, report };

using Oid = text::Fixed<256>;
Oid oid_text(Bytes contents);

/// A variable and its value. RFC 3416, 3.
struct Variable {
  Bytes name;
  asn1::Element value;
};

/// What version 3 adds. RFC 3412, 6; RFC 3414, 2.4.
struct Version3 {
  std::uint32_t id = 0, maximum_size = 0;
  std::uint8_t flags = 0;
  std::uint32_t security_model = 0;
  Bytes engine, user;
  std::uint32_t boots = 0, time = 0;

  bool authenticated() const { return (flags & 1) != 0; }
  bool encrypted() const { return (flags & 2) != 0; }
  bool reportable() const { return (flags & 4) != 0; }
};

/// One message. Borrows the datagram.
struct Message {
  std::uint8_t version = 0;                           ///< as on the wire: 0 is 1, 1 is 2c, 3
  std::optional<std::string_view> default_community;  ///< "public" or "private", where it is one of them
  std::optional<Version3> v3;
  std::optional<std::uint8_t> pdu;
  std::int64_t request_id = 0, error_status = 0, error_index = 0;  ///< of get_bulk: non-repeaters, max-repetitions
  Bytes enterprise, agent_address;                                 ///< of trap
  std::int64_t generic_trap = 0, specific_trap = 0;
  asn1::Element variables;
  std::uint32_t count = 0;
  Bytes first;                    ///< the first name
  bool first_is_missing = false;  ///< its value says that there is no such object or instance

  bool is(Pdu wanted) const { return pdu == static_cast<std::uint8_t>(wanted); }
};
/// `message` holds what could be read, also where there is an error.
Result<void> read_message(Bytes datagram, Message& message);

/// Goes through a list of variables; nothing at its end, and where it is broken.
std::optional<Variable> next_variable(asn1::BerReader& list);

/// Observation::describe of a Message.
void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::snmp
