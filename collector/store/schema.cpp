#include "collector/store/schema.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>

namespace greywatch::collector {

namespace {

/// "GREY" in the file's header (PRAGMA application_id) tells our files from others'.
constexpr std::int64_t application_id = 0x47524559;

/// Rows are numbered in the order of commits and never reused: the scoring line's position is such a number. Times are
/// nanoseconds since 1970. Bodies are the NDJSON of the nouns, so that a field added later needs no migration.
constexpr std::array all{
    Migration{1, R"sql(
CREATE TABLE finding (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL,
  node TEXT NOT NULL,
  time INTEGER NOT NULL,
  kind TEXT NOT NULL,
  code TEXT NOT NULL,
  class TEXT NOT NULL,
  p REAL NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (event_id, node)
) STRICT;
CREATE INDEX finding_by_time ON finding (time);
CREATE INDEX finding_by_node ON finding (node, time);

CREATE TABLE node (
  name TEXT PRIMARY KEY,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  findings INTEGER NOT NULL,
  coverage REAL,
  coverage_time INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE position (
  node TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  PRIMARY KEY (node, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE indicator (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  time INTEGER NOT NULL,
  node TEXT NOT NULL,
  class TEXT NOT NULL,
  rule TEXT NOT NULL,
  p REAL NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX indicator_by_time ON indicator (time);

CREATE TABLE score (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  time INTEGER NOT NULL,
  scope TEXT NOT NULL,
  score REAL NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (scope, time)
) STRICT;
CREATE INDEX score_by_time ON score (time);

CREATE TABLE contribution (
  score INTEGER NOT NULL REFERENCES score (row) ON DELETE CASCADE,
  family TEXT NOT NULL,
  decibans REAL NOT NULL,
  points REAL NOT NULL,
  PRIMARY KEY (score, family)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  scope TEXT NOT NULL,
  severity TEXT NOT NULL,
  firing INTEGER NOT NULL,
  since INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX alert_by_since ON alert (since);

CREATE TABLE alert_history (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  updated INTEGER NOT NULL,
  severity TEXT NOT NULL,
  firing INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX alert_history_by_id ON alert_history (id, updated);

CREATE TABLE kv (
  key TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
)sql"},
    Migration{2, R"sql(
CREATE TABLE outbox (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  sink TEXT NOT NULL,
  alert TEXT NOT NULL,
  payload TEXT NOT NULL,
  created INTEGER NOT NULL,
  settled INTEGER NOT NULL DEFAULT 0,
  UNIQUE (id, sink)
) STRICT;
CREATE INDEX outbox_waiting ON outbox (sink, row) WHERE settled = 0;
)sql"},
    Migration{3, R"sql(
CREATE TABLE asset (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  node TEXT NOT NULL,
  id TEXT NOT NULL,
  seen INTEGER NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (node, id)
) STRICT;
CREATE INDEX asset_by_seen ON asset (seen);
)sql"},
    Migration{4, R"sql(
CREATE TABLE context (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  starts INTEGER NOT NULL,
  ends INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX context_by_start ON context (starts);
CREATE INDEX context_by_end ON context (ends);

CREATE TABLE context_file (
  digest TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  taken INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql"},
};

Refusal explain(std::filesystem::path const& file, sqlite::Error const& error) {
  switch (error.code & 0xFF) {
    case SQLITE_NOTADB:
      return {fmt::format("{}: is no SQLite file", file.string())};
    case SQLITE_CORRUPT:
      return {fmt::format("{}: is damaged ({}); restore it from a backup or move it away to begin anew", file.string(),
                          error.what())};
    case SQLITE_CANTOPEN:
      return {fmt::format("{}: cannot be opened: no such file or no permission", file.string())};
    case SQLITE_READONLY:
      return {fmt::format("{}: cannot be written to", file.string())};
    default:
      return {fmt::format("{}: {}", file.string(), error.what())};
  }
}

Result<std::int64_t, Refusal> version_of(sqlite::Database& database, std::filesystem::path const& file) {
  auto const id = database.integer("PRAGMA application_id");
  auto const version = database.integer("PRAGMA user_version");
  bool const fresh = database.integer("SELECT count(*) FROM sqlite_schema") == 0 && version == 0;
  if (fresh) return 0;
  if (id != application_id) return refuse(fmt::format("{}: is a database of another program", file.string()));
  if (version > all.back().version)
    return refuse(
        fmt::format("{}: was written by a newer greywatch (schema {}, this program knows up to {}); upgrade greywatch",
                    file.string(), version, all.back().version));
  return version;
}

}  // namespace

std::span<Migration const> migrations() { return all; }

Result<sqlite::Database, Refusal> open_for_writing(std::filesystem::path const& file, SchemaCheck const& check) {
  try {
    sqlite::Database database(file, sqlite::Database::Mode::read_write);
    auto const version = version_of(database, file);
    if (!version) return std::unexpected(version.error());
    if (*version == 0) database.run("PRAGMA auto_vacuum = INCREMENTAL");  // only before the first table
    database.run("PRAGMA journal_mode = WAL");
    // FULL: the log is synced at each commit, so what was acked survives a loss of power, not only a crash.
    database.run(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size "
        "= -16384");
    auto const octets = database.integer("PRAGMA page_count") * database.integer("PRAGMA page_size");
    if (*version > 0 && static_cast<std::uint64_t>(octets) <= check.check_below)
      if (auto const found = database.text("PRAGMA quick_check(1)"); found != "ok")
        return std::unexpected(explain(file, sqlite::Error(SQLITE_CORRUPT, found)));
    for (auto const& step : all) {
      if (step.version <= *version) continue;
      database.run(fmt::format("BEGIN IMMEDIATE;{}PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT;",
                               step.sql, application_id, step.version));
    }
    return database;
  } catch (sqlite::Error const& error) {
    return std::unexpected(explain(file, error));
  }
}

Result<sqlite::Database, Refusal> open_for_reading(std::filesystem::path const& file) {
  try {
    sqlite::Database database(file, sqlite::Database::Mode::read_only);
    auto const version = version_of(database, file);
    if (!version) return std::unexpected(version.error());
    if (*version < all.back().version)
      return refuse(fmt::format("{}: has schema {}, run the collector once to bring it to {}", file.string(), *version,
                                all.back().version));
    database.run("PRAGMA query_only = ON");
    return database;
  } catch (sqlite::Error const& error) {
    return std::unexpected(explain(file, error));
  }
}

}  // namespace greywatch::collector
