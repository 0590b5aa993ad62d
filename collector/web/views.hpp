#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "common/result.hpp"
#include "common/time.hpp"

/// What the web layer shows, as the program's root gives it: the web knows neither the store nor the score.
namespace greywatch::collector {

/// The tables of /api/v1.
enum class Listing : std::uint8_t { nodes, findings, indicators, scores, alerts, assets, context };

/// Which rows are wanted, newest first. Values are those of the request, checked for form only.
struct ListQuery {
  std::optional<std::string> node, code, classification, kind, scope, rule, id, state;
  std::optional<Time> since, until;
  std::string cursor;
  std::size_t limit = 100;
};

/// JSON objects, and the cursor of the next page; empty at the end.
struct ListPage {
  std::vector<std::string> items;
  std::string next;
};

/// One condition of readiness.
struct Check {
  std::string name;
  bool ok = false;
  std::string detail;
};

/// What became of causes that somebody declared.
struct Declaration {
  std::size_t accepted = 0;  ///< new
  std::size_t known = 0;     ///< said before
  std::vector<std::string> ids;
};
/// Why none of them was taken.
struct Declined {
  enum class Why : std::uint8_t { content, full, unavailable };
  Why why = Why::content;
  std::string text;
};

enum class Exposition : std::uint8_t { text, open_metrics };

/// Called by the server's worker threads, several at a time; may block for as long as a query may take.
class Views {
 public:
  virtual ~Views() = default;
  virtual std::string metrics(Exposition format) = 0;
  virtual std::vector<Check> readiness() = 0;
  /// A refusal is the caller's fault and says what is wrong with the query.
  virtual Result<ListPage, Refusal> list(Listing what, ListQuery const& query) = 0;
  /// Declared causes: one JSON object, or with `lines` one a line; all are taken or none. `peer` is who sent them.
  virtual std::expected<Declaration, Declined> declare(std::string_view content, bool lines, std::string_view peer) = 0;
};

}  // namespace greywatch::collector
