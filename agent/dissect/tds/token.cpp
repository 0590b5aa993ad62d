#include "agent/dissect/tds/token.hpp"

#include <algorithm>

namespace greywatch::agent::tds {
namespace {

/// How the length of a token is told. 2.2.4.2.1.
enum class Length : std::uint8_t { none, four, done, two_octets, four_octets, features };

Length length_of(std::uint8_t type) {
  switch (type) {
    case 0x79:  // RETURNSTATUS
      return Length::four;
    case 0xa4:  // TABNAME
    case 0xa5:  // COLINFO
    case 0xa9:  // ORDER
    case 0xaa:  // ERROR
    case 0xab:  // INFO
    case 0xad:  // LOGINACK
    case 0xe3:  // ENVCHANGE
    case 0xed:  // SSPI
      return Length::two_octets;
    case 0xe4:  // SESSIONSTATE
    case 0xee:  // FEDAUTHINFO
      return Length::four_octets;
    case 0xae:  // FEATUREEXTACK
      return Length::features;
    case 0xfd:
    case 0xfe:
    case 0xff:
      return Length::done;
    default:
      return Length::none;
  }
}

/// Servers fill the name of their program with zeros.
Bytes until_zero(Bytes utf16) {
  std::size_t at = 0;
  while (at + 1 < utf16.size() && (utf16[at] != 0 || utf16[at + 1] != 0)) at += 2;
  return utf16.first(at);
}

text::Name characters(Reader& in, std::size_t count) { return text::from_utf16(in.take(count * 2)); }

constexpr std::size_t done_octets(bool wide) { return wide ? 12 : 8; }

}  // namespace

bool is_known_token(std::uint8_t type) {
  // ALTMETADATA, DATACLASSIFICATION, OFFSET, RETURNVALUE, ROW, NBCROW, ALTROW, TVPROW beside those above.
  constexpr std::uint8_t others[] = {0x81, 0x88, 0xa3, 0x78, 0xac, 0xd1, 0xd2, 0xd3, 0x01};
  return length_of(type) != Length::none || std::ranges::find(others, type) != std::end(others);
}

std::optional<Element> Tokens::next() {
  if (at_ == payload_.size()) return std::nullopt;
  Reader in(payload_.subspan(at_));
  Element element{.type = in.u8(), .data = {}, .offset = at_};
  switch (length_of(element.type)) {
    case Length::four:
      element.data = in.take(4);
      break;
    case Length::done:
      element.data = in.take(done_octets(wide_));
      break;
    case Length::two_octets:
      element.data = in.take(in.le16());
      break;
    case Length::four_octets:
      element.data = in.take(in.le32());
      break;
    case Length::features: {
      auto const begin = in.at();
      while (in && in.u8() != 0xff) in.skip(in.le32());
      if (in) element.data = payload_.subspan(at_ + begin, in.at() - begin);
      break;
    }
    case Length::none:
      return std::nullopt;
  }
  if (!in) {
    cut_ = true;
    return std::nullopt;
  }
  at_ += in.at();
  return element;
}

Notice read_notice(Bytes data) {
  Reader in(data);
  Notice notice{
      .number = in.le32(), .state = in.u8(), .severity = in.u8(), .message = {}, .server = {}, .procedure = {}};
  notice.message = characters(in, in.le16());
  notice.server = characters(in, in.u8());
  notice.procedure = characters(in, in.u8());
  notice.whole = static_cast<bool>(in);
  return notice;
}

LoginAck read_login_ack(Bytes data) {
  Reader in(data);
  LoginAck ack{.interface = in.u8(), .version = in.be32(), .program = {}, .program_version = {}};
  ack.program = text::from_utf16(until_zero(in.take(std::size_t{in.u8()} * 2)));
  auto const major = in.u8(), minor = in.u8();
  auto const build = in.be16();
  ack.whole = static_cast<bool>(in);
  ack.program_version.put_number(major);
  ack.program_version.put('.');
  ack.program_version.put_number(minor);
  ack.program_version.put('.');
  ack.program_version.put_number(build);
  return ack;
}

Done read_done(Element const& element, bool wide) {
  Reader in(element.data);
  Done done{.type = element.type, .status = in.le16(), .command = in.le16()};
  done.rows = wide ? in.le64() : in.le32();
  return done;
}

std::optional<Element> last_done(Bytes payload, bool wide) {
  auto const length = done_octets(wide) + 1;
  if (payload.size() < length) return std::nullopt;
  auto const at = payload.size() - length;
  Element const element{.type = payload[at], .data = payload.subspan(at + 1), .offset = at};
  if (!element.is_done()) return std::nullopt;
  auto const done = read_done(element, wide);
  // Nothing follows it, and only the bits that there are.
  if ((done.status & ~0x137) != 0 || (done.status & Done::more) != 0) return std::nullopt;
  return element;
}

bool looks_like_tokens(Bytes payload, bool whole) {
  for (bool const wide : {true, false}) {
    Tokens tokens(payload, wide);
    int count = 0;
    bool fits = true;
    while (auto const element = tokens.next()) {
      ++count;
      if (element->is_done() && (read_done(*element, wide).status & ~0x137) != 0) fits = false;
    }
    if (!fits || count == 0) {
      // Rows come first in most answers: their description has fewer columns than 4,096, or none.
      Reader in(payload);
      auto const type = in.u8();
      auto const columns = in.le16();
      if (type == 0x81 && in && columns != 0 && columns <= 4096) return true;
      continue;
    }
    if (tokens.left() == 0) return true;
    if (tokens.cut() ? !whole : is_known_token(tokens.stopped_at())) return true;
  }
  return false;
}

}  // namespace greywatch::agent::tds
