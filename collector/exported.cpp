#include "collector/exported.hpp"

#include <map>
#include <set>

#include "common/version.hpp"

namespace greywatch::collector {

namespace {

double unix_seconds(Time time) { return seconds(time.time_since_epoch()); }
Time wall_now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

}  // namespace

void export_process(Metrics& metrics) {
  auto const began = unix_seconds(wall_now());
  metrics.add_source([began](MetricWriter& out) {
    out.gauge("greywatch_build_info", "Version of the running program", 1,
              {{"version", std::string(version)}, {"program", "collector"}});
    out.gauge("process_start_time_seconds", "When the process began, seconds since 1970", began);
  });
}

void export_store(Metrics& metrics, Store const& store, Line const& line) {
  metrics.add_source([&](MetricWriter& out) {
    auto const& stats = store.stats();
    out.counter("greywatch_store_findings_total", "Findings committed", static_cast<double>(stats.inserted));
    out.counter("greywatch_store_duplicates_total", "Findings sent again and dropped",
                static_cast<double>(stats.duplicates));
    out.counter("greywatch_store_transactions_total", "Transactions tried", static_cast<double>(stats.transactions));
    out.counter("greywatch_store_failures_total", "Transactions that failed", static_cast<double>(stats.failures));
    out.counter("greywatch_store_refusals_total", "Jobs turned away because the queue was full",
                static_cast<double>(stats.refused));
    out.counter("greywatch_store_deleted_rows_total", "Rows deleted by retention", static_cast<double>(stats.deleted));
    out.gauge("greywatch_store_queue_findings", "Findings that wait for their commit",
              static_cast<double>(stats.queued_findings));
    out.gauge("greywatch_store_file_bytes", "Size of the store's file", static_cast<double>(stats.file_octets));
    out.gauge("greywatch_store_used_bytes", "Of it, without free pages", static_cast<double>(stats.used_octets));
    out.gauge("greywatch_store_healthy", "1 while transactions succeed", stats.healthy ? 1 : 0);
    out.gauge("greywatch_evaluation_cursor", "Row of the last finding scored", static_cast<double>(line.view().cursor));
  });
}

void export_ingest(Metrics& metrics, Ingest const& ingest) {
  metrics.add_source([&](MetricWriter& out) {
    auto const c = ingest.counters();
    auto const count = [&](std::string_view name, std::string_view help, std::uint64_t value) {
      out.counter(name, help, static_cast<double>(value));
    };
    count("greywatch_ingest_connections_total", "TCP connections accepted", c.accepted);
    out.gauge("greywatch_ingest_open_connections", "Connections now", static_cast<double>(c.open));
    out.gauge("greywatch_ingest_connected_agents", "Agents connected and greeted now",
              static_cast<double>(c.connected_agents));
    count("greywatch_ingest_failed_handshakes_total", "TLS handshakes without a good certificate", c.handshakes_failed);
    count("greywatch_ingest_accept_errors_total", "Connections that could not be accepted", c.accept_errors);
    count("greywatch_ingest_timeouts_total", "Connections ended because they were silent", c.timeouts);
    count("greywatch_ingest_batches_total", "Batches committed", c.batches);
    count("greywatch_ingest_findings_total", "Findings committed that were new", c.findings);
    count("greywatch_ingest_duplicates_total", "Findings received again", c.duplicates);
    count("greywatch_ingest_malformed_total", "Findings that were none", c.malformed);
    count("greywatch_ingest_renamed_total", "Findings that claimed another node than their certificate", c.renamed);
    count("greywatch_ingest_received_bytes_total", "Octets of frames received", c.octets);
    count("greywatch_ingest_commit_failures_total", "Batches that the store could not commit", c.commit_failures);
    count("greywatch_ingest_queue_full_total", "Times a batch had to wait for the store", c.queue_full);
    count("greywatch_ingest_rule_packs_total", "Rule packs sent to agents", c.rules_sent);
    out.gauge("greywatch_rule_pack_version", "Version of the rule pack that agents get, 0 for none",
              static_cast<double>(c.rules_version));
    out.gauge("greywatch_ingest_buffered_bytes", "Octets between sockets and commits",
              static_cast<double>(c.buffered_octets));
    for (std::size_t i = 0; i < c.refused.size(); ++i)
      out.counter("greywatch_ingest_refused_total", "Connections refused, by cause", static_cast<double>(c.refused[i]),
                  {{"cause", std::string(refused_name(i))}});
    out.gauge("greywatch_ingest_certificate_expiry_timestamp_seconds", "When the collector's own certificate expires",
              static_cast<double>(c.certificate_expires));
  });
}

void export_nodes(Metrics& metrics, Roster& roster) {
  metrics.add_source([&](MetricWriter& out) {
    auto const nodes = roster.nodes(wall_now());
    std::array<double, 3> states{};
    for (auto const& node : nodes) ++states[static_cast<std::size_t>(node.state)];
    for (std::size_t i = 0; i < states.size(); ++i)
      out.gauge("greywatch_nodes", "Nodes by whether they were heard lately", states[i],
                {{"state", std::string(name(static_cast<NodeState>(i)))}});
    // One family after the other: samples of a family stand together.
    auto const each = [&](auto write) {
      for (auto const& node : nodes) write(node, MetricLabels{{"node", node.node.name}});
    };
    each([&](NodeView const& node, MetricLabels const& labels) {
      if (node.last_seen)
        out.gauge("greywatch_agent_last_seen_timestamp_seconds", "When anything was last heard of the node",
                  unix_seconds(*node.last_seen), labels);
    });
    each([&](NodeView const& node, MetricLabels const& labels) {
      if (node.coverage)
        out.gauge("greywatch_coverage_ratio", "How much of its traffic the node sees and understands", *node.coverage,
                  labels);
    });
    each([&](NodeView const& node, MetricLabels const& labels) {
      if (node.agent)
        out.gauge("greywatch_agent_connected", "1 while the node's agent is connected", node.agent->connected ? 1 : 0,
                  labels);
    });
    each([&](NodeView const& node, MetricLabels const& labels) {
      if (node.agent && node.agent->clock_offset_seconds)
        out.gauge("greywatch_clock_offset_seconds", "The agent's clock minus the collector's",
                  *node.agent->clock_offset_seconds, labels);
    });
    each([&](NodeView const& node, MetricLabels const& labels) {
      if (node.agent)
        out.gauge("greywatch_spool_bytes", "Findings that wait at the agent",
                  static_cast<double>(node.agent->spool_octets), labels);
    });
    each([&](NodeView const& node, MetricLabels const& labels) {
      if (!node.agent) return;
      double dropped = 0;
      for (auto const one : node.agent->dropped) dropped += static_cast<double>(one);
      out.counter("greywatch_spool_dropped_total", "Findings dropped by the agent's full spool", dropped, labels);
    });
    auto const health = [&](std::string_view of, auto write) {
      each([&](NodeView const& node, MetricLabels const& labels) {
        if (!node.agent) return;
        for (auto const& pair : node.agent->health)
          if (pair.name == of) write(pair.value, labels);
      });
    };
    health("rules.version", [&](double value, MetricLabels const& labels) {
      out.gauge("greywatch_agent_pack_version", "Version of the rule pack that the agent keeps, 0 for none", value,
                labels);
    });
    health("rules.loaded", [&](double value, MetricLabels const& labels) {
      out.gauge("greywatch_agent_rules", "Rules that the agent evaluates on observations", value, labels);
    });
    health("rules.refused", [&](double value, MetricLabels const& labels) {
      out.counter("greywatch_agent_packs_refused_total", "Rule packs that the agent refused", value, labels);
    });
    each([&](NodeView const& node, MetricLabels const& labels) {
      if (node.agent && node.agent->certificate_expires)
        out.gauge("greywatch_agent_certificate_expiry_timestamp_seconds", "When the agent's certificate expires",
                  static_cast<double>(node.agent->certificate_expires), labels);
    });
    each([&](NodeView const& node, MetricLabels const& labels) {
      if (node.agent)
        out.gauge("greywatch_agent_version_skew",
                  "1 when the agent speaks another version of the link than this collector", node.agent->skewed ? 1 : 0,
                  labels);
    });
  });
}

void export_line(Metrics& metrics, Line const& line) {
  metrics.add_source([&](MetricWriter& out) {
    auto const view = line.view();
    auto const scopes = [&](std::string_view name, std::string_view help, auto value) {
      for (auto const& score : view.current) out.gauge(name, help, value(score), {{"scope", score.scope}});
    };
    scopes("greywatch_score", "Probability of a coordinated campaign x 100", [](Score const& s) { return s.score; });
    scopes("greywatch_score_p05", "Lower end of the score's band", [](Score const& s) { return s.p05; });
    scopes("greywatch_score_p95", "Upper end of the score's band", [](Score const& s) { return s.p95; });
    scopes("greywatch_evalue_log10", "Evidence without the prior, power of ten",
           [](Score const& s) { return s.evalue_log10; });
    scopes("greywatch_scope_coverage_ratio", "Share of the scope's expected nodes that report",
           [](Score const& s) { return s.coverage; });
    for (auto const& score : view.current) {
      std::set<std::string> told;  // a family twice in one score would be the same series twice
      for (auto const& part : score.contributions)
        if (told.insert(part.family).second)
          out.gauge("greywatch_contribution_decibans", "Addends of the score, 10 log10 of their factor on the odds",
                    part.decibans, {{"scope", score.scope}, {"family", part.family}});
    }
    std::map<std::string, double> firing{{"watch", 0}, {"elevated", 0}, {"alert", 0}};
    for (auto const& alert : view.firing) ++firing[alert.severity];
    for (auto const& [severity, count] : firing)
      out.gauge("greywatch_alerts_firing", "Alerts that stand, by severity", count, {{"severity", severity}});
    out.counter("greywatch_alerts_deferred_total", "Alerts held back for a while by a budget, by what they are of",
                static_cast<double>(view.told.deferred), {{"of", "scope"}});
    out.counter("greywatch_alerts_deferred_total", "", static_cast<double>(view.told_of_nodes.deferred),
                {{"of", "node"}});
    out.counter("greywatch_alerts_grouped_total", "Onsets of a scope that the fleet's own alert told already",
                static_cast<double>(view.told.grouped));
    auto const test = [&](std::string_view word, std::uint64_t value) {
      out.counter("greywatch_node_alarms_total", "What became of alarms on their way to alerts of single nodes",
                  static_cast<double>(value), {{"result", std::string(word)}});
    };
    test("tested", view.told_of_nodes.tests);
    test("expected", view.told_of_nodes.expected);
    test("found", view.told_of_nodes.found);
    test("told", view.told_of_nodes.told);
    test("joined", view.told_of_nodes.joined);
    test("repeated", view.told_of_nodes.repeats);
    test("refused", view.told_of_nodes.refused);
    auto const& scored = view.scored;
    out.counter("greywatch_score_indicators_total", "What became of indicators", static_cast<double>(scored.taken),
                {{"result", "taken"}});
    out.counter("greywatch_score_indicators_total", "", static_cast<double>(scored.unknown_node),
                {{"result", "unknown_node"}});
    out.counter("greywatch_score_indicators_total", "", static_cast<double>(scored.late), {{"result", "late"}});
    out.counter("greywatch_score_indicators_total", "", static_cast<double>(scored.future), {{"result", "future"}});
    out.counter("greywatch_score_causes_total", "Declared causes given to the score",
                static_cast<double>(scored.declared), {{"result", "taken"}});
    out.counter("greywatch_score_causes_total", "", static_cast<double>(scored.declared_dropped),
                {{"result", "dropped"}});
    out.counter("greywatch_score_ticks_total", "Ticks closed", static_cast<double>(scored.ticks));
    auto const& correlated = view.correlated;
    out.counter("greywatch_rule_indicators_total", "Indicators made by rules",
                static_cast<double>(correlated.rule_indicators));
    out.counter("greywatch_rule_losses_total", "What bounded correlation tables turned away",
                static_cast<double>(correlated.groups_turned_away), {{"cause", "groups"}});
    out.counter("greywatch_rule_losses_total", "", static_cast<double>(correlated.entries_dropped),
                {{"cause", "entries"}});
    out.counter("greywatch_rule_losses_total", "", static_cast<double>(correlated.late), {{"cause", "late"}});
    out.counter("greywatch_rule_losses_total", "", static_cast<double>(correlated.keys_too_long), {{"cause", "keys"}});
    out.counter("greywatch_rule_losses_total", "", static_cast<double>(correlated.findings_forgotten),
                {{"cause", "forgotten"}});
  });
}

void export_sinks(Metrics& metrics, std::vector<std::unique_ptr<Sink>> const& sinks) {
  metrics.add_source([&](MetricWriter& out) {
    for (auto const& sink : sinks) {
      auto const c = sink->counters();
      auto const result = [&](std::string_view word, std::uint64_t value) {
        out.counter("greywatch_webhook_deliveries_total", "What became of messages, by sink",
                    static_cast<double>(value), {{"sink", sink->name()}, {"result", std::string(word)}});
      };
      result("delivered", c.delivered);
      result("failed_try", c.failed_tries);
      result("replaced", c.replaced);
      result("given_up", c.given_up);
      result("refused", c.refused);
      result("filtered", c.filtered);
    }
    for (auto const& sink : sinks)
      out.gauge("greywatch_webhook_pending", "Messages that wait", static_cast<double>(sink->counters().pending),
                {{"sink", sink->name()}});
    for (auto const& sink : sinks)
      out.gauge("greywatch_webhook_disabled", "1 when the receiver answered 410 Gone",
                sink->counters().disabled ? 1 : 0, {{"sink", sink->name()}});
  });
}

void export_web(Metrics& metrics, Server const& server) {
  metrics.add_source([&](MetricWriter& out) {
    auto const& stats = server.stats();
    out.counter("greywatch_web_requests_total", "HTTP requests answered", static_cast<double>(stats.requests));
    out.counter("greywatch_web_malformed_total", "Octets that were no request", static_cast<double>(stats.malformed));
    out.counter("greywatch_web_unauthorized_total", "Requests without the token",
                static_cast<double>(stats.unauthorized));
    out.counter("greywatch_web_timeouts_total", "Connections ended because they were slow",
                static_cast<double>(stats.timeouts));
    out.counter("greywatch_web_refused_connections_total", "Connections beyond the bound",
                static_cast<double>(stats.refused_connections));
    out.counter("greywatch_web_failed_handshakes_total", "TLS handshakes that failed",
                static_cast<double>(stats.failed_handshakes));
    out.gauge("greywatch_web_connections", "Connections now", static_cast<double>(stats.connections));
  });
}

void export_context(Metrics& metrics, ContextIntake const& intake) {
  metrics.add_source([&](MetricWriter& out) {
    for (std::size_t i = 0; i < context_ways; ++i) {
      auto const way = static_cast<ContextWay>(i);
      auto const& counters = intake.counters(way);
      auto const result = [&](std::string_view word, std::uint64_t value) {
        out.counter("greywatch_context_entries_total", "Declared causes by the way they came and what became of them",
                    static_cast<double>(value), {{"way", std::string(name(way))}, {"result", std::string(word)}});
      };
      result("accepted", counters.accepted);
      result("known", counters.known);
      result("refused", counters.refused);
    }
    out.gauge("greywatch_context_standing", "Declared causes that are not over",
              static_cast<double>(intake.standing()));
  });
}

}  // namespace greywatch::collector
