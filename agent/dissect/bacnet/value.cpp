#include "agent/dissect/bacnet/value.hpp"

#include <algorithm>
#include <bit>

namespace greywatch::agent::bacnet {
namespace {

constexpr std::uint8_t not_told = 0xFF;

void put_character(std::uint32_t character, Text& out) {
  if (character < 0x80) return out.put(static_cast<char>(character));
  if (character < 0x800) {
    out.put(static_cast<char>(0xC0 | character >> 6));
  } else if (character < 0x10000) {
    out.put(static_cast<char>(0xE0 | character >> 12));
    out.put(static_cast<char>(0x80 | (character >> 6 & 0x3F)));
  } else {
    out.put(static_cast<char>(0xF0 | (character >> 18 & 7)));
    out.put(static_cast<char>(0x80 | (character >> 12 & 0x3F)));
    out.put(static_cast<char>(0x80 | (character >> 6 & 0x3F)));
  }
  out.put(static_cast<char>(0x80 | (character & 0x3F)));
}

void put_padded(std::uint8_t number, Text& out) {
  if (number == not_told) return out.put('*');
  if (number < 10) out.put('0');
  out.put_number(number);
}

}  // namespace

std::uint64_t Value::number() const {
  std::uint64_t number = 0;
  for (auto octet : octets.first(std::min<std::size_t>(octets.size(), 8))) number = number << 8 | octet;
  return number;
}

std::int64_t Value::integer() const {
  auto const width = 8 * std::min<std::size_t>(octets.size(), 8);
  if (width == 0) return 0;
  return static_cast<std::int64_t>(number() << (64 - width)) >> (64 - width);
}

std::optional<double> Value::as_double() const {
  Reader in(octets);
  switch (type) {
    case Type::boolean:
      return boolean() ? 1 : 0;
    case Type::unsigned_integer:
    case Type::enumerated:
      return static_cast<double>(number());
    case Type::signed_integer:
      return static_cast<double>(integer());
    case Type::real:
      return static_cast<double>(in.be_float());
    case Type::double_real:
      return std::bit_cast<double>(in.be64());
    default:
      return std::nullopt;
  }
}

bool fits(Type type, Bytes octets) {
  switch (type) {
    case Type::null:
      return octets.empty();
    case Type::boolean:
      return octets.size() <= 1;
    case Type::unsigned_integer:
    case Type::signed_integer:
    case Type::enumerated:
      return !octets.empty() && octets.size() <= 8;
    case Type::real:
    case Type::date:
    case Type::time:
    case Type::object_identifier:
      return octets.size() == 4;
    case Type::double_real:
      return octets.size() == 8;
    case Type::character_string:
      return !octets.empty();
    case Type::bit_string:
      return !octets.empty() && octets[0] <= 7 && (octets.size() > 1 || octets[0] == 0);
    case Type::octet_string:
    case Type::untold:
      return true;
  }
  return true;
}

Text text_of(Bytes octets) {
  Text out;
  if (octets.empty()) return out;
  Reader in(octets.subspan(1));
  switch (octets[0]) {
    case 0:  // UTF-8
      out.put(as_text(in.rest()));
      return out;
    case 3:  // UCS-4
      while (in.left() >= 4) put_character(in.be32() & 0x1FFFFF, out);
      return out;
    case 4:  // UCS-2
      while (in.left() >= 2) put_character(in.be16(), out);
      return out;
    case 5:  // ISO 8859-1
      while (in.left() > 0) put_character(in.u8(), out);
      return out;
    default:
      return hex_of(octets);
  }
}

Text bits_of(Bytes octets) {
  Text out;
  if (octets.empty()) return out;
  auto const count = 8 * (octets.size() - 1) - std::min<std::size_t>(octets[0] & 7, 8 * (octets.size() - 1));
  for (std::size_t bit = 0; bit < std::min<std::size_t>(count, 512); ++bit)
    out.put((octets[1 + bit / 8] >> (7 - bit % 8) & 1) != 0 ? '1' : '0');
  return out;
}

Text date_of(Bytes octets) {
  Text out;
  if (octets.size() != 4) return out;
  if (octets[0] == not_told)
    out.put('*');
  else
    out.put_number(1900u + octets[0]);
  out.put('-');
  put_padded(octets[1], out);
  out.put('-');
  put_padded(octets[2], out);
  return out;
}

Text time_of(Bytes octets) {
  Text out;
  if (octets.size() != 4) return out;
  put_padded(octets[0], out);
  out.put(':');
  put_padded(octets[1], out);
  out.put(':');
  put_padded(octets[2], out);
  out.put('.');
  put_padded(octets[3], out);
  return out;
}

Text hex_of(Bytes octets) {
  Text out;
  for (auto octet : octets.first(std::min<std::size_t>(octets.size(), 256))) out.put_octet(octet);
  return out;
}

}  // namespace greywatch::agent::bacnet
