#pragma once
#include <optional>

#include "agent/dissect/asn1/ber.hpp"

namespace greywatch::agent::kerberos {

/// The fields of a SEQUENCE whose tags are all explicit, as everywhere in RFC 4120, in whatever order they come. Each
/// reader of one field notes a wrong type; ask `why` once, at the end.
class Sequence {
 public:
  /// `element` is the SEQUENCE itself.
  Sequence(asn1::Element const& element, std::string_view name) : in_(element), name_(name) {
    if (!element.is_universal(asn1::sequence)) refuse(element);
  }

  /// Goes on to the next field; false at the end, and after an error.
  bool next() {
    if (why_) return false;
    auto const field = in_.next();
    if (!field) {
      if (in_.failed()) why_ = in_.error(name_);
      return false;
    }
    asn1::BerReader inner(*field);
    auto const value = inner.next();
    if (field->tag_class != asn1::TagClass::context || !value) {
      why_ = inner.failed() ? inner.error(name_) : Malformed{Defect::bad_value, field->offset, name_};
      return false;
    }
    number_ = field->tag;
    value_ = *value;
    return true;
  }
  std::uint32_t number() const { return number_; }
  asn1::Element const& value() const { return value_; }

  std::int64_t integer() {
    auto const value = is(asn1::integer) ? asn1::read_signed(value_.contents) : std::nullopt;
    if (!value) refuse(value_);
    return value.value_or(0);
  }
  std::uint64_t number_value() { return static_cast<std::uint64_t>(integer()); }
  /// GeneralString, KerberosTime and OCTET STRING, BIT STRING alike: their octets.
  Bytes octets() {
    if (value_.tag_class != asn1::TagClass::universal || value_.constructed) refuse(value_);
    return value_.contents;
  }
  std::string_view text() { return as_text(octets()); }
  asn1::Element list() {
    if (!is(asn1::sequence)) refuse(value_);
    return value_;
  }
  /// What was read in the field was wrong.
  void refuse(Malformed const& why) {
    if (!why_) why_ = why;
  }

  Result<void> done() const {
    if (why_) return fail(*why_);
    return {};
  }

 private:
  bool is(std::uint32_t tag) const { return value_.is_universal(tag); }
  void refuse(asn1::Element const& element) { refuse({Defect::bad_value, element.offset, name_}); }

  asn1::BerReader in_;
  std::string_view name_;
  std::uint32_t number_ = 0;
  asn1::Element value_;
  std::optional<Malformed> why_;
};

}  // namespace greywatch::agent::kerberos
