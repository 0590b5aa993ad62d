#include "agent/dissect/tds/login.hpp"

#include <algorithm>

namespace greywatch::agent::tds {
namespace {

constexpr std::uint8_t terminator = 0xff;
constexpr std::size_t option_octets = 5;

void read_option(Prelogin& said, Prelogin::Option const& option, Bytes value) {
  Reader in(value);
  switch (option.token) {
    case 0: {  // VERSION
      auto const major = in.u8(), minor = in.u8();
      auto const build = in.be16();
      if (!in) return;
      said.version.put_number(major);
      for (std::uint64_t part : {std::uint64_t{minor}, std::uint64_t{build}, std::uint64_t{in.le16()}}) {
        said.version.put('.');
        said.version.put_number(part);
      }
      return;
    }
    case 1:
      if (!value.empty()) said.encryption = value[0];
      return;
    case 2: {
      auto const end = std::ranges::find(value, std::uint8_t{0});
      said.instance = as_text(value.first(static_cast<std::size_t>(end - value.begin())));
      return;
    }
    case 4:
      if (!value.empty()) said.mars = value[0];
      return;
    case 6:
      if (!value.empty()) said.federated = value[0];
      return;
    default:
      return;
  }
}

}  // namespace

Prelogin read_prelogin(Bytes payload) {
  Prelogin said;
  Reader in(payload);
  for (;;) {
    auto const at = in.at();
    Prelogin::Option option{.token = in.u8()};
    if (!in) {
      said.malformed = in.error("tds.prelogin");
      return said;
    }
    if (option.token == terminator) return said;
    option.offset = in.be16();
    option.length = in.be16();
    if (!in) {
      said.malformed = in.error("tds.prelogin");
    } else if (std::size_t{option.offset} + option.length > payload.size()) {
      said.malformed = {Defect::bad_length, at + 1, "tds.prelogin.offset"};
    } else if (said.count == Prelogin::most_options) {
      said.malformed = {Defect::bad_value, at, "tds.prelogin"};
    }
    if (said.malformed) return said;
    said.options[said.count++] = option;
    read_option(said, option, payload.subspan(option.offset, option.length));
  }
}

bool looks_like_prelogin(Bytes payload) {
  // VERSION comes first and is six octets; the options behind it tile what is left of the message. 2.2.6.5.
  if (payload.size() < 2 * option_octets || payload[0] != 0) return false;
  auto const said = read_prelogin(payload);
  if (said.malformed || said.count == 0 || said.options[0].length != 6) return false;
  return said.options[0].offset == said.count * option_octets + 1;
}

Login read_login(Bytes payload) {
  Login said;
  Reader in(payload);
  said.length = in.le32();
  said.version = in.le32();
  said.packet_size = in.le32();
  in.skip(4);  // ClientProgVer
  said.process = in.le32();
  in.skip(4);  // ConnectionID
  said.option_flags1 = in.u8();
  said.option_flags2 = in.u8();
  said.type_flags = in.u8();
  in.skip(1 + 4 + 4);  // OptionFlags3, ClientTimeZone, ClientLCID
  said.integrated = (said.option_flags2 & 0x80) != 0;
  auto const part = [&](std::size_t width) -> Bytes {
    auto const at = in.at();
    std::size_t const offset = in.le16(), length = in.le16() * width;
    if (length == 0 || !in) return {};
    if (offset <= payload.size() && payload.size() - offset >= length) return payload.subspan(offset, length);
    if (!said.malformed) said.malformed = Malformed{Defect::bad_length, at, "tds.login.offset"};
    return {};
  };
  said.host = text::from_utf16(part(2));
  said.user = text::from_utf16(part(2));
  said.has_password = !part(2).empty();
  said.application = text::from_utf16(part(2));
  said.server = text::from_utf16(part(2));
  in.skip(4);  // extension
  said.library = text::from_utf16(part(2));
  said.language = text::from_utf16(part(2));
  said.database = text::from_utf16(part(2));
  if (!in && !said.malformed) said.malformed = in.error("tds.login");
  return said;
}

bool looks_like_login(Bytes payload) {
  Reader in(payload);
  auto const length = in.le32();
  auto const version = in.le32();
  return in && length >= 86 && length <= 131'072 && version >> 24 >= 0x70 && version >> 24 <= 0x74;
}

}  // namespace greywatch::agent::tds
