#include "collector/store/reader.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "collector/store/schema.hpp"
#include "collector/store/writer.hpp"
#include "common/event/ndjson.hpp"

namespace greywatch::collector {

namespace {

constexpr std::size_t most_rows = 1000;

/// A table as queries see it: its name, the column of its time, and which column each part of a query restricts.
struct Table {
  std::string_view name, time;
  std::string_view node, code, classification, kind, scope, rule, id, firing, ends;
};
constexpr Table finding_table{.name = "finding",
                              .time = "time",
                              .node = "node",
                              .code = "code",
                              .classification = "class",
                              .kind = "kind",
                              .id = "event_id"};
constexpr Table indicator_table{
    .name = "indicator", .time = "time", .node = "node", .classification = "class", .rule = "rule", .id = "id"};
constexpr Table asset_table{.name = "asset", .time = "seen", .node = "node", .id = "id"};
constexpr Table context_table{.name = "context", .time = "starts", .kind = "kind", .id = "id", .ends = "ends"};
constexpr Table score_table{.name = "score", .time = "time", .scope = "scope"};
constexpr Table alert_table{.name = "alert", .time = "since", .scope = "scope", .id = "id", .firing = "firing"};
constexpr Table history_table{.name = "alert_history", .time = "updated", .id = "id", .firing = "firing"};

/// A place in the order (time, row), as text that callers hand back: two hexadecimal numbers.
struct Place {
  std::int64_t time, row;
};
std::string encode(Place const& place) {
  return fmt::format("{:016x}{:x}", static_cast<std::uint64_t>(place.time), static_cast<std::uint64_t>(place.row));
}
std::optional<Place> decode(std::string_view text) {
  if (text.size() < 17 || text.size() > 32) return std::nullopt;
  auto const number = [](std::string_view digits) -> std::optional<std::int64_t> {
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return static_cast<std::int64_t>(value);
  };
  auto const time = number(text.substr(0, 16)), row = number(text.substr(16));
  if (!time || !row) return std::nullopt;
  return Place{*time, *row};
}

class SqliteReader final : public StoreReader {
 public:
  SqliteReader(sqlite::Database database, std::chrono::milliseconds patience)
      : database_(std::move(database)), patience_(patience) {}

  Result<Page, Refusal> findings(Query const& query) override { return page(finding_table, query); }
  Result<Page, Refusal> indicators(Query const& query) override { return page(indicator_table, query); }
  Result<Page, Refusal> assets(Query const& query) override { return page(asset_table, query); }
  Result<Page, Refusal> scores(Query const& query) override { return page(score_table, query); }
  Result<Page, Refusal> alerts(Query const& query) override { return page(alert_table, query); }
  Result<Page, Refusal> alert_history(Query const& query) override { return page(history_table, query); }
  Result<Page, Refusal> context(Query const& query) override { return page(context_table, query); }

  std::vector<ContextEntry> causes(std::size_t limit) override {
    auto& statement = prepared("SELECT id, body FROM context ORDER BY ends DESC, row LIMIT ?1");
    statement.bind(1, static_cast<std::int64_t>(limit));
    sqlite::Use const use(statement);
    std::vector<ContextEntry> out;
    while (statement.step()) {
      if (auto declared = read_declared(statement.text(1)))
        out.push_back(
            {.id = std::string(statement.text(0)), .declared = std::move(*declared), .received = {}, .via = {}});
      else
        spdlog::error("store: a stored cause is left out: {}", declared.error().text);
    }
    return out;
  }
  bool knows_context_file(std::string_view digest) override {
    auto& statement = prepared("SELECT 1 FROM context_file WHERE digest = ?1");
    statement.bind(1, digest);
    sqlite::Use const use(statement);
    return statement.step();
  }

