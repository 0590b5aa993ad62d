#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "agent/dissect/asn1/ber.hpp"
#include "agent/dissect/text/text.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::kerberos {

/// msg-type, which is the application tag, too. RFC 4120, 7.5.7.
enum class Type : std::uint8_t {
  as_req = 10,
  as_rep = 11,
  tgs_req = 12,
  tgs_rep = 13,
  ap_req = 14,
  ap_rep = 15,
  safe = 20,
  priv = 21,
  cred = 22,
  error = 30,
};

/// PrincipalName. RFC 4120, 5.2.2.
struct Principal {
  std::int64_t type = 0;
  asn1::Element names;  ///< SEQUENCE OF GeneralString
};
using Name = text::Fixed<256>;
/// "service/host@REALM"; without a realm where `realm` is empty.
Name principal_text(Principal const& principal, std::string_view realm);

/// EncryptedData, without what is encrypted. RFC 4120, 5.2.9.
struct Encrypted {
  std::int64_t etype = 0;
  std::optional<std::uint64_t> kvno;
};

/// Ticket. RFC 4120, 5.3.
struct Ticket {
  std::uint64_t version = 0;
  std::string_view realm;
  Principal server;
  Encrypted encrypted;
};

/// KRB-AP-REQ, wherever it stands. RFC 4120, 5.5.1.
struct ApRequest {
  std::uint64_t version = 0, type = 0;
  Bytes options;  ///< BIT STRING
  Ticket ticket;
  Encrypted authenticator;
};

/// One PA-DATA, and what is read of its value. RFC 4120, 5.2.7.
struct Preauthentication {
  std::int64_t type = 0;
  asn1::Element value;  ///< OCTET STRING
};
/// Types that are read or judged. RFC 4120, 7.5.2, and the IANA registry.
inline constexpr std::int64_t pa_tgs_req = 1, pa_enc_timestamp = 2, pa_etype_info2 = 19, pa_fx_fast = 136,
                              pa_encrypted_challenge = 138;
/// Does it show that the client knows a secret? Those that only ask or tell do not; unknown ones may.
bool is_proof(std::int64_t type);

/// One ETYPE-INFO2-ENTRY. RFC 4120, 5.2.7.5.
struct EtypeInfo {
  std::int64_t etype = 0;
  std::optional<std::string_view> salt;
};

/// One message; borrows its octets. What a type does not have stays empty.
struct Message {
  std::optional<std::uint32_t> record_length;     ///< over TCP
  std::optional<std::uint16_t> password_version;  ///< of a change of a password (RFC 3244)
  std::uint8_t type = 0;
  std::uint64_t version = 0;

  asn1::Element padata;  ///< SEQUENCE OF PA-DATA; of KRB-ERROR METHOD-DATA
  asn1::Element etypes;  ///< SEQUENCE OF Int32: what the client can do
  asn1::Element addresses, additional_tickets;
  Bytes options;  ///< kdc-options
  std::optional<Principal> client, server;
  std::optional<std::string_view> client_realm, realm;
  Bytes from, till, renewable_till, client_time, server_time;  ///< KerberosTime
  std::optional<std::int64_t> nonce, client_microseconds, server_microseconds, error;
  std::optional<std::string_view> error_text;

  std::optional<Ticket> ticket;        ///< of a reply
  std::optional<ApRequest> ap;         ///< itself, in PA-TGS-REQ, or the armor of FAST
  std::optional<Encrypted> encrypted;  ///< enc-part
  std::optional<Encrypted> fast;       ///< of PA-FX-FAST
  std::optional<Encrypted> timestamp;  ///< of PA-ENC-TIMESTAMP or PA-ENCRYPTED-CHALLENGE
  std::int64_t fast_armor = 0;
  /// KRB-PRIV that holds the new password, or what came of it.
  struct Private {
    std::uint8_t type = 0;
    std::uint64_t version = 0;
    Encrypted encrypted;
  };
  std::optional<Private> password_private;

  bool is(Type wanted) const { return type == static_cast<std::uint8_t>(wanted); }
  bool is_request() const { return is(Type::as_req) || is(Type::tgs_req) || is(Type::ap_req); }

  std::optional<std::uint64_t> failures;  ///< of this client of late, by the session
  bool weak_only = false;                 ///< all etypes that the client offers are deprecated
};

/// Reads one message without the length of TCP. `message` holds what could be read, also where there is an error;
/// offsets count from the front of `octets`.
Result<void> read_message(Bytes octets, Message& message);
/// A change of a password. RFC 3244, 2.
Result<void> read_password(Bytes octets, Message& message);

/// Goes through padata, etypes and entries; nothing at the end, and where it is broken.
std::optional<Preauthentication> next_preauthentication(asn1::BerReader& list);
std::optional<EtypeInfo> next_etype_info(asn1::BerReader& list);
std::optional<std::int64_t> next_integer(asn1::BerReader& list);
std::optional<Ticket> next_ticket(asn1::BerReader& list);
/// HostAddress. RFC 4120, 5.2.5 and 7.5.3: type 20 is a NetBIOS name.
struct HostAddress {
  std::int64_t type = 0;
  Bytes octets;
};
inline constexpr std::int64_t netbios_address = 20;
std::optional<HostAddress> next_address(asn1::BerReader& list);
/// Entries of a PA-ETYPE-INFO2.
asn1::BerReader etype_infos(Preauthentication const& of);

/// What is at most read of each list of one message.
inline constexpr int most_entries = 64;

}  // namespace greywatch::agent::kerberos
