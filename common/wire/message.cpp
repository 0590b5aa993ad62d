#include "common/wire/message.hpp"

#include <cmath>

#include "common/wire/link.pb.h"

namespace greywatch::link {

namespace {

constexpr std::array<std::string_view, spool_classes> class_names{"recon",  "timing", "market", "coverage",
                                                                  "access", "loss",   "command"};
constexpr std::array<std::string_view, refuse_causes> cause_names{
    "other", "version", "node_name", "revoked", "overload", "protocol_error", "superseded", "shutdown"};

template <class Repeated>
void put(PerClass const& counts, Repeated* out) {
  for (auto count : counts) out->Add(count);
}

/// Fills the one message that the envelope holds.
struct Fill {
  wire::Envelope& out;
  void operator()(Hello const& hello) const {
    auto& to = *out.mutable_hello();
    to.set_protocol(hello.versions.newest);
    to.set_protocol_oldest(hello.versions.oldest);
    to.set_node(hello.node);
    to.set_version(hello.version);
    to.set_build(hello.build);
    to.set_epoch(hello.epoch);
    to.set_next_sequence(hello.next_sequence);
    put(hello.dropped, to.mutable_dropped());
    to.set_probe(hello.probe);
    to.set_rules(hello.rules);
  }
  void operator()(Welcome const& welcome) const {
    auto& to = *out.mutable_welcome();
    to.set_protocol(welcome.protocol);
    to.set_committed(welcome.committed);
    to.set_version(welcome.version);
    to.set_window(welcome.window);
    to.set_heartbeat_ms(welcome.heartbeat_ms);
  }
  void operator()(Batch const& batch) const {
    auto& to = *out.mutable_batch();
    to.set_epoch(batch.epoch);
    to.set_first(batch.first);
    to.set_last(batch.last);
    to.set_count(batch.count);
    to.set_octets(batch.octets);
    to.set_findings(batch.findings);
  }
  void operator()(Ack const& ack) const { out.mutable_ack()->set_sequence(ack.sequence); }
  void operator()(Heartbeat const& beat) const {
    auto& to = *out.mutable_heartbeat();
    to.set_sent(static_cast<std::uint64_t>(beat.sent));
    to.set_echo(static_cast<std::uint64_t>(beat.echo));
    to.set_echo_delay(beat.echo_delay);
    if (beat.coverage) to.set_coverage(*beat.coverage);
    to.set_spool_records(beat.spool_records);
    to.set_spool_octets(beat.spool_octets);
    put(beat.dropped, to.mutable_dropped());
    for (auto const& pair : beat.health) {
      auto& added = *to.add_health();
      added.set_name(pair.name);
      added.set_value(pair.value);
    }
  }
  void operator()(Refuse const& refuse) const {
    auto& to = *out.mutable_refuse();
    to.set_cause(static_cast<std::uint32_t>(refuse.cause));
    to.set_reason(refuse.reason);
  }
  void operator()(Rules const& rules) const {
    auto& to = *out.mutable_rules();
    to.set_version(rules.version);
    to.set_pack(rules.pack);
  }
};

std::unexpected<Malformed> bad(std::string_view field) { return fail({Defect::bad_value, 0, field}); }

/// Text of a peer goes into logs and pages: no control characters, no more than a line.
bool phrase(std::string const& in, std::string& out) {
  if (in.size() > max_phrase_octets) return false;
  out = in;
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return true;
}

bool health_name(std::string const& text) {
  if (text.empty() || text.size() > max_name_octets) return false;
  for (char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-')) return false;
  return true;
}

/// Fewer or more classes than ours is another version's business: what is missing is zero, what is more is skipped.
template <class Repeated>
PerClass counts(Repeated const& in) {
  PerClass out{};
  for (int i = 0; i < in.size() && i < static_cast<int>(spool_classes); ++i) out[static_cast<std::size_t>(i)] = in[i];
  return out;
}

Result<Message> take(wire::Hello const& in) {
  Hello out{.versions = {in.protocol(), in.protocol_oldest()},
            .epoch = in.epoch(),
            .next_sequence = in.next_sequence(),
            .dropped = counts(in.dropped()),
            .probe = in.probe(),
            .rules = in.rules()};
  if (out.versions.oldest > out.versions.newest) return bad("hello.protocol");
  if (!phrase(in.node(), out.node) || out.node.empty()) return bad("hello.node");
  if (!phrase(in.version(), out.version)) return bad("hello.version");
  if (!phrase(in.build(), out.build)) return bad("hello.build");
  return out;
}
Result<Message> take(wire::Welcome const& in) {
  Welcome out{
      .protocol = in.protocol(), .committed = in.committed(), .window = in.window(), .heartbeat_ms = in.heartbeat_ms()};
  if (!phrase(in.version(), out.version)) return bad("welcome.version");
  if (out.window == 0) return bad("welcome.window");
  return out;
}
Result<Message> take(wire::Batch& in) {
  Batch out{.epoch = in.epoch(), .first = in.first(), .last = in.last(), .count = in.count(), .octets = in.octets()};
  if (out.octets > max_batch_octets) return bad("batch.octets");
  if (out.count == 0 || out.count > max_batch_findings) return bad("batch.count");
  if (out.first == 0 || out.last < out.first) return bad("batch.first");
  out.findings = std::move(*in.mutable_findings());
  return out;
}
Result<Message> take(wire::Ack const& in) { return Ack{in.sequence()}; }
Result<Message> take(wire::Heartbeat const& in) {
  Heartbeat out{.sent = static_cast<std::int64_t>(in.sent()),
                .echo = static_cast<std::int64_t>(in.echo()),
                .echo_delay = in.echo_delay(),
                .spool_records = in.spool_records(),
                .spool_octets = in.spool_octets(),
                .dropped = counts(in.dropped())};
  if (in.has_coverage()) {
    if (!(in.coverage() >= 0 && in.coverage() <= 1)) return bad("heartbeat.coverage");
    out.coverage = in.coverage();
  }
  if (in.health_size() > static_cast<int>(max_health_pairs)) return bad("heartbeat.health");
  for (auto const& pair : in.health()) {
    if (!health_name(pair.name()) || !std::isfinite(pair.value())) return bad("heartbeat.health");
    out.health.push_back({pair.name(), pair.value()});
  }
  return out;
}
Result<Message> take(wire::Refuse const& in) {
  Refuse out;
  if (in.cause() < refuse_causes) out.cause = static_cast<RefuseCause>(in.cause());
  if (!phrase(in.reason(), out.reason)) return bad("refuse.reason");
  return out;
}

Result<Message> take(wire::Rules& in) {
  if (in.version() == 0) return bad("rules.version");
  if (in.pack().size() > max_rules_octets) return bad("rules.pack");
  return Rules{in.version(), std::move(*in.mutable_pack())};
}

template <class Proto>
Result<Message> read(Bytes octets) {
  Proto message;
  if (!message.ParseFromArray(octets.data(), static_cast<int>(octets.size()))) return bad("envelope");
  return take(message);
}

}  // namespace

std::optional<std::uint32_t> Versions::common(Versions const& other) const {
  auto const both = std::min(newest, other.newest);
  if (both < oldest || both < other.oldest) return std::nullopt;
  return both;
}

bool Hello::operator==(Hello const& other) const {
  return versions.newest == other.versions.newest && versions.oldest == other.versions.oldest && node == other.node &&
         version == other.version && build == other.build && epoch == other.epoch &&
         next_sequence == other.next_sequence && dropped == other.dropped && probe == other.probe &&
         rules == other.rules;
}

std::string_view name(SpoolClass value) { return class_names.at(static_cast<std::size_t>(value)); }
std::string_view name(RefuseCause cause) { return cause_names.at(static_cast<std::size_t>(cause)); }
std::string_view name(Message const& message) {
  constexpr std::array<std::string_view, 7> names{"hello", "welcome", "batch", "ack", "heartbeat", "refuse", "rules"};
  return names.at(message.index());
}

SpoolClass spool_class(Finding const& finding) {
  if (!is_judged(finding.kind)) return SpoolClass::coverage;
  switch (finding.classification) {
    case FindingClass::recon:
      return SpoolClass::recon;
    case FindingClass::access:
      return SpoolClass::access;
    case FindingClass::command:
      return SpoolClass::command;
    case FindingClass::market:
      return SpoolClass::market;
    case FindingClass::timing:
      return SpoolClass::timing;
    case FindingClass::loss:
      return SpoolClass::loss;
  }
  return SpoolClass::command;
}

std::string frame(Message const& message) {
  wire::Envelope envelope;
  std::visit(Fill{envelope}, message);
  std::string out(4, '\0');
  envelope.AppendToString(&out);
  auto const length = static_cast<std::uint32_t>(out.size() - 4);
  for (unsigned i = 0; i < 4; ++i) out[i] = static_cast<char>(length >> (24 - 8 * i) & 0xFF);
  return out;
}

Result<std::size_t> frame_length(Bytes prefix) {
  Reader in(prefix);
  std::size_t const length = in.be32();
  if (!in) return fail(in.error("length"));
  if (length < 2 || length > max_frame_octets) return fail({Defect::bad_length, 0, "length"});
  return length;
}

Result<Message> parse(Bytes frame) {
  // The envelope is read by hand: a parser that merges repeated fields would let a small frame grow into a large
  // object.
  Reader in(frame);
  auto const tag = in.u8();
  std::uint64_t length = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    auto const octet = in.u8();
    length |= std::uint64_t{octet & 0x7Fu} << shift;
    if (octet < 0x80) break;
    if (shift == 28) return fail({Defect::bad_length, in.at(), "envelope"});
  }
  if (!in) return fail(in.error("envelope"));
  if (length != in.left())
    return fail({length < in.left() ? Defect::trailing : Defect::truncated, in.at(), "envelope"});
  constexpr unsigned length_delimited = 2;
  if ((tag & 7) != length_delimited) return fail({Defect::bad_value, 0, "envelope"});
  bool const large = tag >> 3 == wire::Envelope::kBatch || tag >> 3 == wire::Envelope::kRules;
  if (!large && length > max_plain_octets) return fail({Defect::bad_length, 0, "envelope"});
  auto const body = in.rest();
  switch (tag >> 3) {
    case wire::Envelope::kHello:
      return read<wire::Hello>(body);
    case wire::Envelope::kWelcome:
      return read<wire::Welcome>(body);
    case wire::Envelope::kBatch:
      return read<wire::Batch>(body);
    case wire::Envelope::kAck:
      return read<wire::Ack>(body);
    case wire::Envelope::kHeartbeat:
      return read<wire::Heartbeat>(body);
    case wire::Envelope::kRefuse:
      return read<wire::Refuse>(body);
    case wire::Envelope::kRules:
      return read<wire::Rules>(body);
    default:
      return fail({Defect::bad_value, 0, "envelope"});
  }
}

}  // namespace greywatch::link
