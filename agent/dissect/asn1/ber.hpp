#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/bytes.hpp"

namespace greywatch::agent::asn1 {

enum class TagClass : std::uint8_t { universal, application, context, own };

/// One element: identifier, length and contents octets. ITU-T X.690 (2021), 8.1. Borrows the message.
struct Element {
  TagClass tag_class = TagClass::universal;
  bool constructed = false;
  std::uint32_t tag = 0;
  Bytes contents;          ///< of the indefinite form without the end-of-contents octets
  std::size_t offset = 0;  ///< of the first contents octet, from the start of the message

  bool is(TagClass wanted_class, std::uint32_t wanted) const { return tag_class == wanted_class && tag == wanted; }
  bool is_context(std::uint32_t wanted) const { return is(TagClass::context, wanted); }
  bool is_universal(std::uint32_t wanted) const { return is(TagClass::universal, wanted); }
};

/// Universal tags that protocols here use. X.680, 8.4.
inline constexpr std::uint32_t boolean = 1, integer = 2, bit_string = 3, octet_string = 4, null = 5,
                               object_identifier = 6, external = 8, real = 9, enumerated = 10, utf8_string = 12,
                               sequence = 16, set = 17, printable_string = 19, utc_time = 23, generalized_time = 24,
                               visible_string = 26;

/// Goes through the elements of one level, in order. Definite lengths of at most four octets, tags below 2^28, and the
/// indefinite form of constructed elements nested at most 16 deep. A broken element ends the walk and leaves the error.
/// Never allocates.
class BerReader {
 public:
  /// `offset` is where `level` begins in the message; it only serves errors and Element::offset.
  explicit BerReader(Bytes level, std::size_t offset = 0) : in_(level), offset_(offset) {}
  explicit BerReader(Element const& parent) : BerReader(parent.contents, parent.offset) {}

  /// The next element; nothing at the end of the level, and from an error on.
  std::optional<Element> next();
  /// The next element if it has this tag; otherwise nothing, and it is still the next one.
  std::optional<Element> next_if(TagClass tag_class, std::uint32_t tag);

  bool done() const { return in_.empty(); }
  bool failed() const { return failed_; }
  Malformed error(std::string_view field) const { return {defect_, offset_, field}; }

 private:
  std::optional<Element> fail(Defect defect);

  Bytes in_;
  std::size_t offset_;
  bool failed_ = false;
  Defect defect_ = Defect::truncated;
};

/// Contents of INTEGER and ENUMERATED, two's complement (X.690, 8.3); nothing when empty or wider than the result. An
/// unsigned one may have a ninth octet, zero, in front.
std::optional<std::int64_t> read_signed(Bytes contents);
std::optional<std::uint64_t> read_unsigned(Bytes contents);

/// The named bits of a BIT STRING (X.690, 8.6), bit 0 first; false beyond its end. The first octet counts unused bits.
bool read_bit(Bytes contents, std::size_t bit);
/// How many bits it has; 0 when it is malformed.
std::size_t bit_count(Bytes contents);

/// An object identifier as "1.0.9506.2.3", written to `out`; arcs that do not fit are left out. X.690, 8.19.
std::string_view write_oid(Bytes contents, std::span<char> out);

}  // namespace greywatch::agent::asn1
