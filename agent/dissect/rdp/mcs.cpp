#include "agent/dissect/rdp/mcs.hpp"

#include <algorithm>

#include "agent/dissect/asn1/ber.hpp"

namespace greywatch::agent::rdp {
namespace {

constexpr std::uint16_t least_user = 1001;

/// A length determinant of PER, up to 16,383. X.691, 10.9.
std::size_t read_length(Reader& in) {
  std::size_t const first = in.u8();
  if (first < 0x80) return first;
  return (first & 0x3f) << 8 | in.u8();
}

std::uint16_t read_user(Reader& in) { return static_cast<std::uint16_t>(in.be16() + least_user); }

}  // namespace

Result<DomainPdu> read_domain_pdu(Bytes octets) {
  Reader in(octets);
  DomainPdu pdu;
  auto const first = in.u8();
  pdu.choice = first >> 2;
  pdu.known = true;
  switch (pdu.kind()) {
    case Mcs::erect_domain_request:
      in.skip(in.u8());  // subHeight and subInterval, each behind its length
      in.skip(in.u8());
      break;
    case Mcs::disconnect_provider_ultimatum:
      pdu.reason = static_cast<std::uint8_t>((first & 3) << 1 | in.u8() >> 7);
      break;
    case Mcs::attach_user_request:
      break;
    case Mcs::attach_user_confirm:
      pdu.result = static_cast<std::uint8_t>((first & 1) << 3 | in.u8() >> 5);
      if ((first & 2) != 0) pdu.initiator = read_user(in);
      break;
    case Mcs::channel_join_request:
      pdu.initiator = read_user(in);
      pdu.channel = in.be16();
      break;
    case Mcs::channel_join_confirm:
      pdu.result = static_cast<std::uint8_t>((first & 1) << 3 | in.u8() >> 5);
      pdu.initiator = read_user(in);
      pdu.channel = in.be16();
      if ((first & 2) != 0) pdu.channel = in.be16();
      break;
    case Mcs::send_data_request:
    case Mcs::send_data_indication: {
      pdu.initiator = read_user(in);
      pdu.channel = in.be16();
      in.skip(1);  // priority and segmentation
      auto const length = read_length(in);
      pdu.offset = in.at();
      pdu.data = in.take(length);
      break;
    }
    default:
      pdu.known = false;
      return pdu;
  }
  if (!in) return fail(in.error("rdp.mcs"));
  if (in.left() != 0) return fail({Defect::trailing, in.at(), "rdp.mcs"});
  return pdu;
}

bool begins_connect(Bytes octets) {
  return octets.size() >= 2 && octets[0] == 0x7f && (octets[1] == 0x65 || octets[1] == 0x66);
}

Result<Connect> read_connect(Bytes octets) {
  constexpr std::uint32_t initial = 101, answer = 102;
  asn1::BerReader outer(octets);
  auto const whole = outer.next();
  if (!whole) return fail(outer.error("rdp.connect"));
  if (!whole->is(asn1::TagClass::application, initial) && !whole->is(asn1::TagClass::application, answer))
    return fail({Defect::bad_value, 0, "rdp.connect"});
  Connect connect{.response = whole->tag == answer, .result = {}, .blocks = {}};
  asn1::BerReader in(*whole);
  std::optional<asn1::Element> last;
  // The user data is the last element of both.
  while (auto const element = in.next()) {
    if (element->is_universal(asn1::enumerated) && element->contents.size() == 1) connect.result = element->contents[0];
    last = element;
  }
  if (in.failed()) return fail(in.error("rdp.connect"));
  if (!last || !last->is_universal(asn1::octet_string)) return fail({Defect::bad_value, whole->offset, "rdp.connect"});
  // The key that Microsoft chose stands before the octets of h221NonStandard user data. 2.2.1.3, 2.2.1.4.
  constexpr std::uint8_t client_key[] = {'D', 'u', 'c', 'a'}, server_key[] = {'M', 'c', 'D', 'n'};
  auto const key = connect.response ? Bytes(server_key) : Bytes(client_key);
  auto const found = std::ranges::search(last->contents, key);
  if (found.empty()) return fail({Defect::bad_value, last->offset, "rdp.connect.key"});
  auto const at = static_cast<std::size_t>(found.end() - last->contents.begin());
  Reader blocks(last->contents.subspan(at));
  auto const length = read_length(blocks);
  connect.offset = last->offset + at + blocks.at();
  connect.blocks = blocks.take(std::min(length, blocks.left()));
  if (!blocks) return fail({Defect::truncated, last->offset + at, "rdp.connect.blocks"});
  return connect;
}

std::optional<Block> next_block(Bytes& left) {
  Reader in(left);
  Block block{.type = in.le16(), .length = in.le16(), .data = {}};
  if (block.length < 4) return std::nullopt;
  block.data = in.take(block.length - 4U);
  if (!in) return std::nullopt;
  left = left.subspan(block.length);
  return block;
}

}  // namespace greywatch::agent::rdp
