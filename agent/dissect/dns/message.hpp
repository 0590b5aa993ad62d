#pragma once
#include <cstdint>
#include <optional>

#include "agent/dissect/text/domain_name.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::dns {

inline constexpr std::size_t header_octets = 12;

/// RFC 1035, 4.1.1.
struct Header {
  std::uint16_t id = 0, flags = 0;
  std::uint16_t questions = 0, answers = 0, authorities = 0, additional = 0;

  bool response() const { return (flags & 0x8000) != 0; }
  std::uint8_t opcode() const { return flags >> 11 & 15; }
  bool authoritative() const { return (flags & 0x0400) != 0; }
  bool truncated() const { return (flags & 0x0200) != 0; }
  bool recursion_desired() const { return (flags & 0x0100) != 0; }
  bool recursion_available() const { return (flags & 0x0080) != 0; }
  bool z() const { return (flags & 0x0040) != 0; }
  bool authenticated() const { return (flags & 0x0020) != 0; }
  bool checking_disabled() const { return (flags & 0x0010) != 0; }
  std::uint8_t rcode() const { return flags & 15; }
  bool is_update() const { return opcode() == 5; }
};
Header read_header(Bytes message);

using Name = text::DomainName;

/// A name that may be compressed; see text::read_domain_name.
std::optional<Malformed> read_name(Bytes message, std::size_t& at, Name& name);

struct Question {
  std::uint16_t type = 0, qclass = 0;
};
/// A resource record without its name. RFC 1035, 4.1.3.
struct Record {
  std::uint16_t type = 0, rclass = 0;
  std::uint32_t ttl = 0;
  std::uint16_t length = 0;
  std::size_t data = 0;  ///< where its RDATA begin, in octets from the start of the message
};

/// Goes through the questions, then the records of all sections, of one message; `name` is that of the latest.
class Walk {
 public:
  Walk(Bytes message, Header const& header);

  std::optional<Question> question();
  /// After all questions only.
  std::optional<Record> record();

  Name name;
  std::optional<Malformed> malformed;
  std::size_t at = header_octets;

 private:
  Bytes message_;
  std::uint32_t questions_, records_;
};

/// RDATA of a record whose type holds domain names are names of this message; opaque ones are what they are. Is the
/// content of the record what its type demands?
bool data_fits(Bytes message, Record const& record);

/// Which of the kin a message is, as its flow's port tells.
enum class Kin : std::uint8_t { unicast, multicast, llmnr };

/// One message. Borrows the datagram.
struct Message {
  Bytes octets;
  Kin kin = Kin::unicast;
};

/// Observation::describe of a Message.
void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::dns
