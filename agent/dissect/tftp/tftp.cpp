#include "agent/dissect/tftp/tftp.hpp"

#include <algorithm>

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::tftp {
namespace {

/// RFC 1350, 5; RFC 2347 (6).
enum class Opcode : std::uint16_t {
  read_request = 1,
  write_request,
  data,
  acknowledgement,
  error,
  option_acknowledgement
};

struct Message {
  std::uint16_t opcode = 0;
  std::string_view file, mode;
  std::uint16_t number = 0;  ///< of data and acknowledgements the block, of an error its code
  std::string_view text;     ///< of an error
  Bytes options;             ///< pairs of texts, each with a zero behind it
  std::size_t data = 0;      ///< octets

  bool is(Opcode wanted) const { return opcode == static_cast<std::uint16_t>(wanted); }
  bool is_request() const { return is(Opcode::read_request) || is(Opcode::write_request); }
};

/// Text up to a zero; nothing where none comes.
std::optional<std::string_view> take_text(Bytes& left) {
  auto const end = std::ranges::find(left, std::uint8_t{0});
  if (end == left.end()) return std::nullopt;
  auto const length = static_cast<std::size_t>(end - left.begin());
  auto const text = as_text(left.first(length));
  left = left.subspan(length + 1);
  return text;
}

Result<void> read_message(Bytes datagram, Message& message) {
  Reader in(datagram);
  message.opcode = in.be16();
  if (!in) return fail(in.error("opcode"));
  auto left = datagram.subspan(2);
  auto const text = [&](std::string_view& to) {
    auto const taken = take_text(left);
    to = taken.value_or("");
    return taken.has_value();
  };
  Malformed const unended{Defect::truncated, datagram.size(), "text"};
  switch (static_cast<Opcode>(message.opcode)) {
    case Opcode::read_request:
    case Opcode::write_request:
      if (!text(message.file) || !text(message.mode)) return fail(unended);
      message.options = left;
      return {};
    case Opcode::option_acknowledgement:
      message.options = left;
      return {};
    case Opcode::data:
    case Opcode::acknowledgement:
    case Opcode::error:
      message.number = in.be16();
      if (!in) return fail(in.error("block"));
      left = datagram.subspan(4);
      message.data = message.is(Opcode::data) ? left.size() : 0;
      if (message.is(Opcode::error) && !text(message.text)) return fail(unended);
      return {};
  }
  return fail({Defect::bad_value, 0, "opcode"});
}

void describe(void const* what, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(what);
  sink.field("tftp.opcode", std::uint64_t{message.opcode});
  if (message.is_request()) {
    sink.field("tftp.file", message.file);
    sink.field("tftp.mode", message.mode);
  }
  auto left = message.options;
  while (true) {
    auto const name = take_text(left);
    auto const value = name ? take_text(left) : std::nullopt;
    if (!value) break;
    sink.field("tftp.option.name", *name);
    sink.field("tftp.option.value", *value);
  }
  if (message.is(Opcode::data) || message.is(Opcode::acknowledgement))
    sink.field("tftp.block", std::uint64_t{message.number});
  if (message.is(Opcode::data)) sink.field("tftp.data_octets", std::uint64_t{message.data});
  if (message.is(Opcode::error)) {
    sink.field("tftp.error_code", std::uint64_t{message.number});
    sink.field("tftp.error_message", message.text);
  }
}

bool is_text(std::string_view text) {
  return std::ranges::all_of(text, [](char letter) { return text::is_printable(static_cast<std::uint8_t>(letter)); });
}

/// A request says more than any port: a name, and one of three modes. Data and acknowledgements could be anything; they
/// come between ports that nobody knows, and are not claimed.
Likeness probe(Bytes octets, Direction) {
  Message message;
  if (!read_message(octets, message)) return Likeness::no;
  if (message.is(Opcode::error))
    return message.number <= 8 && !message.text.empty() && is_text(message.text) ? Likeness::plausible : Likeness::no;
  if (!message.is_request() || message.file.empty() || !is_text(message.file)) return Likeness::no;
  for (std::string_view mode : {"octet", "netascii", "mail"})
    if (text::equal_ignoring_case(message.mode, mode)) return Likeness::certain;
  return Likeness::no;
}

/// RFC 1350, appendix I; RFC 2347 (8).
Status status_of(std::uint16_t code) {
  switch (code) {
    case 1:  // file not found
    case 7:  // no such user
      return Status::unknown_object;
    case 2:  // access violation
    case 6:  // file exists
      return Status::refused;
    case 4:  // illegal operation
    case 8:  // options
      return Status::unsupported;
    default:
      return Status::failed;
  }
}

void read(Bytes datagram, Direction, void*, Emitter& emitter) {
  auto observation = emitter.begin();
  Message message;
  auto const done = read_message(datagram, message);
  observation.octets = datagram;
  observation.code = message.opcode;
  observation.operation = Operation::file;
  observation.role = message.is_request() || message.is(Opcode::data) ? Role::request : Role::response;
  if (message.is_request()) observation.target = {.count = 1, .name = message.file};
  if (message.is(Opcode::error)) {
    observation.subcode = message.number;
    observation.status = status_of(message.number);
  } else if (observation.role == Role::response) {
    observation.status = Status::ok;
  }
  if (!done) {
    observation.malformed = &done.error();
    observation.status = Status::malformed;
    if (message.opcode > 6) emitter.unknown("opcode", message.opcode);
  }
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

constexpr std::uint16_t ports[] = {69};

}  // namespace

Dissector const dissector{
    .name = "tftp",
    .transport = Transport::udp,
    .ports = ports,
    .session_size = 0,
    .most = 65507,
    .probe = probe,
    .frame = nullptr,
    .read = read,
    .gap = nullptr,
    .habit = Habit::peers,
    .words = {.code = "opcode", .subcode = "error", .object = "file", .objects = "files"},
};

}  // namespace greywatch::agent::tftp
