#include "agent/detect/knowledge.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace greywatch::agent::detect {
namespace {

constexpr std::uint32_t most_protocols = 64;
constexpr std::uint32_t most_units = 256;  ///< of one flow
constexpr std::uint32_t any = 0xffff'ffff;

std::uint64_t word(std::array<std::uint8_t, 16> const& octets, std::size_t at) {
  std::uint64_t value = 0;
  std::memcpy(&value, octets.data() + at, sizeof value);
  return value;
}

std::uint16_t squeeze(std::uint32_t code) {
  return static_cast<std::uint16_t>(code <= 0xffff ? code : (code >> 16) ^ code);
}

/// FNV-1a: objects with names become numbers that are the same on every node and in every file.
std::uint32_t named(std::string_view name) {
  std::uint32_t hash = 2166136261u;
  for (char c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619u;
  return hash;
}

std::uint32_t object_of(Target const& target, Kind kind) {
  if (!target.name.empty()) return named(target.name) & 0x7fff'ffff;
  if (target.count == 0) return any - 1;
  auto const object = static_cast<std::uint32_t>(target.object ^ target.object >> 32);
  return kind == Kind::change ? object : kind == Kind::look ? object / 16 : object / 64;
}

/// A flow of which nothing was observed yet, on the way to its hosts and to their relation.
struct Newcomer {
  HostKey client, server;
  std::uint64_t client_hash, server_hash;
};
constexpr std::size_t most_newcomers = 8;  // that are looked ahead for at once; more would be a scan

}  // namespace

std::uint64_t HostKey::hash(HashKey const& key) const {
  return siphash_words(key, word(octets, 0), word(octets, 8), std::uint64_t{version});
}

HostKey HostKey::of(Endpoint const& endpoint) {
  HostKey key{endpoint.ip.octets, endpoint.ip.version};
  if (!endpoint.ip && endpoint.mac) std::ranges::copy(endpoint.mac->octets, key.octets.begin());
  return key;
}

Knowledge::Knowledge(DetectionBounds const& bounds, HashKey const& hash_key)
    : hosts(bounds.hosts, hash_key),
      relations(bounds.relations, hash_key),
      operations(bounds.operations, hash_key),
      transitions(bounds.transitions, hash_key),
      chains_(std::max(1u, bounds.conversations)) {
  protocols_.reserve(most_protocols);
  owned_.reserve(most_protocols);
  protocols_.emplace_back();
}

std::uint32_t Knowledge::protocol(std::string_view name) {
  for (std::size_t i = 1; i < protocols_.size(); ++i)
    if (protocols_[i].data() == name.data() || protocols_[i] == name) return static_cast<std::uint32_t>(i);
  if (protocols_.size() >= most_protocols) return 0;
  protocols_.push_back(name);
  return static_cast<std::uint32_t>(protocols_.size() - 1);
}

std::string_view Knowledge::protocol_name(std::uint32_t place) const {
  return place < protocols_.size() ? protocols_[place] : std::string_view();
}

OperationKey Knowledge::operation_key(std::uint32_t relation, Observation const& observation, Kind kind) const {
  auto const nature = static_cast<unsigned>(observation.operation) | static_cast<unsigned>(observation.role) << 4 |
                      static_cast<unsigned>(observation.status) << 6 | static_cast<unsigned>(observation.way) << 9;
  OperationKey key{.relation = relation,
                   .unit = observation.target.unit,
                   .object = object_of(observation.target, kind),
                   .code = squeeze(observation.code),
                   .subcode = squeeze(observation.subcode),
                   .nature = static_cast<std::uint16_t>(nature)};
  return key;
}

OperationKey Knowledge::at_level(OperationKey key, Level level) {
  constexpr auto marked = [](std::uint16_t nature, unsigned mark) {
    return static_cast<std::uint16_t>((nature & 0x23f) | mark << 12);
  };
  switch (level) {
    case Level::first_change:
    case Level::unit:
      return {key.relation, key.unit, any, 0, 0, 1 << 12};
    case Level::code:
      return {key.relation, any, any, key.code, 0, static_cast<std::uint16_t>((key.nature & 0x230) | 2 << 12)};
    case Level::cause:
      return {key.relation, key.unit, any, key.code, key.subcode, marked(key.nature, 3)};
    case Level::object:
      break;
  }
  return key;
}

std::uint32_t Knowledge::open_chain(Flow& flow, std::uint32_t relation, std::uint32_t unit) {
  std::uint32_t place = free_chain_;
  if (place) {
    free_chain_ = chains_[place - 1].next;
  } else if (used_chains_ < chains_.size()) {
    place = ++used_chains_;
  } else {
    ++chains_refused;
    return 0;
  }
  ++live_chains_;
  Chain& chain = chains_[place - 1] = Chain{};
  chain.relation = relation;
  chain.unit = unit;
  if (flow.detect_slot) {
    Chain& cursor = chains_[flow.detect_slot - 1];
    chain.next = cursor.next;
    cursor.next = place;
  } else {
    chain.next = place;
  }
  flow.detect_slot = place;
  return place;
}

Knowledge::ChainSearch Knowledge::search_ring(Flow& flow, std::uint32_t unit) {
  std::uint32_t place = flow.detect_slot;
  if (!place) return {nullptr, false};
  std::uint32_t const begin = place;
  for (std::uint32_t i = 0; i < most_units; ++i) {
    Chain& chain = chains_[place - 1];
    if (chain.unit == unit) {
      flow.detect_slot = place;
      return {&chain, false};
    }
    place = chain.next;
    if (place == begin) return {nullptr, false};
  }
  return {nullptr, true};
}

void Knowledge::close_chains(Flow& flow) {
  std::uint32_t place = flow.detect_slot;
  while (place) {
    std::uint32_t const next = chains_[place - 1].next;
    chains_[place - 1].next = free_chain_;
    free_chain_ = place;
    --live_chains_;
    place = next == flow.detect_slot ? 0 : next;
  }
  flow.detect_slot = 0;
}

void Knowledge::approach(std::span<Flow const* const> flows) const {
  std::array<Newcomer, most_newcomers> newcomers;
  std::size_t count = 0;
  for (auto const* flow : flows) {
    if (flow->detect_slot) {
      __builtin_prefetch(&chains_[flow->detect_slot - 1], 1);
    } else if (count < newcomers.size()) {
      auto& one = newcomers[count++];
      one.client = HostKey::of(flow->client);
      one.server = HostKey::of(flow->server);
      hosts.approach(one.client_hash = hosts.hash(one.client));
      hosts.approach(one.server_hash = hosts.hash(one.server));
    }
  }
  auto const fresh = std::span(newcomers).first(count);
  for (auto const* flow : flows) {
    if (!flow->detect_slot) continue;
    auto const& chain = chains_[flow->detect_slot - 1];
    relations.prefetch(chain.relation);
    operations.prefetch(chain.previous);
  }
  for (auto const& one : fresh) {
    hosts.approach_entry(one.client_hash);
    hosts.approach_entry(one.server_hash);
  }
  for (auto const* flow : flows) {
    if (!flow->detect_slot) continue;
    auto const* previous = operations.resolve(chains_[flow->detect_slot - 1].previous);
    if (!previous) continue;
    for (auto const& step : std::span(previous->steps).first<2>()) {
      operations.prefetch(step.to);
      transitions.prefetch(step.transition);
    }
  }
  for (auto const& one : fresh) relations.approach(relations.hash({hosts.find(one.client), hosts.find(one.server)}));
}

std::size_t Knowledge::octets() const {
  return hosts.octets() + relations.octets() + operations.octets() + transitions.octets() + chains_.octets();
}

std::uint64_t Knowledge::replaced() const {
  return hosts.replaced() + relations.replaced() + operations.replaced() + transitions.replaced();
}

}  // namespace greywatch::agent::detect
