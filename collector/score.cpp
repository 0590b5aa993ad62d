#include "collector/score.hpp"

#include "common/event/ndjson.hpp"

namespace greywatch::collector {

namespace {

void write(Share const& share, std::string& out);
void write(Contribution const& contribution, std::string& out);

template <class One>
void write_list(std::vector<One> const& list, std::string& out) {
  out += '[';
  for (auto const& one : list) {
    if (&one != list.data()) out += ',';
    write(one, out);
  }
  out += ']';
}

void write(Share const& share, std::string& out) {
  JsonLine object(out);
  object.text("name", share.name);
  object.number("share", share.share);
  object.close();
}

void write(Contribution const& contribution, std::string& out) {
  JsonLine object(out);
  object.text("family", contribution.family);
  object.number("decibans", contribution.decibans);
  object.number("points", contribution.points);
  object.nest("nodes");
  write_list(contribution.nodes, out);
  object.text("text", contribution.text);
  object.close();
}

}  // namespace

void write_json(Score const& score, std::string& out) {
  JsonLine object(out);
  object.text("@timestamp", to_rfc3339(score.time));
  object.text("scope", score.scope);
  object.number("score", score.score);
  object.number("p05", score.p05);
  object.number("p95", score.p95);
  object.number("coverage", score.coverage);
  object.number("log_odds", score.log_odds);
  object.number("evalue_log10", score.evalue_log10);
  object.nest("contributions");
  write_list(score.contributions, out);
  if (score.alert) {
    object.nest("alert");
    JsonLine alert(out);
    alert.text("id", score.alert->id);
    alert.text("state", score.alert->firing ? "firing" : "resolved");
    alert.text("since", to_rfc3339(score.alert->since));
    alert.close();
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
