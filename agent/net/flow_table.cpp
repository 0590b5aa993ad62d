#include "agent/net/flow_table.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <new>

namespace greywatch::agent {

// At most two thirds full: short probes at 12 octets of slots a flow.
FlowTable::FlowTable(NetworkOptions const& options)
    : most_(std::clamp<std::size_t>(options.flows, 1, 1u << 28)),
      mask_(std::bit_ceil(most_ + most_ / 2) - 1),
      stale_after_(options.stale_after),
      slots_(mask_ + 1),
      entries_(most_) {}

FlowEntry& FlowTable::insert(std::uint64_t hash) {
  assert(!full());
  std::uint32_t number = unused_;
  if (number) {
    unused_ = (*this)[number].next;
  } else {
    number = ++used_;
  }
  auto place = hash & mask_;
  while (slots_[place].number) place = (place + 1) & mask_;
  slots_[place] = {static_cast<std::uint32_t>(hash), number};
  auto& entry = *new (&(*this)[number]) FlowEntry;
  entry.hash = hash;
  entry.number = number;
  link(entry, FlowList::fresh);
  ++live_;
  return entry;
}

void FlowTable::link(FlowEntry& entry, FlowList which) {
  auto& ends = list(which);
  entry.list = which;
  entry.previous = ends.youngest;
  entry.next = 0;
  (ends.youngest ? (*this)[ends.youngest].next : ends.oldest) = entry.number;
  ends.youngest = entry.number;
}

void FlowTable::unlink(FlowEntry& entry) {
  auto& ends = list(entry.list);
  if (hand_ == entry.number) hand_ = entry.next;
  (entry.previous ? (*this)[entry.previous].next : ends.oldest) = entry.next;
  (entry.next ? (*this)[entry.next].previous : ends.youngest) = entry.previous;
}

void FlowTable::move(FlowEntry& entry, FlowList which) {
  unlink(entry);
  link(entry, which);
}

void FlowTable::erase(FlowEntry& entry) {
  auto hole = entry.hash & mask_;
  while (slots_[hole].number != entry.number) hole = (hole + 1) & mask_;
  // Closes the hole by moving back what had to step over it.
  for (auto at = (hole + 1) & mask_; slots_[at].number; at = (at + 1) & mask_) {
    auto const home = slots_[at].tag & mask_;
    if (((at - home) & mask_) < ((at - hole) & mask_)) continue;
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = {};
  unlink(entry);
  entry.list = FlowList::unused;
  entry.next = unused_;
  unused_ = entry.number;
  --live_;
}

void FlowTable::clear() {
  if (live_ == 0) return;
  slots_ = LazyArray<Slot>(mask_ + 1);
  live_ = 0;
  used_ = unused_ = hand_ = 0;
  lists_ = {};
}

/// Looks at a few established flows a call, so that a search over the whole table is spread over many evictions.
FlowEntry* FlowTable::stale(Time now) {
  constexpr int looks = 8;
  for (int n = 0; n < looks; ++n) {
    if (!hand_) hand_ = list(FlowList::established).oldest;
    auto* const entry = at(hand_);
    if (!entry) return nullptr;
    hand_ = entry->next;
    if (now - entry->flow.last > stale_after_) return entry;
  }
  return nullptr;
}

FlowEntry* FlowTable::victim(Time now) {
  if (auto* closed = oldest(FlowList::closed)) return closed;
  if (auto* fresh = oldest(FlowList::fresh)) return fresh;
  if (auto* silent = stale(now)) return silent;
  return at(list(FlowList::established).youngest);
}

}  // namespace greywatch::agent