  std::vector<NodeRow> nodes() override {
    auto& statement =
        prepared("SELECT name, first_seen, last_seen, findings, coverage, coverage_time FROM node ORDER BY name");
    sqlite::Use const use(statement);
    std::vector<NodeRow> rows;
    while (statement.step()) {
      NodeRow row{.name = std::string(statement.text(0)),
                  .first_seen = from_unix_ns(statement.integer(1)),
                  .last_seen = from_unix_ns(statement.integer(2)),
                  .findings = static_cast<std::uint64_t>(statement.integer(3))};
      if (!statement.null(4)) row.coverage = statement.real(4);
      if (!statement.null(5)) row.coverage_time = from_unix_ns(statement.integer(5));
      rows.push_back(std::move(row));
    }
    return rows;
  }

  std::vector<StoredFinding> after(std::int64_t row, std::size_t limit) override {
    auto& statement = prepared("SELECT row, body FROM finding WHERE row > ?1 ORDER BY row LIMIT ?2");
    statement.bind(1, row).bind(2, static_cast<std::int64_t>(limit));
    sqlite::Use const use(statement);
    std::vector<StoredFinding> rows;
    while (statement.step()) {
      StoredFinding stored{.row = statement.integer(0)};
      if (take(statement.text(1), stored.finding)) rows.push_back(std::move(stored));
    }
    return rows;
  }

  void each(std::string_view name, std::optional<Time> since, std::optional<Time> until,
            std::function<void(std::string_view)> const& give) override {
    auto const& table = name == "findings"     ? finding_table
                        : name == "indicators" ? indicator_table
                        : name == "assets"     ? asset_table
                        : name == "context"    ? context_table
                        : name == "scores"     ? score_table
                                               : alert_table;
    auto& statement = prepared(
        fmt::format("SELECT body FROM {0} WHERE {1} >= ?1 AND {1} <= ?2 ORDER BY {1}, row", table.name, table.time));
    statement.bind(1, since ? unix_ns(*since) : std::numeric_limits<std::int64_t>::min())
        .bind(2, until ? unix_ns(*until) : std::numeric_limits<std::int64_t>::max());
    sqlite::Use const use(statement);
    while (statement.step()) give(statement.text(0));
  }

  std::optional<std::string> value(std::string_view key) override {
    auto& statement = prepared("SELECT value FROM kv WHERE key = ?1");
    statement.bind(1, key);
    sqlite::Use const use(statement);
    if (!statement.step()) return std::nullopt;
    return std::string(statement.octets(0));
  }
  std::int64_t cursor() override {
    auto const text = value(cursor_key);
    std::int64_t row = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), row);
    return row;
  }
  std::int64_t last_row() override {
    auto& statement = prepared("SELECT seq FROM sqlite_sequence WHERE name = 'finding'");
    sqlite::Use const use(statement);
    return statement.step() ? statement.integer(0) : 0;
  }

  std::vector<OutboxRow> waiting(std::string_view sink, std::size_t limit) override {
    auto& statement = prepared(
        "SELECT id, sink, alert, payload, created FROM outbox WHERE settled = 0 AND sink = ?1 ORDER BY row LIMIT ?2");
    statement.bind(1, sink).bind(2, static_cast<std::int64_t>(limit));
    sqlite::Use const use(statement);
    std::vector<OutboxRow> rows;
    while (statement.step())
      rows.push_back({.id = std::string(statement.text(0)),
                      .sink = std::string(statement.text(1)),
                      .alert = std::string(statement.text(2)),
                      .payload = std::string(statement.text(3)),
                      .created = from_unix_ns(statement.integer(4))});
    return rows;
  }

 private:
  static bool take(std::string_view body, Finding& finding) {
    auto read = read_finding(body);
    // Written by write_ndjson, so this is a bug or a damaged file: told, and not taken for a reason to stop the line.
    if (!read) {
      spdlog::error("store: a stored finding is left out: {}", read.error().text);
      return false;
    }
    finding = std::move(*read);
    return true;
  }

