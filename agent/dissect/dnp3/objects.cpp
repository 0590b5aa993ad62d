#include "agent/dissect/dnp3/objects.hpp"

#include <algorithm>

namespace greywatch::agent::dnp3 {
namespace {

std::uint64_t number_of(Reader& in, unsigned octets) {
  return octets == 1 ? in.u8() : octets == 2 ? in.le16() : in.le32();
}

/// Octets of a data type and a length before an attribute's value. Group 0, 11.9.
constexpr std::size_t attribute_header = 2;

/// Places in an object header.
constexpr std::size_t variation_at = 1, qualifier_at = 2;

}  // namespace

/// Range codes 3 to 5 are start and stop of virtual addresses: as wide as 0 to 2. Table 4-6.
bool ObjectHeaders::read_range(ObjectHeader& header) {
  constexpr unsigned widths[] = {1, 2, 4};
  auto const code = header.range_code;
  if (code <= 5) {
    header.start = number_of(in_, widths[code % 3]);
    header.stop = number_of(in_, widths[code % 3]);
    if (in_ && header.stop < header.start) {
      refuse(Defect::bad_value, "range.stop", in_.at() - widths[code % 3]);
      return false;
    }
    header.count = header.stop - header.start + 1;
  } else if (code >= 7 && code <= 9) {
    header.count = number_of(in_, widths[code - 7]);
  } else if (code == 11 && header.has_size()) {
    header.count = in_.u8();
  } else if (code != 6) {
    refuse(Defect::bad_value, "qualifier", header_at_ + qualifier_at);
    return false;
  }
  if (in_) return true;
  refuse(Defect::truncated, "range", in_.at());
  return false;
}

bool ObjectHeaders::has_data(ObjectHeader const& header) const {
  if (header.type != nullptr && header.type->layout == Layout::nothing) return false;
  if (header.has_size() || header.group == 120) return true;
  // The time at which to freeze stands before what is to be frozen. 4.4, function codes 11 and 12.
  if (header.group == 50 &&
      (fragment_.is(FunctionCode::freeze_at_time) || fragment_.is(FunctionCode::freeze_at_time_nr)))
    return true;
  return fragment_.function != nullptr && fragment_.function->carries == Carries::objects;
}

std::optional<std::uint64_t> ObjectHeaders::sized_octets(ObjectHeader const& header) const {
  Reader in(fragment_.objects.subspan(in_.at()));
  auto const width = static_cast<unsigned>(header.prefix_octets());
  for (std::uint64_t n = 0; n < header.count && in; ++n) in.skip(number_of(in, width));
  return in ? std::optional<std::uint64_t>(in.at()) : std::nullopt;
}

std::optional<std::uint64_t> ObjectHeaders::attribute_octets(ObjectHeader const& header) const {
  Reader in(fragment_.objects.subspan(in_.at()));
  for (std::uint64_t n = 0; n < header.count && in; ++n) {
    in.skip(header.prefix_octets() + 1);
    in.skip(in.u8());
  }
  return in ? std::optional<std::uint64_t>(in.at()) : std::nullopt;
}

/// Octets of prefixes and objects; nothing when they go beyond the fragment, or when nobody can tell (`opaque`).
std::optional<std::uint64_t> ObjectHeaders::body_octets(ObjectHeader const& header) {
  auto const prefix = header.prefix_octets();
  if (header.has_size()) return sized_octets(header);
  if (!header.data) return header.count * prefix;
  if (header.type == nullptr) {
    opaque = in_.rest();
    ended_ = true;
    return 0;
  }
  if (header.range_code == 6) {  // all of them, and how many nobody says
    refuse(Defect::bad_value, "qualifier", header_at_ + qualifier_at);
    return std::nullopt;
  }
  switch (header.type->layout) {
    case Layout::bits:
    case Layout::bit_pairs: {
      std::uint64_t const each = header.type->layout == Layout::bits ? 1 : 2;
      // An index before each point leaves nothing to pack.
      return prefix == 0 ? (header.count * each + 7) / 8 : header.count * (prefix + 1);
    }
    case Layout::string:
      if (header.variation != 0) return header.count * (prefix + header.variation);
      // Variation 0 only asks: as many empty strings as a range has names have been used to keep a parser busy.
      refuse(Defect::bad_value, "variation", header_at_ + variation_at);
      return std::nullopt;
    case Layout::attribute:
      return attribute_octets(header);
    case Layout::elements:
      if (!header.type->open || header.count == 0) return header.count * (prefix + header.type->octets);
      refuse(Defect::bad_value, "qualifier", header_at_ + qualifier_at);
      return std::nullopt;
    case Layout::nothing:
      break;
  }
  return header.count * prefix;
}

std::optional<ObjectHeader> ObjectHeaders::next() {
  if (ended_ || malformed || in_.left() == 0) return std::nullopt;
  if (fragment_.function == nullptr) {
    opaque = in_.rest();
    return std::nullopt;
  }
  header_at_ = in_.at();
  ObjectHeader header{.group = in_.u8(), .variation = in_.u8()};
  auto const qualifier = in_.u8();
  if (!in_) {
    refuse(Defect::truncated, "object_header", in_.at());
    return std::nullopt;
  }
  header.prefix_code = qualifier >> 4 & 7;
  header.range_code = qualifier & 0x0f;
  header.type = find_object_type(header.group, header.variation);
  if ((qualifier & 0x80) != 0 || header.prefix_code == 7) {
    refuse(Defect::bad_value, "qualifier", header_at_ + qualifier_at);
    return header;
  }
  if (!read_range(header)) return header;
  header.data = has_data(header);
  auto const octets = body_octets(header);
  if (octets && *octets <= in_.left()) {
    header.body = in_.take(static_cast<std::size_t>(*octets));
  } else {
    header.body = in_.rest();
    if (!malformed) refuse(Defect::truncated, "objects", in_.at());
  }
  if (header.type != nullptr && header.has_size() && !malformed) {
    Points points(header);
    while (auto const point = points.next()) {
      if (header.type->layout != Layout::elements || point->octets.size() >= header.type->octets) continue;
      refuse(Defect::bad_length, "object_size", header_at_);
      break;
    }
  }
  return header;
}

std::optional<Point> Points::packed(unsigned bits_each) {
  auto const shift = static_cast<unsigned>(done_ * bits_each % 8);
  if (shift == 0) {
    octet_ = in_.u8();
    if (!in_) return std::nullopt;
  }
  Point point{.index = {},
              .size = {},
              .octets = {},
              .bits = static_cast<std::uint8_t>(octet_ >> shift & ((1u << bits_each) - 1))};
  point.index = header_.start + done_;
  ++done_;
  return point;
}

std::optional<Point> Points::next() {
  if (done_ >= header_.count || (in_.left() == 0 && done_ % 8 == 0)) return std::nullopt;
  auto const layout = header_.type == nullptr ? Layout::nothing : header_.type->layout;
  auto const bits_each = layout == Layout::bits ? 1u : layout == Layout::bit_pairs ? 2u : 0u;
  auto const prefix = header_.prefix_octets();
  if (header_.data && bits_each != 0 && prefix == 0) return packed(bits_each);
  if (in_.left() == 0) return std::nullopt;
  auto const before = in_.at();
  Point point;
  auto const number = prefix == 0 ? 0 : number_of(in_, static_cast<unsigned>(prefix));
  if (header_.has_index()) point.index = number;
  if (prefix == 0) point.index = header_.start + done_;
  if (header_.has_size()) {
    point.size = static_cast<std::uint32_t>(number);
    point.octets = rest_or(number);
  } else if (header_.data && header_.type != nullptr) {
    if (bits_each != 0) {
      point.bits = in_.u8();
    } else if (layout == Layout::attribute) {
      auto const left = header_.body.subspan(in_.at());
      point.octets = rest_or(left.size() < attribute_header ? attribute_header : attribute_header + left[1]);
    } else {
      point.octets = rest_or(layout == Layout::string ? header_.variation : header_.type->octets);
    }
  }
  // Objects without any octets could be as many as a count can say.
  if (!in_ || in_.at() == before) return std::nullopt;
  ++done_;
  return point;
}

}  // namespace greywatch::agent::dnp3
