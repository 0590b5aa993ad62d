#include "collector/context.hpp"

#include <fmt/format.h>

#include "common/bytes.hpp"
#include "common/event/ndjson.hpp"
#include "common/hash.hpp"

namespace greywatch::collector {

namespace {

void write(Declared const& declared, JsonLine& line) {
  line.text("published", to_rfc3339(declared.published));
  line.text("start", to_rfc3339(declared.start));
  line.text("end", to_rfc3339(declared.end));
  line.text("kind", declared.kind);
  std::string group;
  JsonLine inner(group);
  inner.text("kind", declared.group_kind);
  if (!declared.group_name.empty()) inner.text("name", declared.group_name);
  inner.close();
  line.raw("group", group);
  if (!declared.classes.empty()) {
    line.open_list("classes");
    for (auto const one : declared.classes) line.item(name(one));
    line.close_list();
  }
  if (!declared.traits.empty()) {
    line.open_list("traits");
    for (auto const& trait : declared.traits) line.item(trait);
    line.close_list();
  }
  if (declared.index > 0) line.number("index", declared.index);
  if (!declared.source.empty()) line.text("source", declared.source);
}

}  // namespace

ContextEntry make_entry(Declared declared, Time received, std::string via) {
  std::string content;
  JsonLine line(content);
  write(declared, line);
  return {.id = fmt::format("{:016x}", siphash({}, as_bytes(content))),
          .declared = std::move(declared),
          .received = received,
          .via = std::move(via)};
}

void write_ndjson(ContextEntry const& entry, std::string& out) {
  JsonLine line(out);
  line.text("id", entry.id);
  write(entry.declared, line);
  line.text("received", to_rfc3339(entry.received));
  line.text("via", entry.via);
  line.end();
}

}  // namespace greywatch::collector
