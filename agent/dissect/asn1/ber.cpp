#include "agent/dissect/asn1/ber.hpp"

#include <charconv>

namespace greywatch::agent::asn1 {

namespace {

constexpr int deepest = 16;  ///< indefinite lengths inside indefinite lengths

struct Header {
  TagClass tag_class;
  bool constructed;
  std::uint32_t tag;
  std::optional<std::size_t> length;  ///< nothing: the indefinite form
  std::size_t octets;                 ///< of identifier and length
};

/// Nearly all: a tag of one octet and a length of one.
bool is_short(Bytes octets) { return octets.size() >= 2 && (octets[0] & 0x1F) != 0x1F && octets[1] < 0x80; }

/// X.690, 8.1.2 and 8.1.3.
Result<Header> read_header(Bytes octets) {
  Reader in(octets);
  auto const identifier = in.u8();
  Header header{.tag_class = static_cast<TagClass>(identifier >> 6),
                .constructed = (identifier & 0x20) != 0,
                .tag = identifier & 0x1Fu,
                .length = {},
                .octets = 0};
  if (header.tag == 0x1F) {
    header.tag = 0;
    for (int part = 0;; ++part) {
      auto const octet = in.u8();
      if (!in) break;
      if (part == 4) return greywatch::fail({Defect::bad_value, in.at(), "tag"});
      header.tag = header.tag << 7 | (octet & 0x7Fu);
      if ((octet & 0x80) == 0) break;
    }
  }
  auto const first = in.u8();
  if (first < 0x80) {
    header.length = first;
  } else if (first != 0x80) {
    auto const count = first & 0x7Fu;
    std::size_t length = 0;
    for (unsigned n = 0; n < count && in; ++n) {
      if (length >> 24 != 0) return greywatch::fail({Defect::bad_length, in.at(), "length"});
      length = length << 8 | in.u8();
    }
    header.length = length;
  }
  if (!in) return greywatch::fail(in.error());
  if (!header.length && !header.constructed) return greywatch::fail({Defect::bad_length, in.at(), "length"});
  header.octets = in.at();
  return header;
}

/// Octets of the contents of the indefinite form, up to its end-of-contents octets.
Result<std::size_t> indefinite_length(Bytes octets, int depth) {
  if (depth == deepest) return greywatch::fail({Defect::too_deep, 0, "length"});
  std::size_t at = 0;
  while (true) {
    auto const rest = octets.subspan(at);
    if (rest.size() < 2) return greywatch::fail({Defect::truncated, at, "length"});
    if (rest[0] == 0 && rest[1] == 0) return at;
    auto const header = read_header(rest);
    if (!header) return greywatch::fail(header.error());
    auto const contents = rest.subspan(header->octets);
    std::size_t length = 0;
    if (header->length) {
      length = *header->length;
    } else {
      auto const inner = indefinite_length(contents, depth + 1);
      if (!inner) return inner;
      length = *inner + 2;
    }
    if (length > contents.size()) return greywatch::fail({Defect::truncated, at, "length"});
    at += header->octets + length;
  }
}

}  // namespace

std::optional<Element> BerReader::fail(Defect defect) {
  failed_ = true;
  defect_ = defect;
  in_ = {};
  return std::nullopt;
}

std::optional<Element> BerReader::next() {
  if (in_.empty()) return std::nullopt;
  if (is_short(in_) && in_.size() - 2 >= in_[1]) {
    Element const element{.tag_class = static_cast<TagClass>(in_[0] >> 6),
                          .constructed = (in_[0] & 0x20) != 0,
                          .tag = in_[0] & 0x1Fu,
                          .contents = in_.subspan(2, in_[1]),
                          .offset = offset_ + 2};
    in_ = in_.subspan(2u + in_[1]);
    offset_ = element.offset + element.contents.size();
    return element;
  }
  auto const header = read_header(in_);
  if (!header) {
    offset_ += header.error().offset;
    return fail(header.error().defect);
  }
  auto const behind = in_.subspan(header->octets);
  offset_ += header->octets;
  std::size_t length = 0, whole = 0;
  if (header->length) {
    whole = length = *header->length;
  } else {
    auto const found = indefinite_length(behind, 0);
    if (!found) return fail(found.error().defect);
    length = *found;
    whole = length + 2;
  }
  if (whole > behind.size()) return fail(Defect::truncated);
  Element const element{.tag_class = header->tag_class,
                        .constructed = header->constructed,
                        .tag = header->tag,
                        .contents = behind.first(length),
                        .offset = offset_};
  in_ = behind.subspan(whole);
  offset_ += whole;
  return element;
}

std::optional<Element> BerReader::next_if(TagClass tag_class, std::uint32_t tag) {
  auto const before = *this;
  auto element = next();
  if (element && !element->is(tag_class, tag)) {
    *this = before;
    return std::nullopt;
  }
  return element;
}

std::optional<std::int64_t> read_signed(Bytes contents) {
  if (contents.empty() || contents.size() > 8) return std::nullopt;
  std::uint64_t value = contents[0] & 0x80 ? ~std::uint64_t{0} : 0;
  for (auto octet : contents) value = value << 8 | octet;
  return static_cast<std::int64_t>(value);
}

std::optional<std::uint64_t> read_unsigned(Bytes contents) {
  if (contents.size() == 9 && contents[0] == 0) contents = contents.subspan(1);
  if (contents.empty() || contents.size() > 8) return std::nullopt;
  std::uint64_t value = 0;
  for (auto octet : contents) value = value << 8 | octet;
  return value;
}

std::size_t bit_count(Bytes contents) {
  if (contents.empty() || contents[0] > 7 || (contents.size() == 1 && contents[0] != 0)) return 0;
  return (contents.size() - 1) * 8 - contents[0];
}

bool read_bit(Bytes contents, std::size_t bit) {
  return bit < bit_count(contents) && (contents[1 + bit / 8] >> (7 - bit % 8) & 1) != 0;
}

std::string_view write_oid(Bytes contents, std::span<char> out) {
  std::size_t used = 0;
  auto const put = [&](std::uint64_t arc) {
    char digits[24];
    auto const end = std::to_chars(digits, digits + sizeof digits, arc).ptr;
    auto const length = static_cast<std::size_t>(end - digits);
    if (used + length + (used != 0 ? 1 : 0) > out.size()) return false;
    if (used != 0) out[used++] = '.';
    for (auto const* digit = digits; digit != end; ++digit) out[used++] = *digit;
    return true;
  };
  std::uint64_t arc = 0;
  bool first = true;
  for (auto octet : contents) {
    if (arc >> 57 != 0) break;
    arc = arc << 7 | (octet & 0x7Fu);
    if ((octet & 0x80) != 0) continue;
    if (first) {
      auto const root = arc < 80 ? arc / 40 : 2;
      if (!put(root)) break;
      arc -= root * 40;
      first = false;
    }
    if (!put(arc)) break;
    arc = 0;
  }
  return {out.data(), used};
}

}  // namespace greywatch::agent::asn1
