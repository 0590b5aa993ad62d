#include "agent/dissect/http/http.hpp"

#include <algorithm>

#include "agent/dissect/http/head.hpp"
#include "agent/dissect/http/session.hpp"

namespace greywatch::agent::http {
namespace {

/// What is passed over at most: the engine counts in 32 bits.
constexpr std::size_t endless = UINT32_MAX;

Likeness probe(Bytes octets, Direction) {
  constexpr std::size_t least = 5;  // "GET /", "HTTP/": less is no evidence
  if (octets.size() < least) return Likeness::no;
  switch (looks_like_start(octets)) {
    case Start::yes:
      return Likeness::certain;
    case Start::more:
      return Likeness::more;
    case Start::no:
      break;
  }
  return Likeness::no;
}

bool switches(Head const& head, Session::Kind asked) {
  return head.status == 101 || (asked == Session::connect && head.status / 100 == 2);
}

/// Octets of the body, as far as no chunks tell them. RFC 9112, 6.3.
std::size_t body_length(Head const& head, Session::Kind asked) {
  if (head.chunked || head.bad_length) return 0;
  if (!head.request) {
    if (asked == Session::head || switches(head, asked)) return 0;
    if (head.status / 100 == 1 || head.status == 204 || head.status == 304) return 0;
    if (!head.content_length) return endless;  // up to the end of the connection
  }
  return std::min<std::uint64_t>(head.content_length.value_or(0), endless);
}

/// A chunk: its size, extensions, the data, and an end of line; the last one has trailers instead. RFC 9112, 7.1.
Frame frame_chunk(Bytes octets) {
  constexpr std::size_t longest_line = 256;
  auto const length = text::line_length(octets, longest_line);
  if (length == 0) {
    if (octets.size() < longest_line) return {};
    return {.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_length, .offset = 0};
  }
  auto left = octets;
  auto const line = text::take_line(left).value_or("");
  auto const size = text::number(text::trimmed(line.substr(0, line.find(';'))), 16);
  if (!size) return {.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_value, .offset = 0};
  if (*size == 0) {
    auto const trailers = head_length(left);
    if (trailers == 0 && left.size() < most_head) return {};
    return {.verdict = Frame::Verdict::complete, .length = length + trailers};
  }
  return {.verdict = Frame::Verdict::complete,
          .length = length + static_cast<std::size_t>(std::min<std::uint64_t>(*size, endless)) + 2,
          .wanted = length};
}

Frame frame_in(Bytes octets, Direction way, void const* memory) {
  auto const& session = *static_cast<Session const*>(memory);
  if (session.tunnel != 0) return {.verdict = Frame::Verdict::complete, .length = endless, .wanted = 1};
  if (session.has_chunks(way)) return frame_chunk(octets);
  // An empty line before a request is let pass. RFC 9112, 2.2.
  if (octets[0] == '\r' || octets[0] == '\n') return {.verdict = Frame::Verdict::complete, .length = 1};
  switch (looks_like_start(octets)) {
    case Start::no:
      return {.verdict = Frame::Verdict::lost, .length = 1, .defect = Defect::bad_value, .offset = 0};
    case Start::more:
      return {};
    case Start::yes:
      break;
  }
  auto const length = head_length(octets);
  if (length == 0) {
    if (octets.size() < most_head) return {};
    // Half of it at once: what begins in there does not end in there either, and is not looked through line by line.
    return {.verdict = Frame::Verdict::lost, .length = most_head / 2, .defect = Defect::bad_length, .offset = 0};
  }
  auto const head = read_head(octets.first(length));
  auto const asked = way == Direction::to_client ? session.next() : Session::plain;
  return {.verdict = Frame::Verdict::complete,
          .length = head ? std::min(length + body_length(*head, asked), endless) : length,
          .wanted = length};
}

Status status_of(std::uint16_t code) {
  switch (code) {
    case 401:
    case 403:
    case 407:
    case 511:
      return Status::refused;
    case 404:
    case 410:
      return Status::unknown_object;
    case 405:
    case 406:
    case 415:
    case 501:
    case 505:
      return Status::unsupported;
    default:
      return code < 400 ? Status::ok : Status::failed;
  }
}

void classify(Head const& head, Session::Kind asked, Observation& observation) {
  if (head.request) {
    observation.operation = method(head.method).operation;
    observation.code = head.method;
    observation.target = {.count = 1, .name = head.path()};
    return;
  }
  observation.operation = asked == Session::connect ? Operation::session : Operation::read;
  observation.role = Role::response;
  observation.code = head.status;
  observation.status = status_of(head.status);
}

void remember(Head const& head, Direction way, Session& session) {
  session.chunks(way) = head.chunked && !head.bad_length;
  if (head.request) {
    session.ask(head.method_name == "HEAD"      ? Session::head
                : head.method_name == "CONNECT" ? Session::connect
                                                : Session::plain);
    return;
  }
  auto const asked = session.next();
  if (asked == Session::head || head.status / 100 == 1 || head.status == 204 || head.status == 304)
    session.chunks(way) = 0;
  if (switches(head, asked)) session.tunnel = 1;
  if (head.status / 100 != 1) session.answer();
}

void read(Bytes octets, Direction way, void* memory, Emitter& emitter) {
  auto& session = *static_cast<Session*>(memory);
  if (session.tunnel != 0) return;
  if (session.has_chunks(way)) {
    // The last chunk has no size; whatever follows it is a head again.
    auto left = octets;
    auto const line = text::take_line(left).value_or("");
    if (text::number(text::trimmed(line.substr(0, line.find(';'))), 16).value_or(0) == 0) session.chunks(way) = 0;
    return;
  }
  if (octets.size() == 1) return emitter.tolerated("empty line before a head");
  auto observation = emitter.begin();
  observation.octets = octets;
  observation.role = way == Direction::to_server ? Role::request : Role::response;
  auto const head = read_head(octets);
  Malformed why{Defect::bad_value, 0, "start_line"};
  Head const none;
  observation.message = head ? &*head : &none;
  if (head) {
    classify(*head, session.next(), observation);
    if (head->bad_length) why = {Defect::bad_length, 0, "content_length"};
    remember(*head, way, session);
    observation.describe = describe;
  }
  if (!head || head->bad_length) {
    observation.malformed = &why;
    observation.status = Status::malformed;
  }
  emitter.emit(observation);
}

/// A head is found again wherever one begins; what waits is not known any more.
void gap(Direction way, void* memory) {
  auto& session = *static_cast<Session*>(memory);
  session.chunks(way) = 0;
  session.waiting = session.count = 0;
}

constexpr std::uint16_t ports[] = {80, 8080, 8000, 8008, 8081, 3128};

}  // namespace

Dissector const dissector{
    .name = "http",
    .transport = Transport::tcp,
    .ports = ports,
    .session_size = sizeof(Session),
    .most = most_head + 1,
    .probe = probe,
    .frame = nullptr,
    .read = read,
    .gap = gap,
    .habit = Habit::peers,
    .words = {.code = "method or status", .object = "path", .objects = "paths"},
    .rules = {},
    .frame_in = frame_in,
};

}  // namespace greywatch::agent::http
