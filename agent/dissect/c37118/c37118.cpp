#include "agent/dissect/c37118/c37118.hpp"

#include <algorithm>

#include "agent/dissect/c37118/fields.hpp"
#include "agent/dissect/c37118/session.hpp"
#include "agent/dissect/c37118/store.hpp"
#include "agent/dissect/c37118/tables.hpp"
#include "agent/dissect/c37118/waiting.hpp"

namespace greywatch::agent::c37118 {
namespace {

constexpr std::size_t index(Direction way) { return way == Direction::to_server ? 0 : 1; }

/// Reads the frames of one direction.
class Reading {
 public:
  Reading(Direction way, Session& session, Emitter& emitter)
      : way_(way), session_(session), emitter_(emitter), store_(emitter, session.fragments[index(way)]) {}

  void frame(Bytes octets);
  /// Emits what waits, read by `configuration` where it is of the stream `idcode`, else raw.
  void release_waiting(std::uint16_t idcode = 0, Configuration const* configuration = nullptr);

 private:
  void data(Bytes octets, Common const& common, Observation observation, Configuration const* configuration);
  void command(Common const& common, Observation& observation);
  void configuration(Message& said, Observation& observation);
  void learn(Message& said, bool in_fragments);
  void emit(Message const& said, Observation& observation);
  void refuse(Malformed why) { malformed_ = why; }
  std::uint8_t& waiting() { return session_.waiting[index(way_)]; }
  bool& gave_up() { return session_.gave_up[index(way_)]; }
  bool& blind() { return session_.blind[index(way_)]; }

