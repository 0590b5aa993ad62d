#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "agent/dissect/smb/layout.hpp"
#include "agent/dissect/smb/packet.hpp"
#include "agent/dissect/smb/security.hpp"
#include "agent/dissect/smb/tables.hpp"

namespace greywatch::agent::smb {

/// Header of SMB 1. MS-CIFS, 2.2.3.1.
struct Header1 {
  static constexpr std::uint16_t nt_status = 0x4000, unicode = 0x8000;

  std::uint8_t command;
  std::uint32_t
      status;  ///< of NT; with the flag unset the class of an error in the lowest octet, its code in the highest
  std::uint8_t flags;
  std::uint16_t flags2, process_high, tree, process, user, multiplex;

  bool response() const { return (flags & 0x80) != 0; }
  bool wide() const { return (flags2 & unicode) != 0; }
  Status ended() const {
    if ((flags2 & nt_status) != 0) return status_of(status);
    return status_of_dos(static_cast<std::uint8_t>(status), static_cast<std::uint16_t>(status >> 16));
  }
  std::uint64_t message() const {
    return std::uint64_t{process_high} << 48 | std::uint64_t{process} << 16 | multiplex | std::uint64_t{1} << 40;
  }
};
Header1 read_header1(Reader& in);
void describe(Header1 const& header, FieldSink& sink);

/// Header of SMB 2 and 3. MS-SMB2, 2.2.1.
struct Header2 {
  std::uint16_t structure_size, credit_charge;
  std::uint32_t status;  ///< of a request ChannelSequence
  std::uint16_t command, credits;
  std::uint32_t flags, next_command;
  std::uint64_t message;
  std::uint32_t process, tree;
  std::uint64_t session;

  bool response() const { return (flags & 1) != 0; }
  bool asynchronous() const { return (flags & 2) != 0; }
  bool related() const { return (flags & 4) != 0; }
  std::uint64_t async() const { return std::uint64_t{tree} << 32 | process; }
};
Header2 read_header2(Reader& in);

/// Text where it lies.
struct Text {
  Bytes octets;
  bool wide = true;
  Name name() const { return wide ? from_utf16(octets) : from_oem(octets); }
};

/// One message of a compound, one command of an AndX chain, or a packet of the session service. Borrows the packet.
struct Message {
  bool first = true;  ///< of its packet: tells of that, too
  std::uint8_t packet_type = 0;
  std::uint32_t packet_length = 0;
  Bytes packet;  ///< of the session service: what is behind its header
  Kind kind = Kind::none;
  std::optional<Header1> header1;
  std::optional<Header2> header2;
  bool continued = false;            ///< a command behind the first one of a chain: the header is told with that
  std::uint8_t command1 = 0;         ///< of this command
  std::optional<std::uint8_t> next;  ///< AndXCommand
  std::optional<std::uint8_t> words;
  std::optional<std::uint16_t> bytes;
  std::optional<std::uint16_t> structure_size;
  std::string_view command;
  Columns columns;
  Bytes fixed;  ///< what the columns tell of

  struct Said {
    std::string_view field;
    Text text;
  };
  std::array<Said, 8> texts;
  std::size_t text_count = 0;
  struct Number {
    std::string_view field;
    std::uint64_t value;
  };
  std::array<Number, 8> numbers;
  std::size_t number_count = 0;

  Bytes dialects;  ///< of a request for negotiation, as the version has them
  Bytes contexts;  ///< of a negotiation
  std::size_t context_count = 0;
  Bytes create_contexts;  ///< of a request to open
  std::optional<Security> security;
  std::string_view share, file;  ///< as an earlier request named them
  Bytes carried;                 ///< of a pipe: what is written to it, or read from it
  Name target;                   ///< Target::name
  bool administrative = false, pipe = false;
  bool outdated = false;  ///< a server chose version 1
  bool guest = false;
  std::optional<std::uint32_t> control;  ///< function of an I/O control
  std::string_view account;              ///< who is answered to
  Bytes rest;                            ///< encrypted, compressed: the header

  void say(std::string_view field, Text text) {
    if (text_count < texts.size() && !text.octets.empty()) texts[text_count++] = {field, text};
  }
  void say(std::string_view field, std::uint64_t value) {
    if (number_count < numbers.size()) numbers[number_count++] = {field, value};
  }
};

void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::smb
