#include <algorithm>

#include "agent/dissect/tds/message.hpp"
#include "agent/dissect/tds/tds.hpp"

namespace greywatch::agent::tds {
namespace {

constexpr std::uint32_t browser_code = 0x200;

/// MC-SQLR, 2.2: 2 and 3 ask for all instances, 4 for one, 15 for the port of its administrator; 5 answers.
enum class Kind : std::uint8_t { broadcast = 2, unicast = 3, instance = 4, answer = 5, administrator = 15 };

bool is_answer(Bytes octets) {
  Reader in(octets);
  in.skip(1);
  std::size_t const size = in.le16();
  auto const rest = as_text(in.rest());
  return octets[0] == 5 && (size == rest.size() || (size == 6 && rest.size() == 3)) &&
         (rest.starts_with("ServerName;") || size == 6);
}

bool is_name(Bytes octets) {
  if (octets.size() < 2 || octets.size() > 33 || octets.back() != 0) return false;
  return std::ranges::all_of(octets.first(octets.size() - 1), [](auto octet) { return text::is_printable(octet); });
}

Likeness browser_probe(Bytes octets, Direction way) {
  if (octets.empty()) return Likeness::no;
  switch (static_cast<Kind>(octets[0])) {
    case Kind::broadcast:
    case Kind::unicast:
      return octets.size() == 1 ? Likeness::more : Likeness::no;
    case Kind::instance:
      return is_name(octets.subspan(1)) ? Likeness::plausible : Likeness::no;
    case Kind::administrator:
      return octets.size() > 2 && octets[1] == 1 && is_name(octets.subspan(2)) ? Likeness::plausible : Likeness::no;
    case Kind::answer:
      if (way != Direction::to_client || !is_answer(octets)) return Likeness::no;
      return octets.size() > 6 ? Likeness::certain : Likeness::plausible;
    default:
      return Likeness::no;
  }
}

void browser_read(Bytes octets, Direction way, void*, Emitter& emitter) {
  Message message;
  message.browser = octets;
  auto observation = emitter.begin();
  observation.octets = octets;
  observation.operation = Operation::diagnose;
  observation.role = way == Direction::to_server ? Role::request : Role::response;
  if (octets.empty()) return;
  observation.code = browser_code + octets[0];
  observation.describe = describe;
  observation.message = &message;
  Malformed why{};
  bool const answer = octets[0] == static_cast<std::uint8_t>(Kind::answer);
  if (answer && !is_answer(octets)) {
    why = {Defect::bad_length, std::min<std::size_t>(octets.size(), 1), "tds.browser.size"};
    observation.malformed = &why;
    observation.status = Status::malformed;
  } else if (answer) {
    observation.status = Status::ok;
  } else if ((octets[0] < 2 || octets[0] > 4) && octets[0] != static_cast<std::uint8_t>(Kind::administrator)) {
    emitter.unknown("browser_message", octets[0]);
  }
  emitter.emit(observation);
}

constexpr std::uint16_t ports[] = {1434};

}  // namespace

Dissector const browser_dissector{
    .name = "tds",
    .transport = Transport::udp,
    .ports = ports,
    .session_size = 0,
    .most = 65536,
    .probe = browser_probe,
    .frame = nullptr,
    .read = browser_read,
    .gap = nullptr,
    .habit = Habit::peers,
    .words = {.code = "message", .subcode = {}, .object = "name", .objects = "names"},
};

}  // namespace greywatch::agent::tds
