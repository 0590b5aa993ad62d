#pragma once
#include <string>
#include <vector>

#include "common/event/finding.hpp"

namespace greywatch::collector {

/// A sign worth scoring: one finding taken as it is, or what a rule of rules/detect or rules/correlate made of one or
/// several.
///
/// Every finding becomes an indicator of its own (`rule` empty) before any rule's indicator that stands on it. So an
/// indicator with a `rule` repeats what was counted already: it says what the findings mean together (title, level,
/// techniques, all nodes), for alerts, stages and texts. An onset, a p-value or a trait of it must not be counted
/// again.
struct Indicator {
  Time time;          ///< event time of the finding that completed it
  std::string id;     ///< unique: the finding's event.id, or "<rule id>:<event.id>"
  std::string rule;   ///< rule.id of the rule that made it; empty when taken as it is
  std::string title;  ///< the rule's title, or the finding's event.code
  std::string level;  ///< Sigma level: informational, low, medium, high, critical
  std::string node;   ///< where; an indicator over several nodes names the last, `nodes` all
  std::vector<std::string> nodes;
  FindingClass classification = FindingClass::recon;
  FindingKind kind = FindingKind::alert;
  double p = 1;                    ///< the smallest of its findings
  std::optional<double> coverage;  ///< coverage records only
  std::vector<std::string> techniques;
  std::vector<std::string> traits;
  std::vector<std::string> findings;  ///< event.id of what it stands on
  std::string message;
  bool operator==(Indicator const&) const = default;
};

/// Appends `indicator` as one NDJSON line: @timestamp, event.id, rule.id, rule.name, event.severity_name,
/// observer.name, event.kind, greywatch.nodes, greywatch.class, greywatch.p, greywatch.coverage, threat.technique.id,
/// greywatch.traits, greywatch.findings, message.
void write_ndjson(Indicator const& indicator, std::string& out);

}  // namespace greywatch::collector
