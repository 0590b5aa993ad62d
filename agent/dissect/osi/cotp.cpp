#include "agent/dissect/osi/cotp.hpp"

#include <algorithm>
#include <array>

namespace greywatch::agent::osi {

namespace {

constexpr std::size_t tpkt_octets = 4, least = 7;  ///< RFC 1006, 6: version, reserved, length of at least 7
constexpr std::uint8_t version = 3;
constexpr std::size_t most_pieces = 512;

struct Piece {
  Frame::Verdict verdict;
  std::size_t length = 0;
  bool is_data = false, last = true;
  Defect defect = Defect::bad_value;
  std::uint16_t offset = 0;
};

/// One TPKT, as far as framing must know it.
Piece look(Bytes octets) {
  using enum Frame::Verdict;
  auto const lost_at = [](Defect defect, std::uint16_t offset) {
    return Piece{.verdict = lost, .length = 1, .defect = defect, .offset = offset};
  };
  if (octets[0] != version) return lost_at(Defect::bad_value, 0);
  if (octets.size() > 1 && octets[1] != 0) return lost_at(Defect::bad_value, 1);
  if (octets.size() < least) return {.verdict = more};
  std::size_t const length = static_cast<std::size_t>(octets[2]) << 8 | octets[3];
  if (length < least) return lost_at(Defect::bad_length, 2);
  std::size_t const indicator = octets[4];
  if (indicator < 2 || indicator == 255 || tpkt_octets + 1 + indicator > length) return lost_at(Defect::bad_length, 4);
  bool const is_data = octets[5] >> 4 == static_cast<int>(Tpdu::data);
  return {.verdict = octets.size() < length ? more : complete,
          .length = length,
          .is_data = is_data,
          .last = !is_data || (octets[6] & 0x80) != 0};
}

void read_parameters(Reader& in, Cotp& cotp) {
  constexpr std::uint8_t tpdu_size = 0xC0, calling = 0xC1, called = 0xC2;
  while (in && in.left() >= 2) {
    auto const code = in.u8();
    auto const value = in.take(in.u8());
    if (code == calling) cotp.calling_tsap = value;
    if (code == called) cotp.called_tsap = value;
    if (code == tpdu_size && value.size() == 1) cotp.tpdu_size = value[0];
  }
}

/// The header behind its length indicator.
Cotp read_header(Bytes header) {
  Reader in(header);
  Cotp cotp{.code = in.u8()};
  switch (cotp.kind()) {
    case Tpdu::data: {
      auto const last = in.u8();
      cotp.end_of_tsdu = (last & 0x80) != 0;
      cotp.number = last & 0x7F;
      break;
    }
    case Tpdu::connection_request:
    case Tpdu::connection_confirm:
      cotp.destination = in.be16();
      cotp.source = in.be16();
      cotp.class_option = in.u8();
      read_parameters(in, cotp);
      break;
    case Tpdu::disconnect_request:
      cotp.destination = in.be16();
      cotp.source = in.be16();
      cotp.reason = in.u8();
      break;
    default:
      break;
  }
  return cotp;
}

}  // namespace

Frame frame(Bytes octets) {
  std::size_t at = 0;
  for (std::size_t pieces = 0; pieces < most_pieces; ++pieces) {
    if (at == octets.size()) return {.verdict = Frame::Verdict::more, .length = at + least};
    auto const piece = look(octets.subspan(at));
    if (piece.verdict == Frame::Verdict::lost) {
      // A chain that another kind of octets breaks ends before them, so that the next search begins there.
      return {.verdict = Frame::Verdict::lost,
              .length = std::max<std::size_t>(at, 1),
              .defect = piece.defect,
              .offset = static_cast<std::uint16_t>(at + piece.offset)};
    }
    if (pieces > 0 && piece.verdict == Frame::Verdict::complete && !piece.is_data)
      return {.verdict = Frame::Verdict::complete, .length = at};  // the rest of the TSDU never came
    if (piece.verdict == Frame::Verdict::more)
      return {.verdict = Frame::Verdict::more, .length = at + std::max(piece.length, least)};
    at += piece.length;
    if (piece.last) return {.verdict = Frame::Verdict::complete, .length = at};
  }
  return {.verdict = Frame::Verdict::lost, .length = at, .defect = Defect::bad_length, .offset = 0};
}

Result<Message> read_message(Bytes message) {
  static thread_local std::array<std::uint8_t, 65536> joined;
  Message read;
  std::size_t at = 0, used = 0;
  while (at < message.size()) {
    auto const rest = message.subspan(at);
    auto const piece = look(rest);
    if (piece.verdict != Frame::Verdict::complete) {
      auto const defect = piece.verdict == Frame::Verdict::lost ? piece.defect : Defect::truncated;
      return fail({defect, at + piece.offset, "tpkt"});
    }
    std::size_t const begin = tpkt_octets + 1 + rest[4];
    auto const data = rest.subspan(begin, piece.length - begin);
    if (read.pieces++ == 0) {
      read.cotp = read_header(rest.subspan(tpkt_octets + 1, rest[4]));
      read.user_data = data;
      read.offset = at + begin;
    } else {
      if (read.pieces == 2)
        used = static_cast<std::size_t>(std::ranges::copy(read.user_data, joined.begin()).out - joined.begin());
      auto const room = std::min(data.size(), joined.size() - used);
      std::ranges::copy(data.first(room), joined.begin() + static_cast<std::ptrdiff_t>(used));
      used += room;
      read.user_data = Bytes(joined).first(used);
    }
    at += piece.length;
  }
  if (read.pieces == 0) return fail({Defect::truncated, 0, "tpkt"});
  return read;
}

}  // namespace greywatch::agent::osi
