#include "agent/dissect/amqp/amqp.hpp"

#include <algorithm>

#include "agent/dissect/amqp/message.hpp"

namespace greywatch::agent::amqp {

std::optional<Layout> read_layout(Bytes octets, Frame& frame) {
  using enum Frame::Verdict;
  frame = {.verdict = more};
  if (octets.empty()) return std::nullopt;
  auto const lost_at = [&](std::uint16_t offset) {
    frame = {.verdict = lost, .length = 1, .defect = Defect::bad_value, .offset = offset};
    return std::nullopt;
  };
  Reader in(octets);
  if (octets[0] == 'A') {
    constexpr std::string_view start = "AMQP";
    auto const here = as_text(octets.first(std::min(octets.size(), start.size())));
    if (!start.starts_with(here)) return lost_at(0);
    if (octets.size() < 8) return std::nullopt;
    return Layout{.type = octets[4]};
  }
  Layout layout;
  if (octets[0] == 0) {
    if (octets.size() < 8) return std::nullopt;
    auto const size = in.be32();
    auto const offset = in.u8() * std::size_t{4};
    layout = {.form = Form::modern, .type = in.u8(), .channel = in.be16(), .body = offset, .end = size, .whole = size};
    if (size < 8 || offset < 8 || offset > size) return lost_at(4);
    if (layout.type > 1) return lost_at(5);
    return layout;
  }
  if (octets[0] > 3 && octets[0] != 8) return lost_at(0);
  if (octets.size() < 7) return std::nullopt;
  layout = {.form = Form::classic, .type = in.u8(), .channel = in.be16(), .body = 7};
  auto const size = in.be32();
  if (size > most_size) return lost_at(3);
  layout.end = layout.body + size;
  layout.whole = layout.end + 1;
  return layout;
}

namespace {

Frame frame(Bytes octets) {
  Frame verdict;
  auto const layout = read_layout(octets, verdict);
  if (!layout) return verdict;
  auto const wanted = std::min(layout->whole, most_read);
  return {.verdict = octets.size() >= wanted ? Frame::Verdict::complete : Frame::Verdict::more,
          .length = layout->whole,
          .wanted = wanted};
}

/// AMQP 0-9-1, 4.2.2; AMQP 1.0, 2.2, 5.2.1 and 5.3.1.
bool known_header(Bytes octets) {
  constexpr std::uint8_t tails[][4] = {{0, 0, 9, 1}, {0, 1, 0, 0}, {2, 1, 0, 0}, {3, 1, 0, 0}};
  return std::ranges::any_of(tails, [&](auto const& tail) { return std::ranges::equal(tail, octets.subspan(4, 4)); });
}

Likeness probe(Bytes octets, Direction) {
  Frame verdict;
  auto const layout = read_layout(octets, verdict);
  if (!layout) return verdict.verdict == Frame::Verdict::more ? Likeness::more : Likeness::no;
  if (layout->form == Form::header) return known_header(octets) ? Likeness::certain : Likeness::no;
  bool const whole = octets.size() >= layout->whole;
  auto const end = std::min(octets.size(), layout->end);
  auto const body = octets.subspan(std::min(end, layout->body), end - std::min(end, layout->body));
  if (layout->form == Form::classic) {
    if (whole && octets[layout->end] != 0xCE) return Likeness::no;
    if (!whole && body.size() < 4) return Likeness::more;
    if (!whole && layout->type == 3) return Likeness::no;
    return like_classic(*layout, body) ? Likeness::plausible : Likeness::no;
  }
  if (!whole && body.size() < 3) return Likeness::more;
  return like_modern(*layout, body) ? Likeness::plausible : Likeness::no;
}

Message read_message(Bytes octets, FieldSink* sink) {
  Message message;
  Frame ignored;
  auto const layout = read_layout(octets, ignored);
  message.octets = octets;
  if (!layout) {
    message.malformed = Malformed{Defect::truncated, octets.size(), "amqp.frame"};
    return message;
  }
  message.layout = *layout;
  message.cut = octets.size() < layout->whole;
  auto const end = std::min(octets.size(), layout->end);
  auto const begin = std::min(end, layout->body);
  message.body = octets.subspan(begin, end - begin);
  switch (layout->form) {
    case Form::header:
      message.name = "protocol-header";
      message.role = Role::request;
      if (sink != nullptr) {
        sink->field("amqp.protocol_id", std::uint64_t{octets[4]});
        sink->field("amqp.version_major", std::uint64_t{octets[5]});
        sink->field("amqp.version_minor", std::uint64_t{octets[6]});
        sink->field("amqp.revision", std::uint64_t{octets[7]});
      }
      break;
    case Form::classic:
      read_classic(message, sink);
      break;
    case Form::modern:
      read_modern(message, sink);
      break;
  }
  return message;
}

void describe(void const* memory, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(memory);
  if (!message.name.empty()) sink.field("amqp.name", message.name);
  if (message.layout.form != Form::header) {
    sink.field("amqp.frame_type", std::uint64_t{message.layout.type});
    sink.field("amqp.channel", std::uint64_t{message.layout.channel});
    sink.field("amqp.length",
               std::uint64_t{message.layout.form == Form::classic ? message.layout.end - message.layout.body
                                                                  : message.layout.whole});
  }
  read_message(message.octets, &sink);
}

void read(Bytes octets, Direction way, void*, Emitter& emitter) {
  auto observation = emitter.begin();
  auto const message = read_message(octets, nullptr);
  observation.octets = octets;
  observation.code = message.code;
  observation.operation = message.operation;
  observation.role = message.role;
  observation.status = message.status;
  // A transfer writes where a client sends it.
  if (message.code == 0x10014 && way == Direction::to_server) observation.operation = Operation::write;
  observation.target.unit = message.layout.channel;
  observation.target.name = message.object;
  observation.target.count = message.object.empty() ? 0 : 1;
  if (!message.unknown_table.empty()) emitter.unknown(message.unknown_table, message.unknown_code);
  if (message.malformed) {
    observation.malformed = &*message.malformed;
    observation.status = Status::malformed;
  }
  observation.describe = describe;
  observation.message = &message;
  emitter.emit(observation);
}

constexpr std::uint16_t ports[] = {5672};

}  // namespace

Dissector const dissector{
    .name = "amqp",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = 0,
    .most = most_read,
    .probe = probe,
    .frame = frame,
    .read = read,
    .gap = nullptr,
    .habit = Habit::peers,
    .words = {.code = "method", .unit = "channel", .object = "address", .objects = "addresses"},
};

}  // namespace greywatch::agent::amqp
