#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "agent/dissect/asn1/ber.hpp"

/// The abstract syntax of ISO 9506-2 as tables: a Type lists what may stand at one level, `walk` goes through it.
namespace greywatch::agent::mms {

/// How the contents of an element are read.
enum class Kind : std::uint8_t {
  null,
  boolean,
  integer,
  natural,      ///< INTEGER that is never negative
  bits,         ///< BIT STRING, told as its octets
  octets,       ///< OCTET STRING, told as hexadecimal text
  volume,       ///< OCTET STRING of files and domains, of which only the number of octets is told
  text,         ///< the string types
  oid,          ///< OBJECT IDENTIFIER
  floating,     ///< FloatingPoint: width of the exponent, then IEEE 754 of 4 or 8 octets
  binary_time,  ///< TimeOfDay: milliseconds of the day, and days since 1984
  utc_time,     ///< UtcTime of IEC 61850-8-1, 8.1.3.7: seconds, fraction, quality
  opaque,       ///< passed over
  group,        ///< SEQUENCE: its members in their order
  list,         ///< SEQUENCE OF: its members as often as they come; told as their number
  choice,       ///< an explicitly tagged CHOICE; told as the tag of what was chosen
  inlined       ///< an untagged CHOICE: its alternatives stand in the place of this member
};

/// What a member is for whoever asks what a message is about.
enum class Part : std::uint8_t {
  none,
  domain,        ///< domain of an object's name
  item,          ///< its name in there, or without a domain
  values,        ///< the list of data written
  results,       ///< the list of access results
  datum,         ///< an alternative of Data
  failure,       ///< a data access error
  success,       ///< of a write
  error,         ///< an alternative of errorClass
  rejection,     ///< an alternative of rejectReason
  object_class,  ///< what names are asked for
  invoke_id      ///< of the request that is rejected or cancelled
};

struct Tag {
  asn1::TagClass tag_class = asn1::TagClass::context;
  std::uint8_t number = 0;
};

struct Type;

/// One component of a SEQUENCE or alternative of a CHOICE.
struct Member {
  Tag tag;
  Kind kind = Kind::opaque;
  std::string_view field;  ///< its name among the fields; empty where it is not told
  Type const* type = nullptr;
  Part part = Part::none;
};

/// What may stand at one level.
struct Type {
  std::span<Member const> members;
};

/// Takes what a walk comes by.
class Visitor {
 public:
  virtual ~Visitor() = default;
  virtual void enter(Member const&, asn1::Element const&) {}
  virtual void leave(Member const&) {}
  virtual void value(Member const& member, asn1::Element const& element) = 0;
  /// An element that the type does not know, passed over.
  virtual void unknown(asn1::Element const&) {}
};

/// Goes through an element that is what `member` says, whatever its own tag, in order and at most 32 levels deep. What
/// is broken ends the walk and is the result; contents of scalars were checked before `value` is told of them.
std::optional<Malformed> walk(Member const& member, asn1::Element const& element, Visitor& visitor);

/// Makers of members, for the tables.
constexpr Tag ctx(std::uint8_t number) { return {asn1::TagClass::context, number}; }
constexpr Tag uni(std::uint32_t number) { return {asn1::TagClass::universal, static_cast<std::uint8_t>(number)}; }
constexpr Member of(Tag tag, Kind kind, std::string_view field, Part part = Part::none) {
  return {tag, kind, field, nullptr, part};
}
constexpr Member null(Tag tag, Part part = Part::none) { return of(tag, Kind::null, {}, part); }
constexpr Member boolean(Tag tag, std::string_view field) { return of(tag, Kind::boolean, field); }
constexpr Member integer(Tag tag, std::string_view field, Part part = Part::none) {
  return of(tag, Kind::integer, field, part);
}
constexpr Member natural(Tag tag, std::string_view field) { return of(tag, Kind::natural, field); }
constexpr Member bits(Tag tag, std::string_view field) { return of(tag, Kind::bits, field); }
constexpr Member octets(Tag tag, std::string_view field) { return of(tag, Kind::octets, field); }
constexpr Member volume(Tag tag, std::string_view field) { return of(tag, Kind::volume, field); }
constexpr Member text(Tag tag, std::string_view field, Part part = Part::none) {
  return of(tag, Kind::text, field, part);
}
constexpr Member oid(Tag tag, std::string_view field) { return of(tag, Kind::oid, field); }
constexpr Member binary_time(Tag tag, std::string_view field) { return of(tag, Kind::binary_time, field); }
constexpr Member opaque(Tag tag) { return of(tag, Kind::opaque, {}); }
constexpr Member group(Tag tag, Type const& type) { return {tag, Kind::group, {}, &type}; }
constexpr Member list(Tag tag, std::string_view field, Type const& type, Part part = Part::none) {
  return {tag, Kind::list, field, &type, part};
}
constexpr Member choice(Tag tag, std::string_view field, Type const& type) { return {tag, Kind::choice, field, &type}; }
constexpr Member inlined(std::string_view field, Type const& type) { return {{}, Kind::inlined, field, &type}; }

}  // namespace greywatch::agent::mms
