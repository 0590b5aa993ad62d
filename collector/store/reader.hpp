#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/store/store.hpp"
#include "common/event/finding.hpp"
#include "common/result.hpp"
#include "common/time.hpp"

namespace greywatch::collector {

/// Which rows of a table, newest first. What is not set does not restrict; what a table does not have is ignored.
struct Query {
  std::optional<std::string> node, code, classification, kind, scope, rule, id;
  std::optional<bool> firing;
  std::optional<Time> over;  ///< context: whether a cause ended by then is what `past` says
  bool past = false;
  std::optional<Time> since, until;  ///< event time, both inclusive
  std::string cursor;                ///< of the page before; empty for the first
  std::size_t limit = 100;           ///< rows of a page, at most 1000
};

/// One page of NDJSON bodies, and the cursor of the next one; empty at the end. Rows that arrive meanwhile neither
/// repeat nor hide others, they only appear in pages asked for anew.
struct Page {
  std::vector<std::string> bodies;
  std::string next;
};

/// What is known of one node from what it sent.
struct NodeRow {
  std::string name;
  Time first_seen, last_seen;  ///< wall time of commits
  std::uint64_t findings = 0;
  std::optional<double> coverage;
  std::optional<Time> coverage_time;
};

struct StoredFinding {
  std::int64_t row = 0;
  Finding finding;
};

/// Looks into the store's file while it is written. One thread at a time. A damaged file throws sqlite::Error (a
/// std::runtime_error); a query that takes longer than `patience` is refused.
class StoreReader {
 public:
  static Result<std::unique_ptr<StoreReader>, Refusal> open(
      std::filesystem::path const& file, std::chrono::milliseconds patience = std::chrono::milliseconds{2000});
  virtual ~StoreReader() = default;

  /// A refusal says what is wrong with the query: the cursor, or that it takes too long.
  virtual Result<Page, Refusal> findings(Query const& query) = 0;
  virtual Result<Page, Refusal> indicators(Query const& query) = 0;
  virtual Result<Page, Refusal> assets(Query const& query) = 0;  ///< time is that of an asset's latest record
  virtual Result<Page, Refusal> scores(Query const& query) = 0;
  virtual Result<Page, Refusal> alerts(Query const& query) = 0;
  virtual Result<Page, Refusal> alert_history(Query const& query) = 0;
  virtual Result<Page, Refusal> context(Query const& query) = 0;  ///< time is that of a cause's start
  /// Declared causes, those that last longest first, at most `limit`.
  virtual std::vector<ContextEntry> causes(std::size_t limit) = 0;
  /// Whether a file of this content was read before.
  virtual bool knows_context_file(std::string_view digest) = 0;
  virtual std::vector<NodeRow> nodes() = 0;

  /// Findings above `row` in the order of their commit, at most `limit`.
  virtual std::vector<StoredFinding> after(std::int64_t row, std::size_t limit) = 0;
  /// Bodies of "findings", "indicators", "assets", "context", "scores" or "alerts" from the oldest on, unhurried: for
  /// exports.
  virtual void each(std::string_view table, std::optional<Time> since, std::optional<Time> until,
                    std::function<void(std::string_view body)> const& take) = 0;
  virtual std::optional<std::string> value(std::string_view key) = 0;
  virtual std::int64_t cursor() = 0;    ///< of the scoring line; 0 when it never ran
  virtual std::int64_t last_row() = 0;  ///< of the findings, ever
  /// Notifications of a sink that are not settled, in the order they came, at most `limit`.
  virtual std::vector<OutboxRow> waiting(std::string_view sink, std::size_t limit) = 0;
};

}  // namespace greywatch::collector
