#include "collector/intake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>

namespace greywatch::collector {

namespace {

constexpr std::array<std::string_view, context_ways> way_names{"api", "folder", "file"};

Time wall_now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

}  // namespace

std::string_view name(ContextWay way) { return way_names.at(static_cast<std::size_t>(way)); }

ContextIntake::ContextIntake(Store& store, std::vector<ContextEntry> const& stored, std::size_t most, Give give)
    : store_(store), most_(most), give_(std::move(give)) {
  for (auto const& entry : stored) standing_.emplace(entry.id, entry.declared.end);
}

std::size_t ContextIntake::standing() const {
  auto const now = wall_now();
  std::lock_guard const guard(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(standing_, [now](auto const& one) { return one.second > now; }));
}

std::expected<Declaration, Declined> ContextIntake::take(ContextWay way, std::vector<ContextEntry> entries,
                                                         std::string digest, std::string file) {
  // Held over the commit: two who say the same at once are counted as one new and one known.
  std::lock_guard const guard(mutex_);
  auto const now = wall_now();
  std::erase_if(standing_, [now](auto const& one) { return one.second <= now; });
  Declaration out;
  std::map<std::string, Time> fresh;
  std::vector<Declared> causes;
  for (auto const& entry : entries) {
    out.ids.push_back(entry.id);
    if (standing_.contains(entry.id) || fresh.contains(entry.id)) continue;
    fresh.emplace(entry.id, entry.declared.end);
    causes.push_back(entry.declared);
  }
  auto const lasting =
      std::ranges::count_if(fresh, [now](std::pair<std::string const, Time> const& one) { return one.second > now; });
  if (standing_.size() + static_cast<std::size_t>(lasting) > most_) {
    count(way).refused += entries.size();
    return std::unexpected(Declined{
        Declined::Why::full,
        fmt::format("{} causes stand already, which is as many as are kept until some end", standing_.size())});
  }
  auto const offered = entries.size();
  ContextBatch batch{.entries = std::move(entries), .digest = std::move(digest), .file = std::move(file), .taken = now};
  std::promise<Result<Committed, Refusal>> committed;
  auto answer = committed.get_future();
  if (!store_.declare(batch, [&](auto const& result) { committed.set_value(result); }))
    return std::unexpected(Declined{Declined::Why::unavailable, "the store is busy; try again"});
  auto const result = answer.get();
  if (!result)
    return std::unexpected(Declined{Declined::Why::unavailable, "the store cannot commit; its log says why"});
  out.accepted = result->inserted;
  out.known = offered - out.accepted;
  count(way).accepted += out.accepted;
  count(way).known += out.known;
  standing_.merge(fresh);
  if (!causes.empty()) give_(std::move(causes));
  return out;
}

}  // namespace greywatch::collector
