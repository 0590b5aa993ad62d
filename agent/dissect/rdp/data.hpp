#pragma once
#include <optional>

#include "agent/dissect/text/utf16.hpp"

namespace greywatch::agent::rdp {

/// Flags of the basic security header. MS-RDPBCGR, 2.2.8.1.1.2.1.
enum SecurityFlag : std::uint16_t { exchange = 0x1, encrypted = 0x8, info = 0x40, license = 0x80, redirection = 0x400 };

/// Client Info PDU. MS-RDPBCGR, 2.2.1.11.1.1. Of the password only whether there is one.
struct ClientInfo {
  std::uint32_t code_page = 0, flags = 0;
  text::Name domain, user, shell, directory;
  bool has_password = false;
  std::size_t secret = 0;  ///< octets in front of the first string, from the start of the PDU: what may be evidence
};

/// Preamble of a licensing PDU. MS-RDPBCGR, 2.2.1.12.1.1 and .3.
struct License {
  std::uint8_t type = 0, version = 0;
  std::uint16_t length = 0;
  std::optional<std::uint32_t> error;  ///< of an error alert: 7 is a valid client
};

/// Share control header, and of data the share data header. MS-RDPBCGR, 2.2.8.1.1.1.
struct Share {
  std::uint16_t length = 0, type = 0, source = 0;
  std::optional<std::uint8_t> data_type;
  std::uint8_t kind() const { return type & 0xf; }
};

/// What a send data PDU carries on the I/O channel.
struct Data {
  std::optional<std::uint16_t> security_flags;
  std::optional<std::uint32_t> exchange_length;  ///< octets of the client's random, encrypted
  std::optional<ClientInfo> client_info;
  std::optional<License> license;
  std::optional<Share> share;
  std::optional<Malformed> malformed;  ///< from the start of the data
};

/// `always`: a security header stands in front of everything, because traffic is encrypted.
Data read_data(Bytes data, bool always);

}  // namespace greywatch::agent::rdp
