#include "collector/views.hpp"

#include <fmt/format.h>
#include <prometheus/metric_family.h>

#include <algorithm>
#include <stdexcept>

#include "collector/context_folder.hpp"
#include "collector/web/exposition.hpp"
#include "common/event/ndjson.hpp"

namespace greywatch::collector {

namespace {

Time wall_now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

/// One JSON object of an NDJSON line.
std::string object(std::string line) {
  if (line.ends_with('\n')) line.pop_back();
  return line;
}

std::string to_json(NodeView const& view) {
  std::string out;
  JsonLine line(out);
  auto const text = [&](std::string_view key, std::string const& value) {
    if (!value.empty()) line.text(key, value);
  };
  line.text("name", view.node.name);
  line.text("state", name(view.state));
  line.boolean("in_inventory", view.in_inventory);
  line.boolean("expected", view.node.expected);
  text("operator", view.node.operator_name);
  text("country", view.node.country);
  text("region", view.node.region);
  text("sector", view.node.sector);
  text("vendor", view.node.vendor);
  if (view.first_seen) line.text("first_seen", to_rfc3339(*view.first_seen));
  if (view.last_seen) line.text("last_seen", to_rfc3339(*view.last_seen));
  line.number("findings", view.findings);
  if (view.coverage) line.number("coverage", *view.coverage);
  if (auto const& agent = view.agent) {
    line.boolean("connected", agent->connected);
    text("version", agent->version);
    line.boolean("skewed", agent->skewed);
    if (agent->clock_offset_seconds) line.number("clock_offset_seconds", *agent->clock_offset_seconds);
    line.number("spool_records", agent->spool_records);
    line.number("spool_octets", agent->spool_octets);
    if (agent->certificate_expires)
      line.text("certificate_expires", to_rfc3339(Time{std::chrono::seconds{agent->certificate_expires}}));
  }
  line.end();
  return object(std::move(out));
}

std::string to_hex(std::string_view text) {
  std::string out;
  for (unsigned char c : text) out += fmt::format("{:02x}", c);
  return out;
}

}  // namespace

StoreViews::StoreViews(std::filesystem::path file, Roster& roster, Line const& line, Metrics const& metrics,
                       ContextIntake& intake, std::function<std::vector<Check>()> checks)
    : file_(std::move(file)),
      roster_(roster),
      line_(line),
      metrics_(metrics),
      intake_(intake),
      checks_(std::move(checks)) {}

std::string StoreViews::metrics(Exposition format) { return expose(metrics_.collect(), format); }

std::vector<Check> StoreViews::readiness() { return checks_(); }

Result<ListPage, Refusal> StoreViews::list(Listing what, ListQuery const& query) {
  if (what == Listing::nodes) return nodes(query);
  if (what != Listing::scores || query.state != "current") return stored(what, query);
  ListPage page;
  for (auto const& score : line_.view().current) {
    if (query.scope && *query.scope != score.scope) continue;
    std::string line;
    write_ndjson(score, line);
    page.items.push_back(object(std::move(line)));
  }
  return page;
}

/// The cursor is the name of the last node, in hexadecimal: names sort the same whatever is added meanwhile.
Result<ListPage, Refusal> StoreViews::nodes(ListQuery const& query) {
  ListPage page;
  std::string last;
  for (auto const& view : roster_.nodes(wall_now())) {
    auto const key = to_hex(view.node.name);
    if (!query.cursor.empty() && key <= query.cursor) continue;
    if (query.node && *query.node != view.node.name) continue;
    if (query.state && *query.state != name(view.state)) continue;
    if (page.items.size() == query.limit) {
      page.next = last;
      break;
    }
    page.items.push_back(to_json(view));
    last = key;
  }
  return page;
}

Result<ListPage, Refusal> StoreViews::stored(Listing what, ListQuery const& query) {
  std::unique_ptr<StoreReader> reader;
  {
    std::lock_guard const guard(mutex_);
    if (!idle_.empty()) {
      reader = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!reader) {
    auto opened = StoreReader::open(file_);
    if (!opened) throw std::runtime_error(opened.error().text);
    reader = std::move(*opened);
  }
  Query asked{.node = query.node,
              .code = query.code,
              .classification = query.classification,
              .kind = query.kind,
              .scope = query.scope,
              .rule = query.rule,
              .id = query.id,
              .since = query.since,
              .until = query.until,
              .cursor = query.cursor,
              .limit = query.limit};
  if (query.state && what == Listing::alerts) asked.firing = *query.state == "firing";
  if (query.state && what == Listing::context) {
    asked.over = wall_now();
    asked.past = *query.state == "over";
  }
  auto page = what == Listing::findings     ? reader->findings(asked)
              : what == Listing::indicators ? reader->indicators(asked)
              : what == Listing::assets     ? reader->assets(asked)
              : what == Listing::context    ? reader->context(asked)
              : what == Listing::scores     ? reader->scores(asked)
                                            : reader->alerts(asked);
  {
    std::lock_guard const guard(mutex_);
    idle_.push_back(std::move(reader));
  }
  if (!page) return std::unexpected(page.error());
  return ListPage{std::move(page->bodies), std::move(page->next)};
}

std::expected<Declaration, Declined> StoreViews::declare(std::string_view content, bool lines, std::string_view peer) {
  constexpr std::size_t most_causes = 1000;
  using Lines = std::vector<std::pair<std::size_t, std::string_view>>;
  auto const said = lines ? numbered_lines(content) : Lines{{1, content}};
  auto const declined = [&](std::string text) {
    intake_.refused(ContextWay::api, said.size());
    return std::unexpected(Declined{Declined::Why::content, std::move(text)});
  };
  if (said.size() > most_causes) return declined(fmt::format("more than {} causes at once", most_causes));
  std::vector<ContextEntry> entries;
  for (auto const& [number, text] : said) {
    auto entry = read_context(text, wall_now(), fmt::format("api {}", peer));
    if (!entry)
      return declined(lines ? fmt::format("line {}: {}; nothing was taken", number, entry.error().text)
                            : entry.error().text);
    entries.push_back(std::move(*entry));
  }
  return intake_.take(ContextWay::api, std::move(entries));
}

}  // namespace greywatch::collector
