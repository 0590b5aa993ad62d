#include "agent/dissect/ssh/ssh.hpp"

#include <algorithm>
#include <type_traits>

#include "agent/dissect/ssh/packet.hpp"

namespace greywatch::agent::ssh {
namespace {

constexpr std::uint32_t encrypted_code = 256;
constexpr std::string_view begins = "SSH-";

/// What a connection remembers. Zeroed octets are a fresh one.
struct Session {
  std::uint8_t encrypted[2];   ///< by direction: new keys were taken into use, or nobody knows
  std::uint8_t identified[2];  ///< by direction: the identification was read

  static std::size_t index(Direction way) { return way == Direction::to_server ? 0 : 1; }
};
static_assert(std::is_trivially_copyable_v<Session>);

bool is_identification(std::string_view line) {
  return line.starts_with("SSH-2.0-") || line.starts_with("SSH-1.") || line.starts_with("SSH-2.0\n");
}

/// A key exchange says more of itself than any port: a list of names of letters at its place.
bool is_key_exchange(Bytes octets) {
  Reader in(octets);
  auto const length = in.be32();
  auto const padding = in.u8();
  auto const code = in.u8();
  in.skip(16);
  auto const names = in.be32();
  if (!in || code != kexinit || length > most_packet || padding < 4 || names == 0 || names > length) return false;
  auto const some = in.take(std::min<std::size_t>(names, in.left()));
  return !some.empty() && std::ranges::all_of(some, [](std::uint8_t octet) { return octet > 0x20 && octet < 0x7f; });
}

Likeness probe(Bytes octets, Direction) {
  auto const line = as_text(octets);
  if (is_identification(line)) {
    auto const length = text::line_length(octets, most_line + 2);
    return length != 0 ? Likeness::certain : octets.size() <= most_line ? Likeness::more : Likeness::no;
  }
  return is_key_exchange(octets) ? Likeness::certain : Likeness::no;
}

Frame frame_in(Bytes octets, Direction way, void const* memory) {
  auto const& session = *static_cast<Session const*>(memory);
  if (session.encrypted[Session::index(way)] != 0)
    return {.verdict = Frame::Verdict::complete, .length = octets.size()};
  if (octets.size() < 4) return {.verdict = Frame::Verdict::more, .length = 6};
  auto const length = Reader(octets).be32();
  // Four letters are a length beyond all bounds: an identification, or a line before it (RFC 4253, 4.2).
  if (length > most_packet) {
    auto const line = text::line_length(octets, most_line + 2);
    if (line != 0) return {.verdict = Frame::Verdict::complete, .length = line};
    if (octets.size() <= most_line && text::is_printable(octets[0])) return {};
    return {.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_length, .offset = 0};
  }
  if (length < 6) return {.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_length, .offset = 0};
  auto const whole = std::size_t{length} + 4;
  return {.verdict = octets.size() >= whole ? Frame::Verdict::complete : Frame::Verdict::more, .length = whole};
}

void read_line(Bytes octets, Direction way, Session& session, Observation& observation, Message& message,
               std::optional<Malformed>& malformed) {
  auto left = octets;
  auto const line = text::take_line(left).value_or("");
  if (!line.starts_with(begins)) return;  // a line before the identification says nothing
  message.identification = line;
  if (!is_identification(line)) malformed = Malformed{Defect::bad_value, 0, "identification"};
  // After version 1 packets look otherwise.
  if (!version_of(line).starts_with("2") && version_of(line) != "1.99") session.encrypted[0] = session.encrypted[1] = 1;
  session.identified[Session::index(way)] = 1;
  observation.target = {.count = 1, .name = software_of(line)};
}

void read(Bytes octets, Direction way, void* memory, Emitter& emitter) {
  auto& session = *static_cast<Session*>(memory);
  auto& encrypted = session.encrypted[Session::index(way)];
  auto observation = emitter.begin();
  observation.octets = octets;
  observation.operation = Operation::session;
  observation.role = way == Direction::to_server ? Role::request : Role::response;
  Message message{.from_client = way == Direction::to_server};
  std::optional<Malformed> malformed;
  if (encrypted != 0) {
    message.encrypted = octets.size();
    observation.code = encrypted_code;
    observation.operation = Operation::other;
  } else if (octets.size() >= 4 && Reader(octets).be32() > most_packet) {
    read_line(octets, way, session, observation, message, malformed);
  } else {
    auto const done = read_packet(octets, message);
    if (!done) malformed = done.error();
    observation.code = message.code.value_or(0);
    if (observation.code == newkeys && done) encrypted = 1;
    if (observation.code == disconnect) observation.status = Status::failed;
  }
  if (malformed) {
    observation.malformed = &*malformed;
    observation.status = Status::malformed;
  }
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

/// Nobody knows then whether keys were taken into use. Before any identification was read they were not.
void gap(Direction way, void* memory) {
  auto& session = *static_cast<Session*>(memory);
  if (session.identified[Session::index(way)] != 0) session.encrypted[Session::index(way)] = 1;
}

constexpr std::uint16_t ports[] = {22, 2222};

}  // namespace

Dissector const dissector{
    .name = "ssh",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = most_packet + 4,
    .probe = probe,
    .frame = nullptr,
    .read = read,
    .gap = gap,
    .habit = Habit::peers,
    .words = {.code = "message", .object = "software"},
    .rules = {},
    .frame_in = frame_in,
};

}  // namespace greywatch::agent::ssh
