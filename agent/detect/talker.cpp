#include "agent/detect/talker.hpp"

#include <fmt/format.h>

#include "agent/detect/evidence.hpp"
#include "agent/detect/learner.hpp"

namespace greywatch::agent::detect {
namespace {

class TalkerDetector final : public Detector {
 public:
  explicit TalkerDetector(Desk const& desk) : desk_(desk) {}

  void observe(Scene& scene) override {
    if (scene.mode == Mode::learn) return;
    if (scene.foreign())
      report(scene, desk_.knowledge.anywhere.p(), nullptr);
    else if (scene.relation_fresh)
      judge(scene);
  }

 private:
  void judge(Scene& scene) {
    auto const& knowledge = desk_.knowledge;
    if (knowledge.anywhere.draws == 0) return;  // there is nothing that could be departed from
    auto const* server = knowledge.hosts.resolve(scene.relation.key.server);
    auto const* client = knowledge.hosts.resolve(scene.relation.key.client);
    static auto const &client_new = code("client.new"), &server_new = code("server.new"),
                      &relation_new = code("relation.new");
    auto const* row = &relation_new;
    Novelty near = knowledge.anywhere;
    if (server && server->clients.draws > 0)
      row = &client_new, near = server->clients;
    else if (client && client->servers.draws > 0)
      row = &server_new, near = client->servers;
    double const p = std::min(1.0, 2 * std::min(near.p(), knowledge.anywhere.p()));
    auto const& options = desk_.options;
    bool const odd = scene.mode == Mode::operate ? !is_restless(near, options.gate) : p <= options.learning_gate;
    if (!odd) {
      desk_.summary.note(FindingClass::access, p);
      return;
    }
    Learner::reject(scene.relation);
    report(scene, p, row);
  }

  /// `row` is null for what is not the first message of a foreign relation.
  void report(Scene& scene, double p, Code const* row) {
    static auto const& answered = code("relation.answered");
    auto const& observation = scene.observation;
    if (observation.way == Direction::to_client) {
      desk_.alarms.raise(scene, answered, {.p = p, .span = Alarms::Span::flow}, [&](Finding& finding) {
        trait(finding, observation.flow.client);
        finding.message =
            fmt::format("{} answers {}, which is new to it: {}; normal clients of it are {}", text(finding.source),
                        text(finding.destination), describe(desk_.options, observation),
                        usual_clients(desk_.knowledge, scene.relation.key.server, scene.relation.key.protocol));
      });
      return;
    }
    auto const& knowledge = desk_.knowledge;
    auto const& key = scene.relation.key;
    desk_.alarms.raise(scene, row ? *row : row_of(scene), {.p = p, .span = Alarms::Span::flow}, [&](Finding& finding) {
      trait(finding, observation.flow.client);
      auto const* server = knowledge.hosts.resolve(key.server);
      bool const known_server = server && server->clients.draws > 0;
      finding.message =
          fmt::format("{} speaks {} with {} for the first time: {}; in {} {} was {}", text(finding.source),
                      observation.protocol, text(finding.destination), describe(desk_.options, observation),
                      span_of(knowledge), known_server ? "its usual client" : "the usual server of this client",
                      known_server ? usual_clients(knowledge, key.server, key.protocol)
                                   : usual_servers(knowledge, key.client, key.protocol));
    });
  }

  /// How the relation was reported at its beginning: by what is known of its ends without it.
  Code const& row_of(Scene const& scene) const {
    auto const* server = desk_.knowledge.hosts.resolve(scene.relation.key.server);
    auto const* client = desk_.knowledge.hosts.resolve(scene.relation.key.client);
    if (server && server->clients.draws > 0) return code("client.new");
    return code(client && client->servers.draws > 0 ? "server.new" : "relation.new");
  }

  static void trait(Finding& finding, Endpoint const& client) { finding.traits.push_back("address:" + text(client)); }

  Desk desk_;
};

}  // namespace

std::unique_ptr<Detector> make_talker(Desk const& desk) { return std::make_unique<TalkerDetector>(desk); }

}  // namespace greywatch::agent::detect
