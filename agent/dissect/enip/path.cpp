#include "agent/dissect/enip/path.hpp"

#include <algorithm>
#include <charconv>

namespace greywatch::agent::enip {
namespace {

/// Logical segments of 16 and 32 bits have an octet of padding before their number.
std::uint32_t read_number(Reader& in, unsigned format) {
  switch (format) {
    case 0:
      return in.u8();
    case 1:
      in.skip(1);
      return in.le16();
    default:
      in.skip(1);
      return in.le32();
  }
}

Segment read_port(Reader& in, std::uint8_t first) {
  Segment segment{.first = first, .value = first & 15u};
  bool const long_address = (first & 0x10) != 0;
  std::size_t const size = long_address ? in.u8() : 1;
  if (segment.value == 15) segment.value = in.le16();
  segment.octets = in.take(size);
  if (long_address && size % 2 != 0) in.skip(1);
  return segment;
}

Segment read_logical(Reader& in, std::uint8_t first) {
  Segment segment{.first = first};
  unsigned const format = first & 3u;
  switch (segment.logical()) {
    case Logical::special: {
      // An electronic key: its format, then what the device must be.
      auto const key = in.u8();
      segment.value = key;
      segment.octets = in.take(key == 5 ? 12 : 8);
      break;
    }
    case Logical::extended:
      segment.value = in.u8();
      segment.octets = in.take(format == 0 ? 1 : format == 1 ? 2 : 4);
      break;
    default:
      segment.value = read_number(in, format);
  }
  return segment;
}

Segment read_text(Reader& in, std::uint8_t first, std::size_t size, std::size_t before) {
  Segment segment{.first = first};
  segment.octets = in.take(size);
  if ((before + size) % 2 != 0) in.skip(1);
  return segment;
}

class Writer {
 public:
  explicit Writer(Name& room) : room_(room) {}
  void text(std::string_view text) {
    auto const fits = text.substr(0, room_.size() - used_);
    std::ranges::copy(fits, room_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ += fits.size();
  }
  void number(std::uint32_t value, int base = 10) {
    used_ = static_cast<std::size_t>(std::to_chars(room_.data() + used_, room_.data() + room_.size(), value, base).ptr -
                                     room_.data());
  }
  std::string_view done() const { return {room_.data(), used_}; }

 private:
  Name& room_;
  std::size_t used_ = 0;
};

void write_symbols(Bytes path, Writer& out) {
  Reader in(path);
  bool first = true;
  while (auto const segment = next_segment(in)) {
    if (segment->is_symbol()) {
      if (!first) out.text(".");
      out.text(as_text(segment->octets));
      first = false;
    } else if (segment->is(Logical::member_id)) {
      out.text("[");
      out.number(segment->value);
      out.text("]");
    }
  }
}

}  // namespace

std::optional<Segment> next_segment(Reader& in) {
  if (in.left() == 0) return std::nullopt;
  Segment segment{.first = in.u8()};
  auto const first = segment.first;
  switch (segment.kind()) {
    case SegmentKind::port:
      segment = read_port(in, first);
      break;
    case SegmentKind::logical:
      segment = read_logical(in, first);
      break;
    case SegmentKind::network:
      // With bit 4 its length in words follows, else it is one octet.
      segment.octets = (first & 0x10) != 0 ? in.take(in.u8() * std::size_t{2}) : in.take(1);
      break;
    case SegmentKind::symbolic: {
      std::size_t const size = first & 31u;
      if (size == 0) return std::nullopt;  // other alphabets
      segment = read_text(in, first, size, 1);
      break;
    }
    case SegmentKind::data:
      if (first == 0x91) {
        segment = read_text(in, first, in.u8(), 2);
      } else if (first == 0x80) {
        segment.octets = in.take(in.u8() * std::size_t{2});
      } else {
        return std::nullopt;
      }
      break;
    default:
      return std::nullopt;
  }
  return in ? std::optional(segment) : std::nullopt;
}

Place read_place(Bytes path) {
  Place place;
  place.path = path;
  Reader in(path);
  std::size_t begins = 0;
  while (auto const segment = next_segment(in)) {
    if (segment->is_symbol() && place.symbols.empty()) place.symbols = path.subspan(begins);
    begins = in.at();
    if (segment->kind() != SegmentKind::logical) continue;
    switch (segment->logical()) {
      case Logical::class_id:
        place.class_id = static_cast<std::uint16_t>(segment->value);
        place.has_class = true;
        place.has_instance = place.has_attribute = false;
        place.instance = place.attribute = 0;
        break;
      case Logical::instance_id:
      case Logical::connection_point:
        place.instance = segment->value;
        place.has_instance = true;
        break;
      case Logical::attribute_id:
        place.attribute = static_cast<std::uint16_t>(segment->value);
        place.has_attribute = true;
        break;
      default:
        break;
    }
  }
  place.whole = in && in.left() == 0;
  return place;
}

std::string_view name_of(Place const& place, Name& room) {
  Writer out(room);
  if (!place.symbols.empty()) {
    write_symbols(place.symbols, out);
  } else if (place.has_class) {
    out.text("class 0x");
    out.number(place.class_id, 16);
    if (place.has_instance) {
      out.text(" instance ");
      out.number(place.instance);
    }
    if (place.has_attribute) {
      out.text(" attribute ");
      out.number(place.attribute);
    }
  }
  return out.done();
}

}  // namespace greywatch::agent::enip
