#include "agent/dissect/tds/packet.hpp"

#include <algorithm>

#include "agent/dissect/tds/login.hpp"
#include "agent/dissect/tds/token.hpp"

namespace greywatch::agent::tds {
namespace {

constexpr std::size_t record_header = 5;

bool is_type(std::uint8_t type) {
  return (type >= 1 && type <= 4) || (type >= 6 && type <= 8) || type == 14 || (type >= 16 && type <= 18);
}

bool is_header(Bytes octets) {
  auto const header = read_header(octets);
  // Status has five bits; the window is not used and sent as zero. 2.2.3.1.
  return is_type(header.type) && header.status < 0x20 && header.length >= header_octets &&
         header.length <= most_octets && header.window == 0;
}

/// Text of UTF-16 in letters of everyday.
bool is_wide_text(Bytes octets) {
  auto const front = octets.first(std::min<std::size_t>(octets.size(), 32) & ~std::size_t{1});
  if (front.size() < 8) return false;
  for (std::size_t at = 0; at < front.size(); at += 2) {
    bool const blank = front[at] == '\r' || front[at] == '\n' || front[at] == '\t';
    if (front[at + 1] != 0 || (!blank && (front[at] < 0x20 || front[at] > 0x7e))) return false;
  }
  return true;
}

Likeness like_request(Header const& header, Bytes payload) {
  switch (header.kind()) {
    case Type::prelogin:
      if (is_tls(payload)) return Likeness::plausible;
      return looks_like_prelogin(payload) ? Likeness::certain : Likeness::no;
    case Type::login:
      return looks_like_login(payload) ? Likeness::certain : Likeness::no;
    case Type::batch:
      if (all_headers(payload) != 0) return Likeness::certain;
      return is_wide_text(payload) ? Likeness::plausible : Likeness::no;
    case Type::rpc:
    case Type::transaction:
      return all_headers(payload) != 0 ? Likeness::certain : Likeness::no;
    case Type::attention:
      return header.length == header_octets && header.last() ? Likeness::plausible : Likeness::no;
    default:
      return Likeness::no;
  }
}

}  // namespace

Header read_header(Bytes octets) {
  Reader in(octets);
  return {.type = in.u8(),
          .status = in.u8(),
          .length = in.be16(),
          .channel = in.be16(),
          .number = in.u8(),
          .window = in.u8()};
}

bool is_tls(Bytes octets) {
  Reader in(octets);
  auto const type = in.u8();
  auto const version = in.be16();
  auto const length = in.be16();
  return in && type >= 20 && type <= 23 && version >= 0x0300 && version <= 0x0303 && length != 0 && length <= 18432;
}

std::size_t all_headers(Bytes payload) {
  constexpr std::uint32_t most = 4096;
  Reader in(payload);
  auto const total = in.le32();
  auto const first = in.le32();
  auto const type = in.le16();
  bool const fits = in && total >= 10 && total <= most && total <= payload.size() && first >= 6 && first + 4 <= total;
  return fits && type >= 1 && type <= 3 ? total : 0;
}

Frame frame(Bytes octets) {
  using enum Frame::Verdict;
  if (octets[0] >= 20 && octets[0] <= 23) {
    if (octets.size() < record_header) return {.verdict = more, .length = record_header};
    if (!is_tls(octets)) return {.verdict = lost, .length = 1, .defect = Defect::bad_value, .offset = 0};
    auto const length = record_header + Reader(octets.subspan(3)).be16();
    return {.verdict = complete, .length = length, .wanted = record_header};
  }
  if (octets.size() < header_octets) {
    if (!is_type(octets[0])) return {.verdict = lost, .length = 1, .defect = Defect::bad_value, .offset = 0};
    return {.verdict = more, .length = header_octets};
  }
  if (!is_header(octets)) {
    bool const type = is_type(octets[0]);
    return {.verdict = lost,
            .length = 1,
            .defect = type ? Defect::bad_length : Defect::bad_value,
            .offset = static_cast<std::uint16_t>(type ? 2 : 0)};
  }
  auto const length = read_header(octets).length;
  return {.verdict = octets.size() < length ? more : complete, .length = length};
}

/// TLS in place of packets names nothing, and speaks against nothing.
Likeness probe(Bytes octets, Direction way) {
  if (octets.size() < header_octets) return Likeness::no;
  if (!is_header(octets)) return Likeness::no;
  auto const header = read_header(octets);
  auto const payload = octets.first(std::min<std::size_t>(octets.size(), header.length)).subspan(header_octets);
  if (way == Direction::to_server) return like_request(header, payload);
  if (header.kind() == Type::prelogin) return is_tls(payload) ? Likeness::plausible : Likeness::no;
  if (header.kind() != Type::response || payload.empty()) return Likeness::no;
  if (looks_like_prelogin(payload)) return Likeness::certain;
  return looks_like_tokens(payload, header.last() && octets.size() >= header.length) ? Likeness::plausible
                                                                                     : Likeness::no;
}

}  // namespace greywatch::agent::tds
