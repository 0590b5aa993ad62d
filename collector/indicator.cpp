#include "collector/indicator.hpp"

#include "common/event/ndjson.hpp"

namespace greywatch::collector {

namespace {

void write_texts(JsonLine& line, std::string_view key, std::vector<std::string> const& texts) {
  if (texts.empty()) return;
  line.open_list(key);
  for (auto const& text : texts) line.item(std::string_view(text));
  line.close_list();
}

}  // namespace

void write_ndjson(Indicator const& indicator, std::string& out) {
  JsonLine line(out);
  auto const text = [&](std::string_view key, std::string const& value) {
    if (!value.empty()) line.text(key, value);
  };
  line.text("@timestamp", to_rfc3339(indicator.time));
  line.text("event.id", indicator.id);
  line.text("event.kind", name(indicator.kind));
  text("rule.id", indicator.rule);
  text("rule.name", indicator.title);
  text("event.severity_name", indicator.level);
  line.text("observer.name", indicator.node);
  write_texts(line, "greywatch.nodes", indicator.nodes);
  if (is_judged(indicator.kind)) {
    line.text("greywatch.class", name(indicator.classification));
    line.number("greywatch.p", indicator.p);
  }
  if (indicator.coverage) line.number("greywatch.coverage", *indicator.coverage);
  write_texts(line, "threat.technique.id", indicator.techniques);
  write_texts(line, "greywatch.traits", indicator.traits);
  write_texts(line, "greywatch.findings", indicator.findings);
  text("message", indicator.message);
  line.end();
}

}  // namespace greywatch::collector
