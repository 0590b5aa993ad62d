#include "collector/score/record.hpp"

#include <algorithm>
#include <cmath>

namespace greywatch::collector {

namespace {

constexpr double worth_limiting = 1;    // log ratio below which nothing is limited nor counted
constexpr double worth_noting = 3;      // … and from which others may follow
constexpr std::int64_t following = 12;  // ticks
constexpr double no_more = 4;           // log ratio by which what follows may be larger: beyond it is something new
constexpr std::size_t tail_begins = 6;  // nats from which a size says how often larger ones are to be expected
constexpr double pooled = 0.6;          // what a count of other classes tells of these
constexpr double most_marks = 2;        // log
// Tiles for which the floors are taken at their word, of a first coincidence and of one that follows.
constexpr std::array trusted{300.0, 100.0};
constexpr double first_floor = 0.002;    // a tick; once in three weeks nobody knows why
constexpr double following_floor = 0.2;  // a tile: what has begun goes on
constexpr std::size_t taken = 4;         // the stratum of nodes that were entered and commanded
/// Factors on the floors, by stratum: what enters and commands at several operators is rarely an accident.
constexpr std::array rarer{1.0, 1.0, 1.0, 0.5, 0.1};
/// Factors on the floors, by act: what was opened by something else that was seen often follows from that.
constexpr std::array<double, act_kinds> opened{1, 1, 30, 6, 6};

}  // namespace

double Record::Counts::as_large(std::size_t bin) const {
  double from = 0, most = 0;
  for (auto at = bins; at-- > std::min(bin, tail_begins);) {
    from += seen[at];
    if (at <= bin) most = std::max(most, from * static_cast<double>(at) / static_cast<double>(bin));
  }
  return most;
}

std::size_t Record::stratum(Coincidence const& found) {
  if (found.taken >= 2 && 2 * found.taken >= found.nodes.size()) return taken;
  return (found.classes & bit(FindingClass::access) ? 1U : 0U) + (found.classes & bit(FindingClass::command) ? 2U : 0U);
}

std::size_t Record::bin(double log_ratio) {
  return static_cast<std::size_t>(std::clamp(log_ratio, 0.0, static_cast<double>(bins - 1)));
}

bool Record::follows(Place const& place, std::size_t stratum, double log_ratio) const {
  auto const begin = place.tick + 1 - tile_shapes[place.tile].ticks;
  auto const& notes = latest_[place.scope][stratum];
  auto const before = std::ranges::find_if(notes, [&](Latest const& one) { return one.tick < begin; });
  return before != notes.end() && before->tick >= begin - following && log_ratio < before->log_ratio + no_more;
}

double Record::believed(Place const& place, Coincidence const& found) const {
  if (found.log_ratio <= worth_limiting) return found.log_ratio;
  auto const own = stratum(found);
  bool const late = follows(place, own, found.log_ratio);
  double const tiles = trusted[late] + of(place)[own][late].tiles;
  double seen = 0;
  for (std::size_t s = 0; s < strata; ++s) {
    // Another stratum has tiles of its own to follow upon: its rate counts, over the tiles of this one.
    auto const& counts = of(place)[s][late];
    seen += (s == own ? 1 : pooled * tiles / (trusted[late] + counts.tiles)) * counts.as_large(bin(found.log_ratio));
  }
  double const ticks = static_cast<double>(tile_shapes[place.tile].ticks);
  double const floor =
      (late ? following_floor : first_floor * ticks) * rarer[own] * opened[static_cast<std::size_t>(place.act)];
  double const usual = trusted[late] * std::max(std::exp(-found.log_ratio), std::min(floor, 0.5));
  // What limits evidence does not turn it round, and usual alarms take no more than unusual ones add: without that
  // each further node would lower the limit.
  double const limit = std::max(worth_limiting, std::log(tiles / (usual + seen)));
  return std::min(found.log_ratio, limit + std::clamp(found.log_marks, -most_marks, most_marks));
}

void Record::learn(Place const& place, std::size_t stratum, double log_ratio) {
  auto& history = histories_[static_cast<std::size_t>(place.kind)][place.tile][static_cast<std::size_t>(place.act)];
  for (std::size_t s = 0; s < strata; ++s) {
    ++history[s][follows(place, s, 0)].tiles;
    if (s == stratum && log_ratio > worth_limiting) history[s][follows(place, s, log_ratio)].seen[bin(log_ratio)] += 1;
  }
}

void Record::note(Place const& place, std::size_t stratum, double log_ratio) {
  if (tile_shapes[place.tile].ticks != 1 || place.act != Act::anywhere || log_ratio <= worth_noting) return;
  auto& notes = latest_[place.scope][stratum];
  std::shift_right(notes.begin(), notes.end(), 1);
  notes[0] = {place.tick, log_ratio};
}

void Record::each(auto& histories, auto take) {
  for (auto& by_tile : histories)
    for (auto& by_act : by_tile)
      for (auto& history : by_act)
        for (auto& by_order : history)
          for (auto& counts : by_order) {
            take(counts.tiles);
            for (auto& count : counts.seen) take(count);
          }
}

void Record::end_of_day(double half_life_days) {
  double const kept = std::exp2(-1 / half_life_days);
  each(histories_, [&](double& number) { number *= kept; });
}

void Record::save(StateWriter& out, Fleet const& fleet) const {
  // Nearly all are zero.
  std::uint64_t count = 0, place = 0;
  each(histories_, [&](double number) { count += number != 0; });
  out.number(count);
  each(histories_, [&](double number) {
    if (number != 0) {
      out.number(place);
      out.real(number);
    }
    ++place;
  });
  out.number(fleet.scopes.size());
  for (std::uint32_t s = 0; s < fleet.scopes.size(); ++s) {
    out.text(fleet.scopes[s].name);
    for (auto const& notes : latest_[s])
      for (auto const& latest : notes) {
        out.integer(latest.tick);
        out.real(latest.log_ratio);
      }
  }
}

void Record::load(StateReader& in, Fleet const& fleet) {
  std::vector<double*> numbers;
  each(histories_, [&](double& number) { numbers.push_back(&number); });
  for (auto left = in.count(); in && left > 0; --left) {
    auto const place = in.number();
    double const number = in.real();
    if (place < numbers.size()) *numbers[place] = number;
  }
  for (auto left = in.count(); in && left > 0; --left) {
    auto const name = in.text();
    std::array<Notes, strata> latest;
    for (auto& notes : latest)
      for (auto& one : notes) one = {in.integer(), in.real()};
    auto const scope = std::ranges::find(fleet.scopes, name, &Scope::name);
    if (scope != fleet.scopes.end()) latest_[static_cast<std::size_t>(scope - fleet.scopes.begin())] = latest;
  }
}

}  // namespace greywatch::collector
