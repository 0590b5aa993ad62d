#include "agent/detect/session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agent/detect/evidence.hpp"

namespace greywatch::agent::detect {
namespace {

/// U-format functions of IEC 60870-5-104:2006, 5.1, as Observation::code carries them: 256 added to the control octet.
constexpr std::uint32_t startdt_act = 256 + 0x07, stopdt_act = 256 + 0x13;
constexpr std::uint32_t interrogation = 100, counter_interrogation = 101;  ///< C_IC_NA_1, C_CI_NA_1
constexpr Slot alive = 6;  ///< slots: t3 is 20 s, so who was silent for a minute is gone though nobody saw it close

struct ServerKey {
  std::uint32_t host = 0, protocol = 0;
  bool operator==(ServerKey const&) const = default;
  std::uint64_t hash(HashKey const& key) const { return siphash_words(key, std::uint64_t{host} << 32 | protocol); }
};
struct Server {
  ServerKey key;
  std::uint32_t relation = 0;  ///< of the client with data transfer started
  std::uint64_t flow = 0;      ///< Flow::id; 0 when none is
};

class SessionDetector final : public Detector {
 public:
  explicit SessionDetector(Desk const& desk) : desk_(desk), servers_(desk.options.bounds.sessions, desk.hash_key) {}

  void observe(Scene& scene) override {
    auto const& observation = scene.observation;
    if (observation.malformed) return;
    if (observation.way == Direction::to_client) {
      bool const answers_change = scene.kind == Kind::answer && kind_of_request(observation.operation) == Kind::change;
      if (scene.chain && scene.kind != Kind::session && !answers_change) scene.chain->run = 0;
      return;
    }
    if (scene.kind == Kind::session)
      on_session(scene);
    else if (observation.role == Role::request)
      on_request(scene);
  }

  void on_close(Flow const& flow) override {
    auto const* chain = desk_.knowledge.chain(flow.detect_slot);
    auto const* relation = chain ? desk_.knowledge.relations.resolve(chain->relation) : nullptr;
    if (!relation) return;
    auto* server = servers_.resolve(servers_.find({relation->key.server, relation->key.protocol}));
    if (server && server->flow == flow.id) server->flow = 0;
  }

 private:
  double rarity(Scene const& scene, Level level) const {
    auto const& knowledge = desk_.knowledge;
    if (scene.foreign()) return knowledge.anywhere.p();
    auto const age = scene.relation.occasions;
    return std::max(1.0 / (age + 1.0), knowledge.hazards[static_cast<std::size_t>(level)].p(age));
  }
  bool is_odd(Scene const& scene, double p) const {
    if (scene.mode == Mode::learn) return false;
    return scene.foreign() || p <= (scene.mode == Mode::young ? desk_.options.learning_gate : desk_.options.gate);
  }

  void on_session(Scene& scene) {
    auto const& observation = scene.observation;
    if (observation.protocol != "iec104" || (observation.code != startdt_act && observation.code != stopdt_act)) return;
    ServerKey const key{scene.relation.key.server, scene.relation.key.protocol};
    auto& server = *servers_.resolve(servers_.admit(key).id);
    if (observation.code == stopdt_act) {
      if (server.flow == observation.flow.id) server.flow = 0;
      return;
    }
    auto const* active = server.flow && server.relation != scene.relation_id
                             ? desk_.knowledge.relations.resolve(server.relation)
                             : nullptr;
    if (active && (scene.slot <= active->latest || scene.slot - active->latest <= alive))
      on_second_client(scene, *active);
    server.relation = scene.relation_id;
    server.flow = observation.flow.id;
  }

  void on_second_client(Scene& scene, Relation const& active) {
    auto& relation = scene.relation;
    if (scene.mode == Mode::learn || (scene.mode == Mode::young && !scene.foreign() && relation.occasions > 1))
      relation.flags |= relation_flag::starts_beside;
    if (scene.mode == Mode::learn || relation.flags & relation_flag::starts_beside) return;
    auto const* client = desk_.knowledge.hosts.resolve(active.key.client);
    static auto const& row = code("session.second_client");
    double const p = rarity(scene, Level::unit);
    desk_.alarms.raise(scene, row, {.p = p, .span = Alarms::Span::flow}, [&](Finding& finding) {
      finding.traits.push_back("address:" + text(scene.observation.flow.client));
      finding.message = fmt::format(
          "{} starts data transfer with {} while {} has it started: a second master; it never did so beside another "
          "before",
          text(finding.source), text(finding.destination), client ? text(client->key) : "another client");
    });
  }

