#include "collector/score.hpp"

#include "common/event/ndjson.hpp"

namespace greywatch::collector {

namespace {

void write(Share const& share, std::string& out) {
  JsonLine object(out);
  object.text("name", share.name);
  object.number("share", share.share);
  object.close();
}

void write(Contribution const& contribution, std::string& out) {
  std::string nodes = "[";
  for (auto const& share : contribution.nodes) {
    if (nodes.size() > 1) nodes += ',';
    write(share, nodes);
  }
  nodes += ']';
  JsonLine object(out);
  object.text("family", contribution.family);
  object.number("decibans", contribution.decibans);
  object.number("points", contribution.points);
  object.raw("nodes", nodes);
  object.text("text", contribution.text);
  object.close();
}

}  // namespace

void write_json(Score const& score, std::string& out) {
  std::string contributions = "[";
  for (auto const& contribution : score.contributions) {
    if (contributions.size() > 1) contributions += ',';
    write(contribution, contributions);
  }
  contributions += ']';
  JsonLine object(out);
  object.text("@timestamp", to_rfc3339(score.time));
  object.text("scope", score.scope);
  object.number("score", score.score);
  object.number("p05", score.p05);
  object.number("p95", score.p95);
  object.number("coverage", score.coverage);
  object.number("log_odds", score.log_odds);
  object.number("evalue_log10", score.evalue_log10);
  object.raw("contributions", contributions);
  if (score.alert) {
    std::string mark;
    JsonLine alert(mark);
    alert.text("id", score.alert->id);
    alert.text("state", score.alert->firing ? "firing" : "resolved");
    alert.text("since", to_rfc3339(score.alert->since));
    alert.close();
    object.raw("alert", mark);
  } else {
    object.raw("alert", "null");
  }
  object.close();
}

void write_ndjson(Score const& score, std::string& out) {
  write_json(score, out);
  out += '\n';
}

}  // namespace greywatch::collector
