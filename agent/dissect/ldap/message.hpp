#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/dissect/asn1/ber.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::ldap {

/// Application tags of operations. RFC 4511, 4.2 to 4.14.
enum class Op : std::uint8_t {
  bind = 0,
  bind_response = 1,
  unbind = 2,
  search = 3,
  entry = 4,
  search_done = 5,
  modify = 6,
  modify_response = 7,
  add = 8,
  add_response = 9,
  remove = 10,
  remove_response = 11,
  modify_dn = 12,
  modify_dn_response = 13,
  compare = 14,
  compare_response = 15,
  abandon = 16,
  reference = 19,
  extended = 23,
  extended_response = 24,
  intermediate = 25,
};
bool is_known(std::uint32_t op);
bool is_answer(Op op);
/// An answer after which no other one comes.
bool is_last_answer(Op op);

inline constexpr std::string_view start_tls = "1.3.6.1.4.1.1466.20037";

/// BindRequest. RFC 4511, 4.2. `authentication` is the tag of the choice: 0 simple, 3 SASL, 9 to 11 of Microsoft.
struct Bind {
  std::int64_t version = 0;
  std::uint32_t authentication = 0;
  std::string_view mechanism;
  bool password = false;  ///< simple, and not empty
};

/// SearchRequest. RFC 4511, 4.5.1.
struct Search {
  std::uint64_t scope = 0, dereference = 0, size_limit = 0, time_limit = 0;
  bool types_only = false;
  asn1::Element filter, attributes;
};

/// LDAPResult. RFC 4511, 4.1.9.
struct Outcome {
  std::uint64_t code = 0;
  std::string_view matched, message;
};

/// One message; borrows its octets. What an operation does not have stays empty.
struct Message {
  std::uint64_t id = 0;
  std::uint8_t op = 0;
  bool cut = false;  ///< longer than what is read: the end is missing, and nobody's fault

  std::string_view name;  ///< of whom, or of which entry
  std::optional<Bind> bind;
  std::optional<Search> search;
  std::optional<Outcome> outcome;
  asn1::Element attributes;    ///< of entry and add: PartialAttributeList; of modify: changes; of reference: URIs
  std::string_view attribute;  ///< compare
  std::string_view new_rdn;
  std::optional<std::string_view> new_superior;
  bool delete_old_rdn = false;
  std::uint64_t abandoned = 0;
  std::string_view oid;  ///< of an extended request, extended or intermediate response
  asn1::Element controls;

  std::optional<std::uint32_t> entries;   ///< how many a search brought, by the session
  std::optional<std::uint8_t> asked;      ///< operation that an answer is to, by the session
  std::optional<std::uint64_t> failures;  ///< refused binds of this client of late

  bool is(Op wanted) const { return op == static_cast<std::uint8_t>(wanted); }
};

/// Reads one message of `whole` octets, of which `octets` may be the front only. `message` holds what could be read,
/// also where there is an error.
Result<void> read_message(Bytes octets, std::size_t whole, Message& message);

/// The front of a message: what tells it from others, and how long it is.
struct Front {
  enum class Verdict : std::uint8_t { more, no, yes };
  Verdict verdict = Verdict::no;
  std::size_t whole = 0;  ///< octets of the message; 0 while unknown
};
Front read_front(Bytes octets);

/// Goes through a PartialAttributeList: the type of each attribute.
struct Attribute {
  std::string_view type;
  asn1::Element values;
};
std::optional<Attribute> next_attribute(asn1::BerReader& list);
/// Goes through the changes of a ModifyRequest.
struct Change {
  std::uint64_t operation = 0;  ///< 0 add, 1 delete, 2 replace, 3 increment
  Attribute attribute;
};
std::optional<Change> next_change(asn1::BerReader& list);
struct Control {
  std::string_view oid;
  bool critical = false;
};
std::optional<Control> next_control(asn1::BerReader& list);
std::optional<std::string_view> next_text(asn1::BerReader& list);

/// What is at most read of each list of one message.
inline constexpr int most_entries = 64;

}  // namespace greywatch::agent::ldap
