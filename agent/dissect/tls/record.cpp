#include "agent/dissect/tls/record.hpp"

#include <algorithm>

namespace greywatch::agent::tls {
namespace {

constexpr std::uint8_t client_hello = 1, server_hello = 2;

/// Could a record begin so? RFC 8446, 5.1 and D: the version is 0300 to 0303; 0304 is never used on the wire.
bool is_header(Bytes octets) {
  if (octets.size() < record_header) return false;
  Reader in(octets);
  auto const type = in.u8();
  auto const version = in.be16();
  auto const length = in.be16();
  if (type < 20 || type > 24 || version < 0x0300 || version > 0x0303) return false;
  if (length == 0 || length > most_fragment) return false;
  // A change of the cipher is one octet, an alert two where it is in clear.
  if (type == 20) return length == 1 && (octets.size() < 6 || octets[5] == 1);
  if (type == 21) return length == 2 || length >= 16;
  return type != 22 || length >= 4;
}

/// A hello whose length fits its record says more than any port.
bool is_hello(Bytes octets) {
  Reader in(octets);
  auto const type = in.u8();
  in.skip(2);
  auto const length = in.be16();
  auto const message = in.u8();
  auto const message_length = in.be24();
  auto const version = in.be16();
  if (!in || type != 22 || (message != client_hello && message != server_hello)) return false;
  return version >= 0x0300 && version <= 0x0303 && message_length >= 38 && message_length <= 65535 &&
         (message_length + 4 <= length || length >= 64);
}

}  // namespace

Record read_record(Bytes octets) {
  Reader in(octets);
  Record record{.type = static_cast<ContentType>(in.u8()), .version = in.be16(), .length = in.be16(), .fragment = {}};
  if (record.type != ContentType::application_data) record.fragment = in.rest();
  return record;
}

Frame frame(Bytes octets) {
  if (octets.size() < record_header) return {.verdict = Frame::Verdict::more, .length = record_header};
  if (!is_header(octets)) {
    // Silent where the header itself is fine, and what stands in it is not.
    bool const type = octets[0] < 20 || octets[0] > 24;
    return {.verdict = Frame::Verdict::lost,
            .length = 1,
            .defect = Defect::bad_value,
            .offset = static_cast<std::uint16_t>(type ? 0 : 1)};
  }
  auto const length = record_header + Reader(octets.subspan(3)).be16();
  bool const data = octets[0] == static_cast<std::uint8_t>(ContentType::application_data);
  bool const complete = data || octets.size() >= length;
  return {.verdict = complete ? Frame::Verdict::complete : Frame::Verdict::more,
          .length = length,
          .wanted = data ? record_header : 0};
}

Likeness probe(Bytes octets, Direction) {
  if (!is_header(octets)) return Likeness::no;
  if (is_hello(octets)) return Likeness::certain;
  auto const length = record_header + Reader(octets.subspan(3)).be16();
  if (octets.size() >= length + record_header && !is_header(octets.subspan(length))) return Likeness::no;
  return Likeness::plausible;
}

}  // namespace greywatch::agent::tls
