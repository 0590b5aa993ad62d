#include "agent/dissect/ftp/ftp.hpp"

#include <algorithm>

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::ftp {
namespace {

using enum Operation;

constexpr std::size_t most_line = 4096;

/// What a command's argument is.
enum class Argument : std::uint8_t { none, path, other, secret };

struct Command {
  std::string_view name;
  Operation operation;
  Argument argument;
  bool own;  ///< no other protocol of lines has it: SMTP, POP3, NNTP share the rest
};
constexpr Command commands[] = {
    {"ABOR", session, Argument::none, true},    {"ACCT", session, Argument::secret, true},
    {"ALLO", file, Argument::other, true},      {"APPE", file, Argument::path, true},
    {"AUTH", session, Argument::other, false},  {"CDUP", read, Argument::none, true},
    {"CWD", read, Argument::path, true},        {"DELE", write, Argument::path, false},
    {"EPRT", session, Argument::other, true},   {"EPSV", session, Argument::other, true},
    {"FEAT", diagnose, Argument::none, true},   {"HELP", diagnose, Argument::other, false},
    {"LIST", read, Argument::path, false},      {"MDTM", read, Argument::path, true},
    {"MKD", write, Argument::path, true},       {"MLSD", read, Argument::path, true},
    {"MLST", read, Argument::path, true},       {"MODE", session, Argument::other, false},
    {"NLST", read, Argument::path, true},       {"NOOP", session, Argument::none, false},
    {"OPTS", session, Argument::other, true},   {"PASS", session, Argument::secret, false},
    {"PASV", session, Argument::none, true},    {"PBSZ", session, Argument::other, true},
    {"PORT", session, Argument::other, true},   {"PROT", session, Argument::other, true},
    {"PWD", read, Argument::none, true},        {"QUIT", session, Argument::none, false},
    {"REIN", session, Argument::none, true},    {"REST", session, Argument::other, true},
    {"RETR", file, Argument::path, false},      {"RMD", write, Argument::path, true},
    {"RNFR", write, Argument::path, true},      {"RNTO", write, Argument::path, true},
    {"SITE", configure, Argument::other, true}, {"SIZE", read, Argument::path, true},
    {"SMNT", configure, Argument::path, true},  {"STAT", diagnose, Argument::path, false},
    {"STOR", file, Argument::path, true},       {"STOU", file, Argument::path, true},
    {"STRU", session, Argument::other, true},   {"SYST", diagnose, Argument::none, true},
    {"TYPE", session, Argument::other, true},   {"USER", session, Argument::other, false},
    {"XCWD", read, Argument::path, true},       {"XMKD", write, Argument::path, true},
    {"XPWD", read, Argument::none, true},       {"XRMD", write, Argument::path, true},
};

struct Line {
  Command const* command = nullptr;
  std::uint16_t number = 0;  ///< of the command in the table, from 1, or the reply code
  std::string_view word, argument;
  bool reply = false, more = false;  ///< more: a line of a reply behind which others come
  bool secret() const { return command != nullptr && command->argument == Argument::secret; }
};

Command const* find_command(std::string_view word) {
  auto const found =
      std::ranges::find_if(commands, [&](Command const& row) { return text::equal_ignoring_case(row.name, word); });
  return found == std::end(commands) ? nullptr : &*found;
}

std::string_view without_end(Bytes octets) { return text::take_line(octets).value_or(""); }

/// Three digits, a blank or a stroke, text. RFC 959, 4.2.
bool read_reply(std::string_view text, Line& line) {
  if (text.size() < 3) return false;
  auto const code = text::number(text.substr(0, 3));
  if (!code || *code < 100 || *code > 659 || (text.size() > 3 && text[3] != ' ' && text[3] != '-')) return false;
  line.reply = true;
  line.number = static_cast<std::uint16_t>(*code);
  line.word = text.substr(0, 3);
  line.more = text.size() > 3 && text[3] == '-';
  line.argument = text.substr(std::min<std::size_t>(4, text.size()));
  return true;
}

bool read_command(std::string_view text, Line& line) {
  line.word = text.substr(0, text.find(' '));
  line.argument = text.substr(std::min(line.word.size() + 1, text.size()));
  line.command = find_command(line.word);
  if (line.command == nullptr) return false;
  line.number = static_cast<std::uint16_t>(line.command - commands + 1);
  return true;
}

bool is_text(std::string_view text) {
  return std::ranges::all_of(text, [](char letter) { return static_cast<unsigned char>(letter) >= 0x20; });
}

/// Replies that say something of FTP alone: a host with ports, a port, a folder.
bool is_own_reply(Line const& line) {
  auto const& text = line.argument;
  if (line.number == 227) return std::ranges::count(text, ',') == 5;
  if (line.number == 229) return text.find("(|||") != std::string_view::npos;
  return line.number == 257 && text.starts_with('"');
}

Likeness probe(Bytes octets, Direction way) {
  auto const length = text::line_length(octets, most_line);
  if (length < 5 || octets[length - 2] != '\r') return Likeness::no;
  auto const text = without_end(octets.first(length));
  Line line;
  if (!is_text(text)) return Likeness::no;
  if (way == Direction::to_server) {
    if (!read_command(text, line)) return Likeness::no;
    if (line.command->own) return Likeness::certain;
    return line.word == "USER" || line.word == "PASS" ? Likeness::plausible : Likeness::no;
  }
  if (!read_reply(text, line)) return Likeness::no;
  if (is_own_reply(line)) return Likeness::certain;
  return line.number == 220 || line.number == 331 || line.number == 230 ? Likeness::plausible : Likeness::no;
}

Frame frame(Bytes octets) {
  auto const length = text::line_length(octets, most_line);
  if (length != 0) return {.verdict = Frame::Verdict::complete, .length = length};
  if (octets.size() < most_line && octets[0] != 0) return {};
  return {.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_length, .offset = 0};
}

void describe(void const* what, FieldSink& sink) {
  auto const& line = *static_cast<Line const*>(what);
  if (line.reply) {
    sink.field("ftp.reply.code", std::uint64_t{line.number});
    if (!line.argument.empty()) sink.field("ftp.reply.text", line.argument);
    if (line.number == 220 && !line.argument.empty()) sink.field("ftp.server", line.argument);
    return;
  }
  sink.field("ftp.command", line.word);
  if (!line.argument.empty() && !line.secret()) sink.field("ftp.argument", line.argument);
}

/// RFC 959, 4.2.2.
Status status_of(std::uint16_t code) {
  switch (code) {
    case 430:
    case 530:
    case 532:
    case 533:
    case 534:
      return Status::refused;
    case 550:
    case 553:
      return Status::unknown_object;
    case 500:
    case 502:
    case 504:
    case 522:
      return Status::unsupported;
    default:
      return code < 400 ? Status::ok : Status::failed;
  }
}

void read_line(Bytes octets, Direction way, void*, Emitter& emitter) {
  auto const text = without_end(octets);
  auto observation = emitter.begin();
  Line line;
  bool const known = way == Direction::to_server ? read_command(text, line) : read_reply(text, line);
  // Lines within a long reply need no code in front.
  if (!known && way == Direction::to_client) return emitter.tolerated("line within a reply");
  observation.octets = octets;
  observation.code = line.number;
  Malformed const why{Defect::bad_value, 0, "command"};
  if (line.reply) {
    observation.operation = session;
    observation.role = Role::response;
    observation.status = status_of(line.number);
  } else if (known) {
    observation.operation = line.command->operation;
    if (line.command->argument == Argument::path && !line.argument.empty())
      observation.target = {.count = 1, .name = line.argument};
  } else if (is_text(text)) {
    emitter.unknown("command", 0);
  } else {
    observation.malformed = &why;
    observation.status = Status::malformed;
  }
  observation.describe = describe;
  observation.message = &line;
  emitter.emit(observation);
}

constexpr std::uint16_t ports[] = {21};

}  // namespace

Dissector const dissector{
    .name = "ftp",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = 0,
    .most = most_line + 1,
    .probe = probe,
    .frame = frame,
    .read = read_line,
    .gap = nullptr,
    .habit = Habit::peers,
    .words = {.code = "command or reply", .object = "path", .objects = "paths"},
};

}  // namespace greywatch::agent::ftp
