#include "collector/score/traits.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace greywatch::collector {

namespace {

constexpr std::int64_t bet_lasts = 48;  // ticks
constexpr double shared_again = 0.85;   // chance that a campaign's trait is seen at one more operator in time
constexpr double most_trusted = 0.85;   // no bet is against what is more usual
constexpr double campaign_traits = 10;  // that a campaign of ten days brings and shares
constexpr double least_w = 0.0005, most_w = 0.02;     // chance at first sight that a campaign shares it
constexpr double prior_strength = 4;                  // bets that the prior counts for
constexpr double half_life = 24 * 60, week = 24 * 7;  // ticks: of a trait's past, of what is going on
constexpr double announced = 0.7;                     // that a trait comes along with a declared cause
constexpr double kept_a_day = 0.995;                  // of how often bets are won
constexpr std::int64_t forgotten = 90 * 24;           // ticks without a sighting
constexpr std::size_t most_traits = 1 << 16, most_operators = 16;

double faded(std::int64_t from, std::int64_t to, double half) {
  return std::exp2(-static_cast<double>(to - from) / half);
}

/// A node without an operator stands for itself.
std::uint64_t owner_of(Fleet const& fleet, std::uint32_t node) {
  auto const owner = fleet.group_of(node, GroupKind::operator_);
  return owner == none ? (std::uint64_t{1} << 32) + node : owner;
}

/// Chance that a bet is won when nothing is wrong, before anything was learned: by operators so far (1, 2, 3 to 5,
/// more) and by classes (recon only, others, commands among them).
constexpr double first_chances[4][3] = {{0.05, 0.03, 0.02}, {0.65, 0.35, 0.25}, {0.8, 0.4, 0.3}, {0.85, 0.5, 0.4}};

}  // namespace

std::uint64_t trait_key(std::string_view trait) { return siphash({}, as_bytes(trait)); }

std::size_t Traits::context(Fleet const& fleet, Known const& known, double seen) const {
  auto const count = known.nodes.size();
  std::size_t const reach = count <= 2 ? count - 1 : count <= 5 ? 2 : 3;
  std::size_t const acts = known.classes & bit(FindingClass::command)  ? 2
                           : known.classes & bit(FindingClass::access) ? 1
                                                                       : 0;
  auto const vendor = fleet.group_of(known.nodes.front(), GroupKind::vendor);
  bool const one_vendor = count > 1 && std::ranges::all_of(known.nodes, [&](std::uint32_t node) {
                            return fleet.group_of(node, GroupKind::vendor) == vendor;
                          });
  return ((reach * 3 + acts) * 2 + one_vendor) * 2 + (seen > 0.5);
}

double Traits::chance(double seen, std::size_t context) const {
  bool const old = context % 2, one_vendor = context / 2 % 2;
  double first = first_chances[context / 12][context / 4 % 3];
  if (one_vendor) first = std::max(first, 0.7);
  if (old) first = std::min(0.8, 4 * first);
  auto const& usual = usual_[context];
  double const learned = (usual.won + prior_strength * first) / (usual.settled + prior_strength);
  // What is about anyway: its share of all sightings, over those that the next 48 hours bring.
  double const share = seen / (seen + sightings_ + 1);
  double const coming = sightings_ * bet_lasts / (half_life / std::numbers::ln2);
  return std::clamp(std::max(learned, -std::expm1(-coming * share)), 1e-4, most_trusted);
}

void Traits::settle(Known& known, double h0, bool won, std::size_t context, double weight, Gain& gain) {
  double const ratio = won ? shared_again / h0 : (1 - shared_again) / (1 - h0);
  double const factor = 1 + known.w * (ratio - 1);
  gain.nats += std::log(factor);
  known.w = known.w * ratio / factor;
  usual_[context].won += won * weight;
  usual_[context].settled += weight;
}

void Traits::extend(Book& book, std::uint64_t trait, Known& known, std::int64_t tick) {
  book.due.erase({known.bet_until, trait});
  known.bet_until = tick + bet_lasts;
  book.due.emplace(known.bet_until, trait);
}

double Traits::seen_before(std::uint64_t trait) const {
  auto const fleet = books_.find(0);
  if (fleet == books_.end()) return 0;
  auto const known = fleet->second.traits.find(trait);
  return known == fleet->second.traits.end() ? 0 : known->second.seen;
}

void Traits::expire(Fleet const& fleet, std::uint32_t scope, Book& book, std::int64_t tick, double weight, Gain& gain) {
  while (!book.due.empty() && book.due.begin()->first < tick) {
    auto const trait = book.due.begin()->second;
    book.due.erase(book.due.begin());
    auto const at = book.traits.find(trait);
    auto& known = at->second;
    auto const seen = seen_before(trait);
    auto const kind = context(fleet, known, seen);
    settle(known, chance(seen, kind), false, kind, weight, gain);
    if (scope != 0) {
      book.traits.erase(at);
      continue;
    }
    known.seen += static_cast<double>(known.nodes.size());
    known.nodes.clear();
    known.classes = 0;
    known.w = 0;
  }
}

