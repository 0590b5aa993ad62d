#include "agent/dissect/icmp/icmp.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

#include "agent/dissect/icmp/message.hpp"

namespace greywatch::agent::icmp {
namespace {

/// FNV-1a: tells changed data apart, proves nothing.
std::uint64_t mark_of(Bytes data) {
  std::uint64_t mark = 0xcbf2'9ce4'8422'2325;
  for (auto octet : data) mark = (mark ^ octet) * 0x100'0000'01b3;
  return mark;
}

/// The last echo requests of a flow. Zeroed octets are a fresh one.
struct Session {
  static constexpr std::size_t most_asked = 4;
  struct Asked {
    std::uint64_t mark;
    std::uint16_t identifier, sequence;
    std::uint32_t octets;
  };
  std::array<Asked, most_asked> asked;
  std::uint8_t next, count;

  void ask(Message const& message) {
    asked[next] = {mark_of(message.data()), message.identifier(), message.sequence(),
                   static_cast<std::uint32_t>(message.data().size())};
    next = static_cast<std::uint8_t>((next + 1) % most_asked);
    count = static_cast<std::uint8_t>(std::min<std::size_t>(count + 1u, most_asked));
  }
  /// The request that a reply names; null when none of the last ones is it.
  Asked const* find(Message const& message) const {
    // Backwards: of two alike the younger one is meant.
    for (std::size_t n = 1; n <= count; ++n) {
      auto const& one = asked[(next + most_asked - n) % most_asked];
      if (one.identifier == message.identifier() && one.sequence == message.sequence()) return &one;
    }
    return nullptr;
  }
};
static_assert(std::is_trivially_copyable_v<Session> && sizeof(Session) <= 256);

/// What the IP header calls ICMP is ICMP: its protocol number is no port that anybody may use for something else. The
/// engine asks the row of that number first.
Likeness probe(Bytes octets, Direction) { return octets.size() < 4 ? Likeness::no : Likeness::certain; }

/// Codes of "destination unreachable" by which somebody forbids. RFC 1122, 3.2.2.1; RFC 1812, 5.2.7.1; RFC 4443, 3.1.
bool forbids(Message const& message) {
  if (message.v6) return message.type == 1 && (message.code == 1 || message.code == 5 || message.code == 6);
  return message.type == 3 && (message.code == 9 || message.code == 10 || message.code == 13);
}

bool is_error(Message const& message) {
  return message.row->shape == Shape::error && !(message.v6 && message.type == 2);
}

void classify(Message const& message, Observation& observation, Emitter& emitter) {
  auto const* row = message.row;
  if (row == nullptr) {
    emitter.unknown("type", message.type);
    observation.role = Role::unsolicited;
    return;
  }
  if (row->codes != 0 && message.code >= row->codes) emitter.unknown("code", message.type * 256u + message.code);
  observation.operation = row->operation;
  observation.role = row->role;
  if (row->role == Role::response) observation.status = Status::ok;
  if (is_error(message)) observation.status = forbids(message) ? Status::refused : Status::failed;
  if (auto const target = message.target(); !target.empty()) {
    for (auto octet : target.last(std::min<std::size_t>(target.size(), 8)))
      observation.target.object = observation.target.object << 8 | octet;
    observation.target.count = 1;
  }
}

template <bool v6>
std::size_t judge(Message const& message, Session& session, Violation* broken) {
  if (message.row == nullptr || message.row->shape != Shape::echo) return 0;
  if (message.row->role == Role::request) {
    session.ask(message);
    return 0;
  }
  auto const* asked = session.find(message);
  if (asked == nullptr || (asked->octets == message.data().size() && asked->mark == mark_of(message.data()))) return 0;
  *broken = {v6 ? "icmpv6.echo.data_changed" : "icmp.echo.data_changed", v6 ? "icmpv6.data_octets" : "icmp.data_octets",
             asked->octets, static_cast<std::int64_t>(message.data().size())};
  return 1;
}

template <bool v6>
void read(Bytes datagram, Direction, void* memory, Emitter& emitter) {
  auto observation = emitter.begin();
  Message message;
  auto const done = read_message(datagram, v6, message);
  observation.octets = datagram;
  observation.code = message.type;
  observation.subcode = message.code;
  Violation broken;
  if (done) {
    classify(message, observation, emitter);
    observation.violations = {&broken, judge<v6>(message, *static_cast<Session*>(memory), &broken)};
  } else {
    observation.malformed = &done.error();
    observation.status = Status::malformed;
    observation.role = Role::unsolicited;
  }
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

void gap(Direction, void* memory) { *static_cast<Session*>(memory) = {}; }

constexpr Rule rules[] = {{"icmp.echo.data_changed", FindingClass::access, "T0885", ""}};
constexpr Rule rules6[] = {{"icmpv6.echo.data_changed", FindingClass::access, "T0885", ""}};

constexpr std::uint16_t ports[] = {1}, ports6[] = {58};

constexpr Words words{.code = "type", .subcode = "code", .object = "address", .objects = "addresses"};

}  // namespace

Dissector const dissector{
    .name = "icmp",
    .transport = Transport::icmp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = 65535,
    .probe = probe,
    .frame = nullptr,
    .read = read<false>,
    .gap = gap,
    .habit = Habit::peers,
    .words = words,
    .rules = rules,
};

Dissector const dissector6{
    .name = "icmpv6",
    .transport = Transport::icmp,
    .ports = ports6,
    .session_size = sizeof(Session),
    .most = 65535,
    .probe = probe,
    .frame = nullptr,
    .read = read<true>,
    .gap = gap,
    .habit = Habit::peers,
    .words = words,
    .rules = rules6,
};

}  // namespace greywatch::agent::icmp
