#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "collector/intake.hpp"
#include "collector/line.hpp"
#include "collector/metrics.hpp"
#include "collector/roster.hpp"
#include "collector/store/reader.hpp"
#include "collector/web/views.hpp"

namespace greywatch::collector {

/// The web's views over store, line and roster. Any number of threads; each query takes a reader of its own from a
/// pool.
class StoreViews final : public Views {
 public:
  StoreViews(std::filesystem::path file, Roster& roster, Line const& line, Metrics const& metrics,
             ContextIntake& intake, std::function<std::vector<Check>()> checks);
  std::string metrics(Exposition format) override;
  std::vector<Check> readiness() override;
  Result<ListPage, Refusal> list(Listing what, ListQuery const& query) override;
  std::expected<Declaration, Declined> declare(std::string_view content, bool lines, std::string_view peer) override;

 private:
  Result<ListPage, Refusal> nodes(ListQuery const& query);
  Result<ListPage, Refusal> stored(Listing what, ListQuery const& query);

  std::filesystem::path file_;
  Roster& roster_;
  Line const& line_;
  Metrics const& metrics_;
  ContextIntake& intake_;
  std::function<std::vector<Check>()> checks_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<StoreReader>> idle_;
};

}  // namespace greywatch::collector