  Direction way_;
  Session& session_;
  Emitter& emitter_;
  Store store_;
  Violations violations_;
  std::optional<Malformed> malformed_;
};

void Reading::emit(Message const& said, Observation& observation) {
  if (malformed_) {
    observation.malformed = &*malformed_;
    observation.status = Status::malformed;
  }
  observation.violations = violations_.all();
  observation.describe = describe;
  observation.message = &said;
  emitter_.emit(observation);
  violations_ = {};
  malformed_ = {};
}

void Reading::data(Bytes octets, Common const& common, Observation observation, Configuration const* by) {
  Message said{.common = common, .configuration = {}};
  observation.octets = octets;
  observation.code = common.type();
  observation.target.unit = common.idcode;
  observation.operation = Operation::report;
  observation.role = Role::unsolicited;
  if (by != nullptr && by->data_octets == common.body.size()) {
    said.configuration = *by;
  } else if (by != nullptr && !blind()) {
    violations_.add({"c37118.data.size_mismatch", "c37118.frame_size",
                     static_cast<std::int64_t>(least_octets + by->data_octets), common.frame_size});
  } else {
    emitter_.tolerated("data_without_configuration");
  }
  auto const* fits = said.configuration ? &*said.configuration : nullptr;
  session_.stream(way_, common.idcode).data(common, observation.time, fits, health(common.body, fits), violations_);
  emit(said, observation);
}

void Reading::release_waiting(std::uint16_t idcode, Configuration const* configuration) {
  if (waiting() == 0) return;
  auto kept = emitter_.kept();
  while (auto const next = next_waiting(kept, emitter_)) {
    auto const common = read_common(next->frame);
    data(next->frame, common, next->then, common.idcode == idcode ? configuration : nullptr);
  }
  waiting() = 0;
  emitter_.drop();
}

void Reading::command(Common const& common, Observation& observation) {
  Reader in(common.body);
  auto const word = in.be16();
  if (!in) return refuse({Defect::truncated, common_octets, "command"});
  observation.subcode = word;
  auto const* row = find_command(word);
  if (row == nullptr) emitter_.unknown("command", word);
  observation.operation = row != nullptr ? row->operation : Operation::other;
  observation.role = Role::request;
  session_.stream(way_, common.idcode).command(common, violations_);
  if (word == turn_on || word == turn_off) session_.interrupt();
}

/// A whole configuration was read: what waited is read by it, and what comes is, unless it is of frame 1, which tells
/// what could be sent.
void Reading::learn(Message& said, bool in_fragments) {
  auto const idcode = said.common.idcode;
  auto const fresh = *said.configuration;
  release_waiting(idcode, &fresh);
  auto const known = store_.find(idcode);
  if (known && known->layout == fresh.layout) {
    if (std::ranges::equal(known->octets, fresh.octets)) {
      blind() = false;
      store_.abandon_fragments();
      if (in_fragments) said.configuration = store_.find(idcode);
      return;
    }
    if (!blind()) {
      auto const cfgcnt = [](Configuration const& one) {
        auto const pmu = Pmus(one).next();
        return pmu ? pmu->cfgcnt : 0;
      };
      violations_.add({"c37118.configuration.changed", "c37118.cfgcnt", cfgcnt(*known), cfgcnt(fresh)});
    }
  }
  blind() = false;
  gave_up() = false;
  if (!in_fragments) {
    store_.put(idcode, fresh);
  } else {
    store_.finish_fragments(fresh);
    said.configuration = store_.find(idcode);  // what is kept may lie elsewhere now
  }
}

void Reading::configuration(Message& said, Observation& observation) {
  auto const& common = said.common;
  session_.stream(way_, common.idcode).notice(common);
  observation.operation = Operation::diagnose;
  observation.role = Role::response;
  observation.status = Status::ok;
  auto octets = common.body;
  auto layout = Layout::fixed;
  std::size_t at = common_octets;
  bool in_fragments = false;
  if (common.is(FrameType::configuration_3)) {
    Reader in(octets);
    auto const cont_idx = in.be16();
    if (!in) return refuse({Defect::truncated, common_octets, "cont_idx"});
    layout = Layout::variable;
    octets = in.rest();
    at += 2;
    in_fragments = cont_idx != 0;
    if (in_fragments) {
      release_waiting();
      octets = store_.take_fragment(common.idcode, cont_idx, octets);
      if (octets.empty()) return;
    }
  }
  auto const read = read_configuration(octets, layout);
  if (!read) {
    auto why = read.error();
    why.offset = std::min(why.offset + at, std::size_t{common.frame_size});
    store_.abandon_fragments();
    return refuse(why);
  }
  said.configuration = *read;
  if (!common.is(FrameType::configuration_1) && read->num_pmu != 0) learn(said, in_fragments);
  if (!said.configuration) return;
  if (auto const first = Pmus(*said.configuration).next()) observation.target.name = as_text(first->station_name);
}

void Reading::frame(Bytes octets) {
  auto observation = emitter_.begin();
  if (waiting() != 0 && waited_too_long(observation.time, emitter_)) {
    release_waiting();
    gave_up() = true;
  }
  Message said{.common = read_common(octets), .configuration = {}};
  auto const& common = said.common;
  observation.octets = octets;
  observation.code = common.type();
  observation.target.unit = common.idcode;
  if (common.malformed) {
    refuse(*common.malformed);
    return emit(said, observation);
  }
  if (common.version() == 0 || common.version() > 2) emitter_.unknown("version", common.version());
  switch (static_cast<FrameType>(common.type())) {
    case FrameType::data: {
      if (waiting() == 0) {
        auto const known = store_.find(common.idcode);
        bool const none = !known && emitter_.kept().empty();
        if (!none || gave_up()) return data(octets, common, observation, known ? &*known : nullptr);
      }
      if (wait(octets, observation, waiting(), emitter_)) return;
      release_waiting();
      gave_up() = true;
      return data(octets, common, observation, nullptr);
    }
    case FrameType::header:
      session_.stream(way_, common.idcode).notice(common);
      observation.operation = Operation::diagnose;
      observation.role = Role::response;
      observation.status = Status::ok;
      break;
    case FrameType::command:
      command(common, observation);
      break;
    case FrameType::configuration_1:
    case FrameType::configuration_2:
    case FrameType::configuration_3:
      configuration(said, observation);
      break;
    default:
      emitter_.unknown("frame_type", common.type());
  }
  emit(said, observation);
}

void read(Bytes octets, Direction way, void* memory, Emitter& emitter) {
  Reading(way, *static_cast<Session*>(memory), emitter).frame(octets);
}

void close(Direction way, void* memory, Emitter& emitter) {
  Reading(way, *static_cast<Session*>(memory), emitter).release_waiting();
}

void gap(Direction way, void* memory) { static_cast<Session*>(memory)->gap(way); }

constexpr Rule rules[] = {
    {"c37118.time.backward", FindingClass::timing, "T1692.002", "T1692.001"},
    {"c37118.time.stepped", FindingClass::timing, "T1692.002", ""},
    {"c37118.data.conflicting", FindingClass::access, "T0830", "T1692.002"},
    {"c37118.data.frames_missing", FindingClass::loss, "T1691.002", ""},
    {"c37118.data.size_mismatch", FindingClass::access, "T0830", "T1692.002"},
    {"c37118.configuration.changed", FindingClass::access, "T0836", "T0832"},
    {"c37118.pmu.sync_lost", FindingClass::timing, "", ""},
    {"c37118.pmu.data_error", FindingClass::loss, "", ""},
};

constexpr std::uint16_t tcp_ports[] = {4712}, udp_ports[] = {4713, 4712};
constexpr Words words{.code = "frame type", .subcode = "command", .unit = "stream"};

}  // namespace

Dissector const tcp_dissector{
    .name = "c37118",
    .transport = Transport::tcp,
    .ports = tcp_ports,
    .session_size = sizeof(Session),
    .most = most_octets,
    .probe = probe_stream,
    .frame = c37118::frame,
    .read = read,
    .gap = gap,
    .words = words,
    .rules = rules,
    .close = close,
};

Dissector const udp_dissector{
    .name = "c37118",
    .transport = Transport::udp,
    .ports = udp_ports,
    .session_size = sizeof(Session),
    .most = most_octets,
    .probe = probe_datagram,
    .frame = nullptr,
    .read = read,
    .gap = gap,
    .words = words,
    .rules = rules,
    .close = close,
};

}  // namespace greywatch::agent::c37118
