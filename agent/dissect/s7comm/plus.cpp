#include "agent/dissect/s7comm/plus.hpp"

namespace greywatch::agent::s7comm {
namespace {

constexpr std::size_t header_octets = 4;

bool known_version(std::uint8_t version) { return (version >= 1 && version <= 3) || version >= 0xFE; }
bool known_opcode(std::uint8_t opcode) { return opcode >= plus_request && opcode <= plus_notification; }

}  // namespace

Plus read_plus(Bytes octets, bool goes_on) {
  Reader in(octets);
  in.skip(1);
  Plus said{.version = in.u8(), .length = in.be16()};
  Reader body(in.take(said.length));
  if (!in) {
    said.malformed = Malformed{Defect::bad_length, 2, "plus.length"};
    return said;
  }
  if (in.left() == header_octets) {
    said.has_trailer = in.u8() == plus_protocol_id;
    in.skip(3);
  }
  if (in.left() != 0) said.malformed = Malformed{Defect::trailing, in.at(), "plus.trailer"};
  if (said.version == 3) said.digest = body.take(body.u8());
  if (!goes_on && said.version <= 3) {
    said.opcode = body.u8();
    if (said.opcode == plus_notification) {
      said.session = body.be32();
    } else {
      body.skip(2);
      said.function = body.be16();
      body.skip(2);
      said.sequence = body.be16();
      if (said.opcode == plus_request) said.session = body.be32();
      said.flags = body.u8();
    }
    if (!said.malformed && (!body || !known_opcode(said.opcode)))
      said.malformed = Malformed{body ? Defect::bad_value : Defect::truncated, header_octets, "plus.opcode"};
  }
  said.opaque = body.rest();
  return said;
}

bool looks_like_plus(Bytes octets, std::size_t length) {
  if (octets.empty() || octets[0] != plus_protocol_id) return false;
  if (octets.size() < header_octets) return true;
  std::size_t const says = std::size_t{octets[2]} << 8 | octets[3];
  return known_version(octets[1]) && (length == header_octets + says || length == 2 * header_octets + says);
}

bool has_opcode(Bytes octets) {
  if (octets.size() <= header_octets) return false;
  std::size_t at = header_octets;
  if (octets[1] == 3) at += 1 + std::size_t{octets[4]};
  return octets[1] <= 3 && at + 2 < octets.size() && known_opcode(octets[at]) &&
         (octets[at] == plus_notification || (octets[at + 1] == 0 && octets[at + 2] == 0));
}

}  // namespace greywatch::agent::s7comm
