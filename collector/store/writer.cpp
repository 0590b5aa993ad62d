#include "collector/store/writer.hpp"

#include <algorithm>

#include "common/event/ndjson.hpp"

namespace greywatch::collector {

namespace {

/// A line's NDJSON without its line end.
template <class Noun>
std::string_view body_of(Noun const& noun, std::string& body) {
  body.clear();
  write_ndjson(noun, body);
  if (body.ends_with('\n')) body.pop_back();
  return body;
}

}  // namespace

Writer::Writer(sqlite::Database database)
    : database_(std::move(database)),
      begin_(database_, "BEGIN IMMEDIATE"),
      commit_(database_, "COMMIT"),
      roll_back_(database_, "ROLLBACK"),
      finding_(database_,
               "INSERT INTO finding (event_id, node, time, kind, code, class, p, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
               "?7, ?8) "
               "ON CONFLICT (event_id, node) DO NOTHING"),
      node_(database_,
            "INSERT INTO node (name, first_seen, last_seen, findings) VALUES (?1, ?2, ?2, ?3) "
            "ON CONFLICT (name) DO UPDATE SET first_seen = iif(first_seen = 0, ?2, first_seen), "
            "last_seen = max(last_seen, ?2), findings = findings + ?3"),
      coverage_(database_,
                "UPDATE node SET coverage = ?2, coverage_time = ?3 WHERE name = ?1 AND (coverage_time IS NULL OR "
                "coverage_time <= ?3)"),
      asset_(database_,
             "INSERT INTO asset (node, id, seen, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (node, id) DO UPDATE SET "
             "seen = ?3, body = ?4 WHERE seen <= ?3"),
      position_(database_,
                "INSERT INTO position (node, epoch, sequence) VALUES (?1, ?2, ?3) "
                "ON CONFLICT (node, epoch) DO UPDATE SET sequence = max(sequence, ?3)"),
      indicator_(database_,
                 "INSERT INTO indicator (id, time, node, class, rule, p, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
                 "ON CONFLICT (id) DO NOTHING"),
      score_(
          database_,
          "INSERT INTO score (time, scope, score, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (scope, time) DO NOTHING "
          "RETURNING row"),
      contribution_(database_,
                    "INSERT OR IGNORE INTO contribution (score, family, decibans, points) VALUES (?1, ?2, ?3, ?4)"),
      alert_(
          database_,
          "INSERT INTO alert (id, scope, severity, firing, since, updated, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
          "ON CONFLICT (id) DO UPDATE SET severity = ?3, firing = ?4, since = ?5, updated = ?6, body = ?7"),
      history_(database_,
               "INSERT INTO alert_history (id, updated, severity, firing, body) VALUES (?1, ?2, ?3, ?4, ?5)"),
      outbox_(database_,
              "INSERT INTO outbox (id, sink, alert, payload, created) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id, "
              "sink) DO NOTHING"),
      settle_(database_, "UPDATE outbox SET settled = 1 WHERE id = ?1 AND sink = ?2"),
      value_(database_, "INSERT INTO kv (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2"),
      context_(database_,
               "INSERT INTO context (id, kind, starts, ends, body) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO "
               "NOTHING"),
      context_file_(database_,
                    "INSERT INTO context_file (digest, name, taken) VALUES (?1, ?2, ?3) ON CONFLICT (digest) DO "
                    "NOTHING"),
      old_findings_(database_,
                    "DELETE FROM finding WHERE row IN (SELECT row FROM finding WHERE time < ?1 AND row <= "
                    "(SELECT CAST(value AS INTEGER) FROM kv WHERE key = 'line.cursor') ORDER BY time LIMIT ?2)"),
      oldest_findings_(database_,
                       "DELETE FROM finding WHERE row IN (SELECT row FROM finding WHERE row <= "
                       "(SELECT CAST(value AS INTEGER) FROM kv WHERE key = 'line.cursor') ORDER BY row LIMIT ?1)"),
      old_indicators_(
          database_,
          "DELETE FROM indicator WHERE row IN (SELECT row FROM indicator WHERE time < ?1 ORDER BY time LIMIT ?2)"),
      old_assets_(database_,
                  "DELETE FROM asset WHERE row IN (SELECT row FROM asset WHERE seen < ?1 ORDER BY seen LIMIT ?2)"),
      old_scores_(database_,
                  "DELETE FROM score WHERE row IN (SELECT row FROM score WHERE time < ?1 ORDER BY time LIMIT ?2)"),
      old_alerts_(database_,
                  "DELETE FROM alert WHERE row IN (SELECT row FROM alert WHERE since < ?1 AND updated < ?1 AND firing "
                  "= 0 ORDER BY since LIMIT ?2)"),
      old_history_(
          database_,
          "DELETE FROM alert_history WHERE row IN (SELECT row FROM alert_history h WHERE updated < ?1 AND NOT EXISTS "
          "(SELECT 1 FROM alert a WHERE a.id = h.id) LIMIT ?2)"),
      old_outbox_(
          database_,
          "DELETE FROM outbox WHERE row IN (SELECT row FROM outbox WHERE created < ?1 AND settled = 1 LIMIT ?2)"),
      old_context_(database_, "DELETE FROM context WHERE row IN (SELECT row FROM context WHERE ends < ?1 LIMIT ?2)"),
      old_context_files_(database_,
                         "DELETE FROM context_file WHERE digest IN (SELECT digest FROM context_file WHERE taken < ?1 "
                         "LIMIT ?2)"),
      pages_(database_, "PRAGMA page_count"),
      free_pages_(database_, "PRAGMA freelist_count"),
      shrink_(database_, "PRAGMA incremental_vacuum(256)"),
      page_octets_(static_cast<std::uint64_t>(database_.integer("PRAGMA page_size"))) {}

void Writer::begin() { begin_.run(); }
void Writer::commit() { commit_.run(); }
void Writer::roll_back() { roll_back_.run(); }

Committed Writer::insert(FindingBatch const& batch) {
  Committed committed;
  for (auto const& finding : batch.findings) {
    finding_.bind(1, std::string_view(finding.id))
        .bind(2, std::string_view(batch.node))
        .bind(3, unix_ns(finding.time))
        .bind(4, name(finding.kind))
        .bind(5, std::string_view(finding.code))
        .bind(6, is_judged(finding.kind) ? name(finding.classification) : std::string_view{})
        .bind(7, finding.p)
        .bind(8, body_of(finding, body_))
        .run();
    bool const fresh = database_.changes() > 0;
    ++(fresh ? committed.inserted : committed.duplicates);
    if (fresh && finding.kind == FindingKind::asset) insert_asset(batch.node, finding);
    if (fresh && finding.coverage) {
      // The node's row must be there first.
      node_.bind(1, std::string_view(batch.node)).bind(2, unix_ns(batch.received)).bind(3, std::int64_t{0}).run();
      coverage_.bind(1, std::string_view(batch.node)).bind(2, *finding.coverage).bind(3, unix_ns(finding.time)).run();
    }
  }
  touch(batch, committed.inserted);
  return committed;
}

/// The latest record of an asset is what is known of it.
void Writer::insert_asset(std::string_view node, Finding const& finding) {
  auto const id = std::ranges::find(finding.fields, "asset.id", &Field::name);
  auto const* text = id == finding.fields.end() ? nullptr : std::get_if<std::string>(&id->value);
  if (text == nullptr) return;
  asset_.bind(1, node)
      .bind(2, std::string_view(*text))
      .bind(3, unix_ns(finding.time))
      .bind(4, body_of(finding, body_))
      .run();
}

void Writer::touch(FindingBatch const& batch, std::size_t inserted) {
  // The collector's own findings (sequence 0, about silence) are no sign of life.
  if (batch.last_sequence == 0) return;
  node_.bind(1, std::string_view(batch.node))
      .bind(2, unix_ns(batch.received))
      .bind(3, static_cast<std::int64_t>(inserted))
      .run();
  position_.bind(1, std::string_view(batch.node))
      .bind(2, static_cast<std::int64_t>(batch.epoch))
      .bind(3, static_cast<std::int64_t>(batch.last_sequence))
      .run();
}

void Writer::insert(Progress const& progress) {
  for (auto const& indicator : progress.indicators)
    indicator_.bind(1, std::string_view(indicator.id))
        .bind(2, unix_ns(indicator.time))
        .bind(3, std::string_view(indicator.node))
        .bind(4, is_judged(indicator.kind) ? name(indicator.classification) : std::string_view{})
        .bind(5, std::string_view(indicator.rule))
        .bind(6, indicator.p)
        .bind(7, body_of(indicator, body_))
        .run();
  for (auto const& score : progress.scores) insert(score);
  for (auto const& alert : progress.alerts) insert(alert);
  for (auto const& [key, value] : progress.values) value_.bind(1, std::string_view(key)).bind_octets(2, value).run();
  auto const cursor = std::to_string(progress.cursor);
  value_.bind(1, cursor_key).bind_octets(2, cursor).run();
}

void Writer::insert(Score const& score) {
  score_.bind(1, unix_ns(score.time))
      .bind(2, std::string_view(score.scope))
      .bind(3, score.score)
      .bind(4, body_of(score, body_));
  sqlite::Use const use(score_);
  if (!score_.step()) return;
  auto const row = score_.integer(0);
  while (score_.step()) {
  }
  for (auto const& contribution : score.contributions)
    contribution_.bind(1, row)
        .bind(2, std::string_view(contribution.family))
        .bind(3, contribution.decibans)
        .bind(4, contribution.points)
        .run();
}

void Writer::insert(Alert const& alert) {
  auto const body = body_of(alert, body_);
  alert_.bind(1, std::string_view(alert.id))
      .bind(2, std::string_view(alert.scope))
      .bind(3, std::string_view(alert.severity))
      .bind(4, std::int64_t{alert.firing})
      .bind(5, unix_ns(alert.since))
      .bind(6, unix_ns(alert.updated))
      .bind(7, body)
      .run();
  history_.bind(1, std::string_view(alert.id))
      .bind(2, unix_ns(alert.updated))
      .bind(3, std::string_view(alert.severity))
      .bind(4, std::int64_t{alert.firing})
      .bind(5, body)
      .run();
}

void Writer::insert(OutboxRow const& row) {
  outbox_.bind(1, std::string_view(row.id))
      .bind(2, std::string_view(row.sink))
      .bind(3, std::string_view(row.alert))
      .bind(4, std::string_view(row.payload))
      .bind(5, unix_ns(row.created))
      .run();
}

Committed Writer::insert(ContextBatch const& batch) {
  Committed out;
  for (auto const& entry : batch.entries) {
    context_.bind(1, std::string_view(entry.id))
        .bind(2, std::string_view(entry.declared.kind))
        .bind(3, unix_ns(entry.declared.start))
        .bind(4, unix_ns(entry.declared.end))
        .bind(5, body_of(entry, body_))
        .run();
    ++(database_.changes() ? out.inserted : out.duplicates);
  }
  if (!batch.digest.empty())
    context_file_.bind(1, std::string_view(batch.digest))
        .bind(2, std::string_view(batch.file))
        .bind(3, unix_ns(batch.taken))
        .run();
  return out;
}

void Writer::settle(Settled const& settled) {
  settle_.bind(1, std::string_view(settled.id)).bind(2, std::string_view(settled.sink)).run();
}

std::size_t Writer::expire_rows(sqlite::Statement& statement, Time before, std::size_t step) {
  statement.bind(1, unix_ns(before)).bind(2, static_cast<std::int64_t>(step)).run();
  return static_cast<std::size_t>(database_.changes());
}

std::size_t Writer::expire(StoreOptions const& options, Time now) {
  auto const step = options.retention_step;
  std::size_t gone = 0;
  begin();
  gone += expire_rows(old_findings_, now - options.keep_findings, step);
  gone += expire_rows(old_indicators_, now - options.keep_findings, step);
  gone += expire_rows(old_assets_, now - options.keep_findings, step);
  gone += expire_rows(old_scores_, now - options.keep_scores, step);
  gone += expire_rows(old_alerts_, now - options.keep_scores, step);
  gone += expire_rows(old_history_, now - options.keep_scores, step);
  gone += expire_rows(old_outbox_, now - options.keep_scores, step);
  gone += expire_rows(old_context_, now - options.keep_scores, step);
  gone += expire_rows(old_context_files_, now - options.keep_scores, step);
  if (options.max_octets && used_octets() > options.max_octets) {
    oldest_findings_.bind(1, static_cast<std::int64_t>(step)).run();
    gone += static_cast<std::size_t>(database_.changes());
  }
  commit();
  if (gone) shrink_.run();
  return gone;
}

std::uint64_t Writer::file_octets() {
  sqlite::Use const use(pages_);
  return pages_.step() ? static_cast<std::uint64_t>(pages_.integer(0)) * page_octets_ : 0;
}
std::uint64_t Writer::used_octets() {
  auto const all = file_octets();
  sqlite::Use const use(free_pages_);
  return free_pages_.step() ? all - static_cast<std::uint64_t>(free_pages_.integer(0)) * page_octets_ : all;
}
void Writer::checkpoint() { database_.run("PRAGMA wal_checkpoint(TRUNCATE)"); }

}  // namespace greywatch::collector
