#include "agent/dissect/telnet/telnet.hpp"

#include <algorithm>
#include <array>

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::telnet {
namespace {

/// RFC 854, "TELNET COMMAND STRUCTURE".
constexpr std::uint8_t iac = 255, dont = 254, will = 251, sb = 250, se = 240, least_command = 236;
constexpr std::uint8_t greatest_option = 49;  ///< the last one that IANA has assigned below 128

/// One step through a segment: a command with its option or parameters, or octets of text.
struct Piece {
  std::uint8_t command = 0;  ///< 0: text
  std::uint8_t option = 0;
  bool has_option = false;
  bool ended = false;  ///< parameters of an option, up to their end
  Bytes octets;
};

/// Nothing at the end. A command that goes on in the next segment is the last piece.
std::optional<Piece> next_piece(Bytes& left) {
  if (left.empty()) return std::nullopt;
  if (left[0] != iac) {
    auto const end = static_cast<std::size_t>(std::ranges::find(left, iac) - left.begin());
    Piece const text{.octets = left.first(end)};
    left = left.subspan(end);
    return text;
  }
  Reader in(left);
  in.skip(1);
  Piece piece{.command = in.u8()};
  if (piece.command == iac) piece = {.octets = left.first(2)};  // an octet of 255 in the text
  if (piece.command >= sb && piece.command <= dont && in) {
    piece.option = in.u8();
    piece.has_option = static_cast<bool>(in);
  }
  if (piece.command == sb) {
    // Up to IAC SE, or the end of the segment.
    while (!piece.ended && in.left() >= 2) piece.ended = in.u8() == iac && left[in.at()] == se;
    in.skip(std::min<std::size_t>(1, in.left()));
  }
  left = left.subspan(std::min(in.at(), left.size()));
  return piece;
}

enum class Prompt : std::uint8_t { none, name, password };

/// The end of a text that asks for a name or a password.
Prompt prompt_in(Bytes text) {
  constexpr std::size_t longest = 24;
  auto line = as_text(text.last(std::min(text.size(), longest)));
  while (line.ends_with(' ')) line.remove_suffix(1);
  auto const ends = [&](std::string_view word) {
    return line.size() >= word.size() && text::equal_ignoring_case(line.substr(line.size() - word.size()), word);
  };
  if (ends("password:") || ends("passcode:")) return Prompt::password;
  if (ends("login:") || ends("username:") || ends("user name:")) return Prompt::name;
  return Prompt::none;
}

struct Message {
  Bytes octets;
  std::size_t text = 0;
  Prompt prompt = Prompt::none;
};

void describe(void const* what, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(what);
  auto left = message.octets;
  while (auto const piece = next_piece(left)) {
    if (piece->command == 0) continue;
    sink.field("telnet.command", std::uint64_t{piece->command});
    if (piece->has_option) sink.field("telnet.option", std::uint64_t{piece->option});
    if (piece->ended) sink.field("telnet.command", std::uint64_t{se});
  }
  sink.field("telnet.text_octets", std::uint64_t{message.text});
  if (message.prompt != Prompt::none)
    sink.field("telnet.prompt", std::string_view(message.prompt == Prompt::name ? "name" : "password"));
}

/// Offers and requests of options that exist, one behind the other: nothing else begins so.
Likeness probe(Bytes octets, Direction) {
  std::size_t offers = 0;
  auto left = octets;
  while (auto const piece = next_piece(left)) {
    if (piece->command == 0) break;
    if (piece->command == sb && offers != 0) continue;
    if (piece->command < will || !piece->has_option || piece->option > greatest_option) return Likeness::no;
    ++offers;
  }
  return offers >= 2 ? Likeness::certain : offers == 1 ? Likeness::plausible : Likeness::no;
}

/// A segment is what somebody wrote at once. Telnet has no other messages.
Frame frame(Bytes octets) { return {.verdict = Frame::Verdict::complete, .length = octets.size()}; }

void read(Bytes segment, Direction way, void*, Emitter& emitter) {
  auto observation = emitter.begin();
  observation.octets = segment;
  observation.role = way == Direction::to_server ? Role::request : Role::response;
  Message message{.octets = segment};
  auto left = segment;
  Bytes last;
  while (auto const piece = next_piece(left)) {
    if (piece->command == 0) {
      message.text += piece->octets.size();
      last = piece->octets;
      continue;
    }
    if (piece->command < least_command) emitter.unknown("command", piece->command);
    if (observation.code != 0) continue;
    observation.code = piece->command;
    observation.subcode = piece->option;
  }
  if (way == Direction::to_client) message.prompt = prompt_in(last);
  observation.operation = message.text == 0 || message.prompt != Prompt::none ? Operation::session : Operation::other;
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

constexpr std::uint16_t ports[] = {23, 2323};

}  // namespace

Dissector const dissector{
    .name = "telnet",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = 0,
    .most = 65536,
    .probe = probe,
    .frame = frame,
    .read = read,
    .gap = nullptr,
    .habit = Habit::peers,
    .words = {.code = "command", .subcode = "option"},
};

}  // namespace greywatch::agent::telnet
