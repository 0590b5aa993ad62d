#include "agent/dissect/s7comm/item.hpp"

#include <algorithm>
#include <charconv>

#include "agent/dissect/s7comm/tables.hpp"

namespace greywatch::agent::s7comm {
namespace {

/// Text that grows in a room; what does not fit is left out.
class Writer {
 public:
  explicit Writer(Name& room) : room_(room) {}
  Writer& text(std::string_view text) {
    auto const fits = text.substr(0, room_.size() - used_);
    std::ranges::copy(fits, room_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ += fits.size();
    return *this;
  }
  Writer& number(std::uint32_t value) {
    auto* const end = std::to_chars(room_.data() + used_, room_.data() + room_.size(), value).ptr;
    used_ = static_cast<std::size_t>(end - room_.data());
    return *this;
  }
  Writer& hex(std::uint32_t value, unsigned digits) {
    text("0x");
    while (digits-- > 0) text(std::string_view("0123456789abcdef").substr(value >> 4 * digits & 15, 1));
    return *this;
  }
  std::string_view done() const { return {room_.data(), used_}; }

 private:
  Name& room_;
  std::size_t used_ = 0;
};

/// X, B, W or D: how wide one element is.
std::string_view width_letter(std::uint8_t size) {
  switch (size) {
    case size_bit:
      return "X";
    case size_word:
    case size_int:
      return "W";
    case size_dword:
    case size_dint:
    case size_real:
      return "D";
    default:
      return "B";
  }
}

/// Areas that are written with a letter and a width: "MB10", "I0.1".
std::string_view area_letter(std::uint8_t area) {
  switch (area) {
    case area_peripherals:
      return "P";
    case area_inputs:
      return "I";
    case area_outputs:
      return "Q";
    case area_flags:
      return "M";
    case area_local:
      return "L";
    case area_previous_local:
      return "V";
    default:
      return "";
  }
}

void write_variable(Subject const& subject, Writer& out) {
  auto const width = width_letter(subject.size);
  bool const bit = subject.size == size_bit;
  if (subject.area == area_counters || subject.area == area_timers) {
    out.text(subject.area == area_counters ? "C" : "T").number(subject.address);
    return;
  }
  if (subject.area == area_data_block || subject.area == area_instance) {
    bool const instance = subject.area == area_instance;
    out.text(instance ? "DI" : "DB").number(subject.db).text(instance ? ".DI" : ".DB").text(width);
  } else if (auto const letter = area_letter(subject.area); !letter.empty()) {
    out.text(letter).text(bit ? "" : width);
  } else {
    out.text("area ").hex(subject.area, 2).text(" ").text(width);
  }
  out.number(subject.address / 8);
  if (bit) out.text(".").number(subject.address % 8);
}

}  // namespace

Item read_item(Reader& in, bool last) {
  Item item{.specification = in.u8(), .length = in.u8()};
  Reader body(in.take(item.length));
  item.syntax = item.length == 0 ? std::uint8_t{0} : body.u8();
  item.rest = body.rest();
  if (item.length % 2 != 0 && !last) in.skip(1);
  return item;
}

Address read_address(Bytes rest) {
  Reader in(rest);
  return {.transport_size = in.u8(), .count = in.be16(), .db = in.be16(), .area = in.u8(), .address = in.be24()};
}

BlockPart read_block_part(Reader& in) { return {.octets = in.u8(), .db = in.be16(), .start = in.be16()}; }

DataItem read_data_item(Reader& in, bool last) {
  DataItem item{.head = read_data_head(in)};
  item.octets = in.take(item.head.length);
  if (item.head.length % 2 != 0 && !last) in.skip(1);
  return item;
}

std::optional<double> value_of(DataItem const& item, std::uint8_t transport_size) {
  constexpr std::uint8_t data_bit = 3, data_integer = 5, data_dinteger = 6, data_real = 7, data_octets = 9;
  auto const size = item.head.transport_size;
  Reader in(item.octets);
  if (item.octets.size() == 4 && (size == data_real || transport_size == size_real)) return in.be_float();
  if (size == data_octets && transport_size == 0) return std::nullopt;
  bool const has_sign =
      size == data_integer || size == data_dinteger || transport_size == size_int || transport_size == size_dint;
  if (size == data_bit || item.octets.size() == 1) return in.u8();
  if (item.octets.size() == 2) {
    auto const value = in.be16();
    return static_cast<double>(has_sign ? std::int64_t{static_cast<std::int16_t>(value)} : std::int64_t{value});
  }
  if (item.octets.size() == 4) {
    auto const value = in.be32();
    return static_cast<double>(has_sign ? std::int64_t{static_cast<std::int32_t>(value)} : std::int64_t{value});
  }
  return std::nullopt;
}

Subject subject_of(Item const& item) {
  using Kind = Subject::Kind;
  Reader in(item.rest);
  switch (item.kind()) {
    case Syntax::s7any: {
      if (item.rest.size() != address_octets) break;
      auto const at = read_address(item.rest);
      return {.kind = Kind::variable,
              .area = at.area,
              .size = at.transport_size,
              .db = at.db,
              .count = at.count,
              .address = at.address};
    }
    case Syntax::data_block_read: {
      in.skip(1);
      auto const part = read_block_part(in);
      if (!in) break;
      return {.kind = Kind::variable,
              .area = area_data_block,
              .size = size_byte,
              .db = part.db,
              .count = part.octets,
              .address = part.start * 8u};
    }
    case Syntax::nck:
    case Syntax::nck_metric:
    case Syntax::nck_inch: {
      Subject subject{.kind = Kind::nck, .area = in.u8(), .db = in.be16(), .address = in.be16()};
      in.skip(1);
      subject.count = in.u8();
      if (!in) break;
      return subject;
    }
    case Syntax::drive_any: {
      in.skip(5);
      Subject const subject{.kind = Kind::drive, .count = 1, .address = in.be32()};
      if (!in) break;
      return subject;
    }
    case Syntax::symbolic: {
      in.skip(5);
      Subject const subject{.kind = Kind::symbolic, .size = item.syntax, .count = 1, .address = in.be32()};
      if (!in) break;
      return subject;
    }
    default:
      break;
  }
  return {.kind = Kind::other, .size = item.syntax, .count = 1};
}

std::string_view name_of(Subject const& subject, Name& room) {
  Writer out(room);
  switch (subject.kind) {
    case Subject::Kind::none:
      break;
    case Subject::Kind::variable:
      write_variable(subject, out);
      break;
    case Subject::Kind::nck:
      out.text("NCK area ").number(subject.area >> 5).text(" unit ").number(subject.area & 31);
      out.text(" column ").number(subject.db).text(" line ").number(subject.address);
      break;
    case Subject::Kind::drive:
      out.text("P").number(subject.address >> 16).text("[").number(subject.address & 0xFFFF).text("]");
      break;
    case Subject::Kind::symbolic:
      out.text("symbol ").hex(subject.address, 8);
      break;
    case Subject::Kind::block: {
      char const digits[] = {'0', static_cast<char>(subject.area)};
      auto const letters = block_letters({digits, 2});
      out.text(letters.empty() ? std::string_view(digits, 2) : letters).number(subject.address);
      break;
    }
    case Subject::Kind::service:
      if (auto const* const service = service_of(subject.db)) out.text(service->name);
      if (subject.area != 0) {
        char const digits[] = {'0', static_cast<char>(subject.area)};
        out.text(" ").text(block_letters({digits, 2})).number(subject.address);
      }
      break;
    case Subject::Kind::status_list:
      out.text("SZL ").hex(subject.db, 4).text("/").hex(subject.address, 4);
      break;
    case Subject::Kind::other:
      out.text("syntax ").hex(subject.size, 2);
      break;
  }
  return out.done();
}

}  // namespace greywatch::agent::s7comm
