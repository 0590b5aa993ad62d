#pragma once
#include "collector/store/sqlite.hpp"
#include "collector/store/store.hpp"

namespace greywatch::collector {

/// The statements that change the file. Runs inside the caller's transaction, on the store's thread; throws
/// sqlite::Error.
class Writer {
 public:
  explicit Writer(sqlite::Database database);

  void begin();
  void commit();
  void roll_back();

  Committed insert(FindingBatch const& batch);
  void insert(Progress const& progress);
  void insert(OutboxRow const& row);
  Committed insert(ContextBatch const& batch);
  void settle(Settled const& settled);

  /// Deletes up to `options.retention_step` rows that are too old, or the oldest when the file is too large; nothing
  /// above the scoring line's cursor. Returns how many rows went.
  std::size_t expire(StoreOptions const& options, Time now);

  std::uint64_t file_octets();
  std::uint64_t used_octets();  ///< without free pages
  void checkpoint();            ///< moves the log into the file
  sqlite::Database& database() { return database_; }

 private:
  void touch(FindingBatch const& batch, std::size_t inserted);
  void insert_asset(std::string_view node, Finding const& finding);
  void insert(Score const& score);
  void insert(Alert const& alert);
  std::size_t expire_rows(sqlite::Statement& statement, Time before, std::size_t step);

  sqlite::Database database_;
  sqlite::Statement begin_, commit_, roll_back_;
  sqlite::Statement finding_, node_, coverage_, asset_, position_, indicator_, score_, contribution_, alert_, history_,
      outbox_, settle_, value_, context_, context_file_;
  sqlite::Statement old_findings_, oldest_findings_, old_indicators_, old_assets_, old_scores_, old_alerts_,
      old_history_, old_outbox_, old_context_, old_context_files_;
  sqlite::Statement pages_, free_pages_, shrink_;
  std::uint64_t page_octets_ = 0;
  std::string body_;
};

/// Key of the scoring line's position in the key-value table.
inline constexpr std::string_view cursor_key = "line.cursor";

}  // namespace greywatch::collector