  void on_request(Scene& scene) {
    auto const& observation = scene.observation;
    bool const code_is_new = scene.foreign() || (scene.operation_fresh &&
                                                 (scene.level == Level::code || scene.level == Level::first_change));
    if (observation.protocol == "iec104" &&
        (observation.code == interrogation || observation.code == counter_interrogation)) {
      static auto const& row = code("interrogation.new_master");
      if (code_is_new) report_master(scene, row, "interrogates", Level::code);
    } else if (observation.operation == Operation::time) {
      static auto const& row = code("time.new_master");
      if (code_is_new) report_master(scene, row, "sets the clock of", Level::code);
    }
    if (scene.kind != Kind::change || !scene.chain) return;
    on_select(scene);
    on_command(scene);
  }

  void report_master(Scene& scene, Code const& row, std::string_view does, Level level) {
    double const p = rarity(scene, level);
    if (!is_odd(scene, p)) return;
    scene.reported = true;
    scene.learn_operation = false;
    scene.operation_mark = 0xff;  // its repetitions are not the operation detector's
    desk_.alarms.raise(scene, row, {.p = p}, [&](Finding& finding) {
      if (scene.foreign()) finding.traits.push_back("address:" + text(scene.observation.flow.client));
      finding.message =
          fmt::format("{} {} {} for the first time: {}; in {} its clients were {}", text(finding.source), does,
                      text(finding.destination), describe(desk_.options, scene.observation), span_of(desk_.knowledge),
                      usual_clients(desk_.knowledge, scene.relation.key.server, scene.relation.key.protocol));
    });
  }

  /// Execution without selection, where selection is the habit.
  void on_select(Scene& scene) {
    auto const& observation = scene.observation;
    auto& relation = scene.relation;
    auto const mark = static_cast<std::uint32_t>(observation.target.object) + 1;
    if (observation.operation == Operation::select) {
      scene.chain->selected = mark;
      relation.flags |= relation_flag::selects;
      return;
    }
    if (observation.operation != Operation::control) return;
    bool const selected = std::exchange(scene.chain->selected, 0) == mark;
    if (selected) return;
    bool const habit = relation.flags & relation_flag::selects && !(relation.flags & relation_flag::direct);
    double const p = 1.0 / (relation.novelty[0].draws + 1.0);
    if (!habit || scene.foreign() || !is_odd(scene, p)) {
      relation.flags |= relation_flag::direct;
      return;
    }
    static auto const& row = code("command.without_select");
    scene.reported = true;
    scene.learn_operation = false;
    scene.operation_mark = 0xff;
    desk_.alarms.raise(scene, row, {.p = p}, [&](Finding& finding) {
      finding.message =
          fmt::format("{} executes on {} without having selected: {}; all {} changes before were selected first",
                      text(finding.source), text(finding.destination), describe(desk_.options, observation),
                      relation.novelty[0].draws);
    });
  }

  /// Commands in a row with nothing reported in between.
  void on_command(Scene& scene) {
    auto& chain = *scene.chain;
    auto& relation = scene.relation;
    if (chain.run < 0xff) ++chain.run;
    auto const normal = std::max<std::uint32_t>(desk_.options.run, 2U * relation.run);
    double const p = scene.foreign() ? desk_.knowledge.anywhere.p() : 1.0 / (relation.novelty[0].draws + 1.0);
    if (chain.run <= normal || !is_odd(scene, p)) {
      // Only while learning: else a run would make itself normal as it grows.
      if (scene.mode != Mode::operate && !scene.foreign()) relation.run = std::max(relation.run, chain.run);
      return;
    }
    static auto const& row = code("command.run");
    desk_.alarms.raise(scene, row, {.p = p}, [&](Finding& finding) {
      finding.fields.push_back({"greywatch.run", std::uint64_t{chain.run}});
      finding.fields.push_back({"greywatch.transition", std::string("C-to-C")});
      finding.fields.push_back({"greywatch.transitions.command_command", std::uint64_t{relation.steps[3]}});
      finding.message = fmt::format(
          "{} sends {} {} commands in a row with nothing reported in between; the longest run so far was {}; the last: "
          "{}",
          text(finding.source), text(finding.destination), chain.run, relation.run,
          describe(desk_.options, scene.observation));
    });
  }

  Desk desk_;
  Pool<Server> servers_;
};

}  // namespace

std::unique_ptr<Detector> make_session(Desk const& desk) { return std::make_unique<SessionDetector>(desk); }

}  // namespace greywatch::agent::detect
