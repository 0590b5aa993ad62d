#include "agent/dissect/smb/layout.hpp"

#include <algorithm>

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::smb {
namespace {

constexpr std::size_t width(Type type) {
  switch (type) {
    case Type::u8:
    case Type::gap1:
      return 1;
    case Type::u16:
    case Type::gap2:
      return 2;
    case Type::u32:
    case Type::gap4:
      return 4;
    case Type::u64:
    case Type::time:
    case Type::gap8:
      return 8;
    case Type::guid:
    case Type::gap16:
      return 16;
  }
  return 0;
}

}  // namespace

std::size_t octets_of(Columns columns) {
  std::size_t octets = 0;
  for (auto const& column : columns) octets += width(column.type);
  return octets;
}

void describe(Columns columns, Bytes octets, FieldSink& sink) {
  Reader in(octets);
  for (auto const& column : columns) {
    auto const length = width(column.type);
    if (in.left() < length) return;
    switch (column.type) {
      case Type::u8:
        sink.field(column.name, std::uint64_t{in.u8()});
        break;
      case Type::u16:
        sink.field(column.name, std::uint64_t{in.le16()});
        break;
      case Type::u32:
        sink.field(column.name, std::uint64_t{in.le32()});
        break;
      case Type::u64:
        sink.field(column.name, in.le64());
        break;
      case Type::time: {
        auto const time = file_time(in.le64());
        if (time.length != 0) sink.field(column.name, time.view());
        break;
      }
      case Type::guid:
        sink.field(column.name, guid(in.take(16)).view());
        break;
      default:
        in.skip(length);
    }
  }
}

Guid guid(Bytes sixteen) {
  static constexpr std::uint8_t order[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  Guid written{};
  std::size_t length = 0;
  for (std::size_t at = 0; at < sizeof order && sixteen.size() == 16; ++at) {
    if (at == 4 || at == 6 || at == 8 || at == 10) written.text[length++] = '-';
    auto const octet = sixteen[order[at]];
    written.text[length++] = "0123456789abcdef"[octet >> 4];
    written.text[length++] = "0123456789abcdef"[octet & 15];
  }
  return written;
}

FileTime file_time(std::uint64_t ticks) {
  constexpr std::uint64_t epoch = 116'444'736'000'000'000, most = epoch + 92'233'720'368'547'758;
  FileTime written{};
  if (ticks <= epoch || ticks >= most) return written;
  auto const instant = rfc3339(from_unix_ns(static_cast<std::int64_t>((ticks - epoch) * 100)));
  // Seven digits are what it has.
  std::ranges::copy(instant.view().substr(0, sizeof written.text - 1), written.text);
  written.text[sizeof written.text - 1] = 'Z';
  written.length = sizeof written.text;
  return written;
}

}  // namespace greywatch::agent::smb
