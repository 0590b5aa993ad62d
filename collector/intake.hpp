#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "collector/context.hpp"
#include "collector/store/store.hpp"
#include "collector/web/views.hpp"

namespace greywatch::collector {

/// The ways by which a declared cause reaches a running collector.
enum class ContextWay : std::uint8_t { api, folder, file };
inline constexpr std::size_t context_ways = 3;
std::string_view name(ContextWay way);  ///< "api", "folder", "file"

/// Declared causes on their way to the store and then to the score: what was not committed was not said. Any thread;
/// calls wait for their commit.
class ContextIntake {
 public:
  using Give = std::function<void(std::vector<Declared>)>;

  /// `stored` are the causes that are in the store already, `give` takes those that are new. At most `most` causes that
  /// are not over are held.
  ContextIntake(Store& store, std::vector<ContextEntry> const& stored, std::size_t most, Give give);

  /// All or none. With `digest` a file of that content was read, whose name is `file`.
  std::expected<Declaration, Declined> take(ContextWay way, std::vector<ContextEntry> entries, std::string digest = {},
                                            std::string file = {});
  /// What could not be read: counts it.
  void refused(ContextWay way, std::size_t entries = 1) { count(way).refused += entries; }

  struct Counters {
    std::atomic<std::uint64_t> accepted{0}, known{0}, refused{0};
  };
  Counters const& counters(ContextWay way) const { return counters_[static_cast<std::size_t>(way)]; }
  /// Causes that are not over.
  std::size_t standing() const;

 private:
  Counters& count(ContextWay way) { return counters_[static_cast<std::size_t>(way)]; }

  Store& store_;
  std::size_t most_;
  Give give_;
  mutable std::mutex mutex_;
  std::map<std::string, Time> standing_;  ///< id and end
  std::array<Counters, context_ways> counters_;
};

}  // namespace greywatch::collector
