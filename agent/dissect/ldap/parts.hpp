#pragma once
#include <optional>

#include "agent/dissect/asn1/ber.hpp"

namespace greywatch::agent::ldap {

/// The parts of an operation in their order. What is missing or of another type fails it; ask `done` once, after the
/// last.
class Parts {
 public:
  /// `cut`: the end is missing, and nobody's fault.
  Parts(asn1::Element const& operation, bool cut) : in_(operation), cut_(cut) {}

  std::uint64_t number() {
    auto const element = any();
    auto const is_number = element && (element->is_universal(asn1::integer) || element->is_universal(asn1::enumerated));
    auto const value = is_number ? asn1::read_unsigned(element->contents) : std::nullopt;
    if (!value) refuse(element);
    return value.value_or(0);
  }
  bool boolean() {
    auto const element = of(asn1::boolean);
    return !element.contents.empty() && element.contents[0] != 0;
  }
  std::string_view text() { return as_text(of(asn1::octet_string).contents); }
  asn1::Element list() { return of(asn1::sequence); }
  std::optional<asn1::Element> any() {
    if (over_ || why_) return std::nullopt;
    auto const element = in_.next();
    if (!element) refuse(element);
    return element;
  }
  /// The next part, if there is one.
  std::optional<asn1::Element> optional() {
    if (over_ || why_ || in_.done()) return std::nullopt;
    return any();
  }

  Result<void> done() const {
    if (why_) return fail(*why_);
    return {};
  }

 private:
  asn1::Element of(std::uint32_t tag) {
    auto const element = any();
    if (!element || !element->is_universal(tag)) {
      refuse(element);
      return {};
    }
    return *element;
  }
  void refuse(std::optional<asn1::Element> const& element) {
    if (over_ || why_) return;
    if (!element && cut_) {
      over_ = true;
      return;
    }
    why_ = element        ? Malformed{Defect::bad_value, element->offset, "operation"}
           : in_.failed() ? in_.error("operation")
                          : Malformed{Defect::truncated, in_.error({}).offset, "operation"};
  }

  asn1::BerReader in_;
  bool cut_, over_ = false;
  std::optional<Malformed> why_;
};

}  // namespace greywatch::agent::ldap
