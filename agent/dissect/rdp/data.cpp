#include "agent/dissect/rdp/data.hpp"

namespace greywatch::agent::rdp {
namespace {

constexpr std::uint8_t share_data = 7;

std::optional<Share> read_share(Bytes data) {
  Reader in(data);
  Share share{.length = in.le16(), .type = in.le16(), .source = in.le16(), .data_type = {}};
  auto const kind = share.kind();
  bool const known = kind == 1 || kind == 3 || kind == 6 || kind == share_data || kind == 10;
  // Version 1; deactivate all may come without its source.
  if (share.length != data.size() || (share.type & 0xfff0) != 0x10 || !known || data.size() < 4) return std::nullopt;
  if (kind == share_data) {
    in.skip(4 + 1 + 1 + 2);  // shareId, pad, stream, length without compression
    auto const type = in.u8();
    if (!in) return std::nullopt;
    share.data_type = type;
  }
  return share;
}

ClientInfo read_info(Reader& in) {
  constexpr std::uint32_t unicode = 0x10;
  ClientInfo said{.code_page = in.le32(), .flags = in.le32(), .domain = {}, .user = {}, .shell = {}, .directory = {}};
  std::uint16_t lengths[5];
  for (auto& length : lengths) length = in.le16();
  said.secret = in.at();
  bool const wide = (said.flags & unicode) != 0;
  auto const string = [&](std::size_t n) {
    auto const octets = in.take(lengths[n]);
    in.skip(wide ? 2 : 1);  // the end, which is not counted
    return octets;
  };
  auto const name = [&](Bytes octets) { return wide ? text::from_utf16(octets) : text::from_oem(octets); };
  said.domain = name(string(0));
  said.user = name(string(1));
  said.has_password = !string(2).empty();
  said.shell = name(string(3));
  said.directory = name(string(4));
  return said;
}

License read_license(Reader& in) {
  constexpr std::uint8_t error_alert = 0xff;
  License license{.type = in.u8(), .version = in.u8(), .length = in.le16(), .error = {}};
  if (license.type == error_alert) license.error = in.le32();
  return license;
}

}  // namespace

Data read_data(Bytes data, bool always) {
  Data said;
  if (!always) said.share = read_share(data);
  if (said.share) return said;
  Reader in(data);
  auto const flags = in.le16();
  in.skip(2);  // flagsHi
  said.security_flags = flags;
  if ((flags & exchange) != 0) {
    said.exchange_length = in.le32();
  } else if ((flags & encrypted) != 0) {
    // Nothing behind it can be read.
  } else if ((flags & info) != 0) {
    said.client_info = read_info(in);
  } else if ((flags & license) != 0) {
    said.license = read_license(in);
  }
  if (!in) said.malformed = in.error("rdp.data");
  return said;
}

}  // namespace greywatch::agent::rdp
