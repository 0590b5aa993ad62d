#include "agent/dissect/smb/packet.hpp"

#include <algorithm>

#include "agent/dissect/smb/tables.hpp"

namespace greywatch::agent::smb {
namespace {

constexpr std::size_t request_octets = 68;
/// Of a message with more octets than these only the front is looked at, unless others are behind it in a compound.
constexpr std::size_t long_message = 8192, front = 512;

bool is_session_name(Bytes octets) {
  Reader in(octets);
  return read_netbios_name(in).good;
}

Kind plausible_kind(Bytes message) {
  auto const kind = kind_of(message);
  Reader in(message.subspan(std::min<std::size_t>(message.size(), 4)));
  switch (kind) {
    case Kind::smb1:
      return in.left() < 1 || find_command1(in.u8()) != nullptr ? kind : Kind::none;
    case Kind::smb2:
      // StructureSize is 64, commands are few.
      if (in.left() >= 2 && in.le16() != header2) return Kind::none;
      in.skip(std::min<std::size_t>(6, in.left()));
      return in.left() < 2 || find_command2(in.le16()) != nullptr ? kind : Kind::none;
    default:
      return kind;
  }
}

std::size_t least_length(Kind kind) {
  return kind == Kind::smb1        ? header1 + 3
         : kind == Kind::smb2      ? header2 + 2
         : kind == Kind::encrypted ? transform_header
                                   : compression_header;
}

/// How many octets of the message are worth waiting for.
std::size_t wanted_of(Bytes message, Kind kind, std::size_t length) {
  if (kind == Kind::encrypted) return transform_header;
  if (kind == Kind::compressed) return compression_header;
  if (length <= long_message) return length;
  if (kind == Kind::smb2) {
    Reader in(message);
    in.skip(20);
    if (in.le32() != 0) return std::min(length, most_read);  // others follow
  }
  return front;
}

}  // namespace

Kind kind_of(Bytes message) {
  Reader in(message);
  auto const first = in.u8();
  if (in.be24() != 0x534d42) return Kind::none;  // "SMB"
  switch (first) {
    case 0xff:
      return Kind::smb1;
    case 0xfe:
      return Kind::smb2;
    case 0xfd:
      return Kind::encrypted;
    case 0xfc:
      return Kind::compressed;
    default:
      return Kind::none;
  }
}

NetbiosName read_netbios_name(Reader& in) {
  NetbiosName name{};
  name.good = in.u8() == 32;
  for (auto& octet : name.octets) {
    auto const high = in.u8(), low = in.u8();
    name.good = name.good && high >= 'A' && high <= 'P' && low >= 'A' && low <= 'P';
    octet = static_cast<std::uint8_t>((high - 'A') << 4 | ((low - 'A') & 15));
  }
  // A scope may follow, as labels.
  while (auto const label = in.u8()) {
    if (label > 63) name.good = false;
    in.skip(label & 63);
    if (!in) break;
  }
  name.good = name.good && static_cast<bool>(in);
  return name;
}

NetbiosText netbios_text(NetbiosName const& name) {
  NetbiosText text;
  auto const put_hex = [&](std::uint8_t octet) {
    text.put('<');
    text.put_octet(octet);
    text.put('>');
  };
  std::size_t length = 15;
  while (length > 0 && name.octets[length - 1] == ' ') --length;
  for (std::size_t at = 0; at < length; ++at) {
    auto const octet = name.octets[at];
    if (text::is_printable(octet))
      text.put(static_cast<char>(octet));
    else
      put_hex(octet);
  }
  put_hex(name.octets[15]);
  return text;
}

Likeness probe(Bytes octets, Direction) {
  if (octets.size() < session_header) return Likeness::no;
  auto const length = Reader(octets.subspan(1)).be24();
  switch (static_cast<PacketType>(octets[0])) {
    case PacketType::message: {
      if (octets.size() < session_header + 4) return Likeness::no;
      auto const kind = plausible_kind(octets.subspan(session_header));
      return kind != Kind::none && length >= least_length(kind) ? Likeness::certain : Likeness::no;
    }
    case PacketType::request:
      return length == request_octets && octets.size() >= session_header + 34 && is_session_name(octets.subspan(4))
                 ? Likeness::certain
                 : Likeness::no;
    case PacketType::negative:
      return length == 1 && octets.size() == 5 && octets[4] >= 0x80 && octets[4] <= 0x8f ? Likeness::plausible
                                                                                         : Likeness::no;
    case PacketType::positive:
    case PacketType::keep_alive:
      return length == 0 && octets.size() == session_header ? Likeness::more : Likeness::no;
    default:
      return Likeness::no;
  }
}

Frame frame(Bytes octets) {
  using enum Frame::Verdict;
  if (octets.size() < session_header) return {.verdict = more, .length = session_header};
  auto const lose = [](Defect defect, std::uint16_t offset) {
    return Frame{.verdict = lost, .length = 1, .defect = defect, .offset = offset};
  };
  std::size_t const length = Reader(octets.subspan(1)).be24();
  auto wanted = session_header + length;
  switch (static_cast<PacketType>(octets[0])) {
    case PacketType::message: {
      if (octets.size() < session_header + 4) return {.verdict = more, .length = session_header + 4};
      auto const message = octets.subspan(session_header);
      auto const kind = kind_of(message);
      if (kind == Kind::none) return lose(Defect::bad_value, 4);
      if (length < least_length(kind)) return lose(Defect::bad_length, 1);
      if (octets.size() < session_header + 24 && length > long_message)
        return {.verdict = more, .length = session_header + 24};
      wanted = session_header + wanted_of(message, kind, length);
      break;
    }
    case PacketType::request:
      if (length < 4 || length > 1024) return lose(Defect::bad_length, 1);
      break;
    case PacketType::positive:
    case PacketType::keep_alive:
      if (length != 0) return lose(Defect::bad_length, 1);
      break;
    case PacketType::negative:
      if (length != 1) return lose(Defect::bad_length, 1);
      break;
    case PacketType::retarget:
      if (length != 6) return lose(Defect::bad_length, 1);
      break;
    default:
      return lose(Defect::bad_value, 0);
  }
  if (octets.size() < wanted) return {.verdict = more, .length = wanted};
  return {.verdict = complete, .length = session_header + length, .wanted = wanted};
}

}  // namespace greywatch::agent::smb
