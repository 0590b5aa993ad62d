#include "collector/alert.hpp"

#include "common/event/ndjson.hpp"

namespace greywatch::collector {

namespace {

void list(JsonLine& object, std::string_view key, std::vector<std::string> const& texts) {
  object.open_list(key);
  for (auto const& text : texts) object.item(std::string_view(text));
  object.close_list();
}

void members(Alert const& alert, JsonLine& object) {
  std::string score;
  write_json(alert.score, score);
  object.text("id", alert.id);
  object.text("scope", alert.scope);
  object.text("severity", alert.severity);
  object.text("state", alert.firing ? "firing" : "resolved");
  object.text("since", to_rfc3339(alert.since));
  object.text("updated", to_rfc3339(alert.updated));
  object.text("title", alert.title);
  object.text("text", alert.text);
  list(object, "nodes", alert.nodes);
  list(object, "operators", alert.operators);
  list(object, "regions", alert.regions);
  list(object, "threat.technique.id", alert.techniques);
  list(object, "findings", alert.findings);
  object.raw("score", score);
}

}  // namespace

void write_json(Alert const& alert, std::string& out) {
  JsonLine object(out);
  members(alert, object);
  object.close();
}

void write_ndjson(Alert const& alert, std::string& out) {
  JsonLine line(out);
  line.text("@timestamp", to_rfc3339(alert.updated));
  members(alert, line);
  line.end();
}

}  // namespace greywatch::collector
