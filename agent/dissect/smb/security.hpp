#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "agent/dissect/text/utf16.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::smb {

using text::from_oem;
using text::from_utf16;
using text::Name;

/// An NTLMSSP message. MS-NLMP, 2.2.1. Of challenges and hashes nothing is kept.
struct Ntlm {
  std::uint32_t type = 0;  ///< 1 negotiate, 2 challenge, 3 authenticate
  std::uint32_t flags = 0;
  struct Version {
    std::uint8_t major, minor;
    std::uint16_t build;
  };
  std::optional<Version> version;
  Name domain;                          ///< of the account; of a challenge the target's name
  Name user, workstation;               ///< of 3; the workstation also of 1
  Name computer, dns_computer, forest;  ///< of the target information of a challenge
  Name nb_domain, dns_domain;
};

/// What a security blob holds: SPNEGO (RFC 4178) or a bare NTLMSSP message.
struct Security {
  static constexpr std::size_t most_mechanisms = 8;
  std::array<Bytes, most_mechanisms> mechanisms{};  ///< object identifiers offered, or the one that is chosen
  std::size_t count = 0;
  bool spnego = false;
  std::optional<std::uint8_t> state;  ///< negState of a NegTokenResp
  std::optional<Ntlm> ntlm;
};

/// Reads as much as can be read: what a blob holds is for the ends to agree on, so that nothing in it is malformed.
Security read_security(Bytes blob);

void describe(Security const& security, FieldSink& sink);

}  // namespace greywatch::agent::smb
