#pragma once
#include <array>
#include <cstdint>
#include <limits>

#include "agent/net/lazy_array.hpp"
#include "agent/net/options.hpp"
#include "agent/segment.hpp"

namespace greywatch::agent {

/// What is known of one direction of a TCP connection.
struct StreamEnd {
  std::uint32_t next = 0;                  ///< sequence number of the first octet not yet delivered
  std::uint32_t acked = 0;                 ///< latest acknowledgement number this end sent
  std::uint32_t hole = 0;                  ///< number of the hole in StreamBuffer, 0 for none
  std::array<std::uint32_t, 3> digests{};  ///< of the last segments delivered, newest first; they end at `next`
  std::array<std::uint16_t, 3> lengths{};  ///< of the same, octets; 0 for none
  bool known : 1 = false;                  ///< `next` holds
  bool ack_known : 1 = false;              ///< `acked` holds
  bool finished : 1 = false;               ///< FIN reached in order
  bool cut : 1 = false;                    ///< the capture cut off octets from `next` on
  std::uint8_t strikes = 0;                ///< segments far out of the window since the last good one

  /// A segment was delivered.
  void remember(std::uint32_t digest, std::size_t octets) {
    digests = {digest, digests[0], digests[1]};
    if (octets > std::numeric_limits<std::uint16_t>::max())
      lengths = {};
    else
      lengths = {static_cast<std::uint16_t>(octets), lengths[0], lengths[1]};
  }
};

/// Which of the lists of the flow table holds a flow.
enum class FlowList : std::uint8_t {
  unused,
  fresh,        ///< has not shown yet that it is a conversation: first to go
  established,  ///< both ends spoke, or it lasts
  closed,       ///< on_close was called; swallows late packets
};

/// One slot of the flow table: three cache lines, at a stable address. The first one is rarely asked for, see Flow.
struct alignas(64) FlowEntry {
  Flow flow;
  std::uint64_t hash = 0;  ///< keyed, of both addresses, ports, protocol and VLAN in canonical order: stands for them
  std::uint32_t previous = 0, next = 0;  ///< in its list, by age; numbers of entries, 0 for none
  std::uint32_t number = 0;              ///< of this entry, from 1
  std::uint16_t packets = 0;             ///< saturates
  FlowList list = FlowList::unused;
  bool client_is_first : 1 = false;  ///< the client is the first of the canonical order
  bool client_spoke : 1 = false, server_spoke : 1 = false;
  std::array<StreamEnd, 2> streams;  ///< by Direction of what they carry

  StreamEnd& stream(Direction way) { return streams[static_cast<std::size_t>(way)]; }
};
static_assert(sizeof(FlowEntry) == 192);

/// Open-addressed table of flows. Memory is taken as entries are needed the first time, and reused for good. The 64-bit
/// keyed hash stands for the whole key: who does not know the secret meets an equal one with odds of 2^-64 a pair.
///
/// Who is evicted when it is full (victim): closed flows; then the oldest of the fresh ones, so that a flood of
/// one-packet flows evicts itself; then established flows silent for `stale_after`; then the youngest established one,
/// so that who can complete handshakes still cannot push out sessions that last for months.
class FlowTable {
 public:
  explicit FlowTable(NetworkOptions const& options);

  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask_]); }
  /// Begins to load the likely entry; worth a call when there is other work before find.
  void approach(std::uint64_t hash) const {
    auto const& slot = slots_[hash & mask_];
    if (slot.tag != static_cast<std::uint32_t>(hash) || !slot.number) return;
    auto const* entry = reinterpret_cast<char const*>(&entries_[slot.number - 1]);
    __builtin_prefetch(entry + 64);
    __builtin_prefetch(entry + 128);
  }
  FlowEntry* find(std::uint64_t hash) {
    auto const tag = static_cast<std::uint32_t>(hash);
    for (auto at = hash & mask_; slots_[at].number; at = (at + 1) & mask_) {
      if (slots_[at].tag != tag) continue;
      auto& entry = (*this)[slots_[at].number];
      if (entry.hash == hash) return &entry;
    }
    return nullptr;
  }
  /// Whether what find gave earlier is what it would give now.
  static bool still_holds(FlowEntry const& entry, std::uint64_t hash) {
    return entry.hash == hash && entry.list != FlowList::unused;
  }
  bool full() const { return live_ == most_; }
  /// Whom to end when the table is full; never null then.
  FlowEntry* victim(Time now);
  /// A cleared entry in the list of fresh flows. The table must not be full, nor hold `hash`.
  FlowEntry& insert(std::uint64_t hash);
  void move(FlowEntry& entry, FlowList list);
  void erase(FlowEntry& entry);
  /// Erases all at once, without a look at any: pointers to entries are void.
  void clear();

  /// The oldest of a list, null when it is empty.
  FlowEntry* oldest(FlowList list) { return at(lists_[static_cast<std::size_t>(list)].oldest); }
  FlowEntry& operator[](std::uint32_t number) { return entries_[number - 1]; }
  std::size_t size() const { return live_; }

 private:
  struct Slot {
    std::uint32_t tag = 0;     ///< lower half of the hash, also the home of the slot
    std::uint32_t number = 0;  ///< 0: empty
  };
  struct List {
    std::uint32_t oldest = 0, youngest = 0;
  };

  FlowEntry* at(std::uint32_t number) { return number ? &(*this)[number] : nullptr; }
  List& list(FlowList which) { return lists_[static_cast<std::size_t>(which)]; }
  void link(FlowEntry& entry, FlowList which);
  void unlink(FlowEntry& entry);
  FlowEntry* stale(Time now);

  std::size_t most_, live_ = 0, mask_;
  std::uint32_t used_ = 0;    ///< entries ever handed out
  std::uint32_t unused_ = 0;  ///< first of those given back, chained by `next`
  std::uint32_t hand_ = 0;    ///< where the search for stale flows goes on
  Duration stale_after_;
  LazyArray<Slot> slots_;
  LazyArray<FlowEntry> entries_;
  std::array<List, 4> lists_{};
};

}  // namespace greywatch::agent
