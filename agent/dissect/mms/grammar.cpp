#include "agent/dissect/mms/grammar.hpp"

#include <algorithm>

namespace greywatch::agent::mms {

namespace {

using asn1::BerReader;
using asn1::Element;
using asn1::TagClass;

constexpr int deepest = 32;

/// Implementations take the string types of X.680 for one another.
bool is_string(std::uint32_t tag) {
  constexpr std::uint32_t graphic_string = 25, general_string = 27, ia5_string = 22;
  return tag == asn1::visible_string || tag == asn1::utf8_string || tag == asn1::printable_string ||
         tag == graphic_string || tag == general_string || tag == ia5_string;
}

bool fits(Member const& member, Element const& element) {
  if (element.tag_class != member.tag.tag_class) return false;
  if (element.tag == member.tag.number) return true;
  return member.kind == Kind::text && member.tag.tag_class == TagClass::universal && is_string(element.tag);
}

struct Found {
  Member const* member = nullptr;
  Member const* through = nullptr;  ///< the inlined member that it is an alternative of
  std::size_t place = 0;            ///< of the member, or the inlined one, in the type
};

/// Inlined types nest at most three deep, by the tables.
Found find(Type const& type, Element const& element, std::size_t from) {
  for (auto place = from; place < type.members.size(); ++place) {
    auto const& member = type.members[place];
    if (member.kind == Kind::inlined) {
      if (auto const inside = find(*member.type, element, 0); inside.member) return {inside.member, &member, place};
    } else if (fits(member, element)) {
      return {&member, nullptr, place};
    }
  }
  return {};
}

bool holds_others(Kind kind) { return kind == Kind::group || kind == Kind::list || kind == Kind::choice; }

bool right_length(Kind kind, Bytes contents) {
  auto const length = contents.size();
  switch (kind) {
    case Kind::boolean:
      return length == 1;
    case Kind::integer:
      return asn1::read_signed(contents).has_value();
    case Kind::natural:
      return asn1::read_unsigned(contents).has_value();
    case Kind::bits:
      return length > 0 && contents[0] < 8 && (length > 1 || contents[0] == 0);
    case Kind::floating:
      return length == 5 || length == 9;
    case Kind::binary_time:
      return length == 4 || length == 6;
    case Kind::utc_time:
      return length == 8;
    default:
      return true;
  }
}

std::string_view name_of(Member const& member) { return member.field.empty() ? "mms.pdu" : member.field; }

std::optional<Malformed> walk_at(Member const& member, Element const& element, Visitor& visitor, int depth);

std::optional<Malformed> walk_level(Member const& member, Element const& element, Visitor& visitor, int depth) {
  BerReader in(element);
  std::size_t cursor = 0;
  while (auto const child = in.next()) {
    auto found = find(*member.type, *child, cursor);
    if (!found.member && cursor > 0) found = find(*member.type, *child, 0);
    if (!found.member) {
      visitor.unknown(*child);
      continue;
    }
    if (member.kind != Kind::list) cursor = found.place + 1;
    if (found.through && !found.through->field.empty()) visitor.value(*found.through, *child);
    if (auto const why = walk_at(*found.member, *child, visitor, depth + 1)) return why;
  }
  if (in.failed()) return in.error(name_of(member));
  return std::nullopt;
}

std::optional<Malformed> walk_at(Member const& member, Element const& element, Visitor& visitor, int depth) {
  if (!holds_others(member.kind)) {
    if (!right_length(member.kind, element.contents))
      return Malformed{Defect::bad_length, element.offset, name_of(member)};
    visitor.value(member, element);
    return std::nullopt;
  }
  if (depth == deepest) return Malformed{Defect::too_deep, element.offset, name_of(member)};
  if (!element.constructed && !element.contents.empty())
    return Malformed{Defect::bad_value, element.offset, name_of(member)};
  visitor.enter(member, element);
  auto const why = walk_level(member, element, visitor, depth);
  visitor.leave(member);
  return why;
}

}  // namespace

std::optional<Malformed> walk(Member const& member, Element const& element, Visitor& visitor) {
  return walk_at(member, element, visitor, 0);
}

}  // namespace greywatch::agent::mms