Traits::Gain Traits::judge(Fleet const& fleet, std::uint32_t scope, std::int64_t tick, std::span<TraitSign const> signs,
                           std::map<std::uint64_t, std::string> const& names, double weight) {
  Gain gain;
  auto const found = books_.find(scope);
  if (found == books_.end() && signs.empty()) return gain;
  auto& book = found == books_.end() ? books_[scope] : found->second;
  bool const of_fleet = scope == 0;
  double const learns = of_fleet ? weight : 0;
  expire(fleet, scope, book, tick, learns, gain);
  if (signs.empty()) return gain;
  if (of_fleet) {
    sightings_ *= faded(at_, tick, half_life);
    fresh_ *= faded(at_, tick, week);
    at_ = tick;
  }
  // The best known trait of an alarm speaks for all that it has.
  struct Ranked {
    double w;
    std::size_t operators;
    TraitSign sign;
  };
  std::vector<Ranked> order;
  for (auto const& sign : signs) {
    auto const known = book.traits.find(sign.trait);
    order.push_back(known == book.traits.end() ? Ranked{0, 0, sign}
                                               : Ranked{known->second.w, known->second.nodes.size(), sign});
  }
  std::ranges::stable_sort(
      order, [](Ranked const& a, Ranked const& b) { return std::tie(a.w, a.operators) > std::tie(b.w, b.operators); });
  double best = 0;
  std::set<std::pair<std::uint32_t, FindingClass>> spoken;
  for (auto const& [w, operators, sign] : order) {
    auto at = book.traits.find(sign.trait);
    if (at == book.traits.end()) {
      if (book.traits.size() >= most_traits) continue;  // the youngest is refused: a flood must not wash out the past
      at = book.traits.try_emplace(sign.trait).first;
      at->second.last = tick;
    }
    auto& known = at->second;
    known.seen *= faded(known.last, tick, half_life);
    known.last = tick;
    if (known.nodes.empty()) {  // a bet opens
      double const fresh = fresh_ * 240 / (week / std::numbers::ln2);
      known.w = std::clamp(campaign_traits / std::max(fresh, 1.0), least_w, most_w);
      known.nodes = {sign.node};
      known.classes = bit(sign.kind);
      extend(book, sign.trait, known, tick);
      sightings_ += of_fleet;
      fresh_ += of_fleet;
      continue;
    }
    auto const owner = owner_of(fleet, sign.node);
    bool const known_there =
        std::ranges::any_of(known.nodes, [&](std::uint32_t node) { return owner_of(fleet, node) == owner; });
    if (!known_there && known.nodes.size() < most_operators) {
      sightings_ += of_fleet;
      if (spoken.emplace(sign.node, sign.kind).second) {
        auto const seen = of_fleet ? known.seen : seen_before(sign.trait);
        auto const kind = context(fleet, known, seen);
        double const before = gain.nats;
        // Whoever announced that he comes is expected with what he brings.
        double const h0 = std::max(chance(seen, kind), sign.declared ? announced : 0);
        settle(known, h0, true, kind, learns, gain);
        double const won = gain.nats - before;
        if (won > 0) {
          gain.nodes.push_back({sign.node, won});
          for (auto const node : known.nodes)
            gain.nodes.push_back({node, won / static_cast<double>(known.nodes.size())});
        }
        if (won > best) {
          best = won;
          gain.found = known.nodes;
          gain.found.push_back(sign.node);
          gain.classes = known.classes | bit(sign.kind);
          auto const name = names.find(sign.trait);
          gain.trait = name == names.end() ? std::string() : name->second;
        }
      }
      known.nodes.push_back(sign.node);
      extend(book, sign.trait, known, tick);
    }
    known.classes |= bit(sign.kind);
  }
  return gain;
}

void Traits::end_of_day(std::int64_t tick) {
  if (auto const fleet = books_.find(0); fleet != books_.end())
    std::erase_if(fleet->second.traits, [&](auto const& entry) {
      return entry.second.nodes.empty() && tick - entry.second.last > forgotten;
    });
  for (auto& usual : usual_) {
    usual.won *= kept_a_day;
    usual.settled *= kept_a_day;
  }
}

void Traits::save(StateWriter& out, Fleet const& fleet) const {
  out.real(sightings_);
  out.real(fresh_);
  out.integer(at_);
  for (auto const& usual : usual_) {
    out.real(usual.won);
    out.real(usual.settled);
  }
  out.number(books_.size());
  for (auto const& [scope, book] : books_) {
    out.text(fleet.scopes[scope].name);
    out.number(book.traits.size());
    for (auto const& [trait, known] : book.traits) {
      out.number(trait);
      out.real(known.seen);
      out.integer(known.last);
      out.real(known.w);
      out.number(known.classes);
      out.integer(known.bet_until);
      out.number(known.nodes.size());
      for (auto const node : known.nodes) out.text(fleet.nodes[node].name);
    }
  }
}

void Traits::load(StateReader& in, Fleet const& fleet) {
  sightings_ = in.real();
  fresh_ = in.real();
  at_ = in.integer();
  for (auto& usual : usual_) {
    usual.won = in.real();
    usual.settled = in.real();
  }
  for (auto left = in.count(); in && left > 0; --left) {
    auto const scope = std::ranges::find(fleet.scopes, in.text(), &Scope::name);
    Book book;
    for (auto traits = in.count(); in && traits > 0; --traits) {
      auto const trait = in.number();
      Known known;
      known.seen = in.real();
      known.last = in.integer();
      known.w = in.real();
      known.classes = static_cast<ClassMask>(in.number() & all_classes);
      known.bet_until = in.integer();
      for (auto nodes = in.count(); in && nodes > 0; --nodes) {
        auto const node = fleet.index.find(in.text());
        if (node != fleet.index.end()) known.nodes.push_back(node->second);
      }
      if (!known.nodes.empty()) book.due.emplace(known.bet_until, trait);
      if (!known.nodes.empty() || scope == fleet.scopes.begin()) book.traits.emplace(trait, std::move(known));
    }
    if (scope != fleet.scopes.end()) books_[static_cast<std::uint32_t>(scope - fleet.scopes.begin())] = std::move(book);
  }
}

}  // namespace greywatch::collector