  sqlite::Statement& prepared(std::string_view sql) {
    auto const found = statements_.find(std::string(sql));
    if (found != statements_.end()) return found->second;
    return statements_.try_emplace(std::string(sql), database_, sql).first->second;
  }

  Result<Page, Refusal> page(Table const& table, Query const& query) {
    auto const limit = std::clamp<std::size_t>(query.limit, 1, most_rows);
    Place place{std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::max()};
    if (!query.cursor.empty()) {
      auto const from = decode(query.cursor);
      if (!from) return refuse("the cursor is none that this collector gave");
      place = *from;
    }
    // Text of the query never enters the statement, only these literals: the number of statements is bounded.
    auto sql = fmt::format("SELECT row, {0}, body FROM {1} WHERE ({0}, row) < (?1, ?2) AND {0} <= ?3 AND {0} >= ?4",
                           table.time, table.name);
    std::vector<std::string_view> texts;
    auto const restrict_to = [&](std::string_view column, std::optional<std::string> const& value) {
      if (column.empty() || !value) return;
      texts.push_back(*value);
      sql += fmt::format(" AND {} = ?{}", column, 5 + texts.size());
    };
    restrict_to(table.node, query.node);
    restrict_to(table.code, query.code);
    restrict_to(table.classification, query.classification);
    restrict_to(table.kind, query.kind);
    restrict_to(table.scope, query.scope);
    restrict_to(table.rule, query.rule);
    restrict_to(table.id, query.id);
    if (!table.ends.empty() && query.over)
      sql += fmt::format(" AND {} {} ?{}", table.ends, query.past ? "<=" : ">", 6 + texts.size());
    if (!table.firing.empty() && query.firing) sql += *query.firing ? " AND firing = 1" : " AND firing = 0";
    sql += fmt::format(" ORDER BY {0} DESC, row DESC LIMIT ?5", table.time);
    try {
      database_.give_up_after(patience_.count());
      auto read = rows(prepared(sql), place, query, texts, limit, !table.ends.empty() && query.over);
      database_.give_up_after(0);
      return read;
    } catch (sqlite::Error const& error) {
      database_.give_up_after(0);
      if (!sqlite::interrupted(error)) throw;
      return refuse("the query takes too long; narrow it with since and until");
    }
  }

  static Page rows(sqlite::Statement& statement, Place const& place, Query const& query,
                   std::vector<std::string_view> const& texts, std::size_t limit, bool bounded_end) {
    statement.bind(1, place.time)
        .bind(2, place.row)
        .bind(3, query.until ? unix_ns(*query.until) : std::numeric_limits<std::int64_t>::max())
        .bind(4, query.since ? unix_ns(*query.since) : std::numeric_limits<std::int64_t>::min())
        .bind(5, static_cast<std::int64_t>(limit) + 1);
    for (std::size_t i = 0; i < texts.size(); ++i) statement.bind(static_cast<int>(6 + i), texts[i]);
    if (bounded_end) statement.bind(static_cast<int>(6 + texts.size()), unix_ns(*query.over));
    sqlite::Use const use(statement);
    Page page;
    Place last{};
    while (statement.step()) {
      if (page.bodies.size() == limit) {
        page.next = encode(last);
        break;
      }
      last = {statement.integer(1), statement.integer(0)};
      page.bodies.emplace_back(statement.text(2));
    }
    return page;
  }

  sqlite::Database database_;
  std::chrono::milliseconds patience_;
  std::unordered_map<std::string, sqlite::Statement> statements_;
};

}  // namespace

Result<std::unique_ptr<StoreReader>, Refusal> StoreReader::open(std::filesystem::path const& file,
                                                                std::chrono::milliseconds patience) {
  auto database = open_for_reading(file);
  if (!database) return std::unexpected(database.error());
  return std::make_unique<SqliteReader>(std::move(*database), patience);
}

}  // namespace greywatch::collector
