#pragma once
#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

#include "common/hash.hpp"

namespace greywatch::agent::detect {

/// Memory of zeroes that the kernel hands out page by page: costs nothing until it is written to. Begins with a cache
/// line, so that entries of 32 or 64 octets lie in one line each.
template <class T>
class Zeroed {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit Zeroed(std::size_t size) : memory_(std::calloc(size * sizeof(T) + line, 1)), size_(size) {
    if (!memory_) throw std::bad_alloc();
    void* from = memory_.get();
    auto room = size * sizeof(T) + line;
    items_ = static_cast<T*>(std::align(line, size * sizeof(T), from, room));
  }
  T& operator[](std::size_t i) { return items_[i]; }
  T const& operator[](std::size_t i) const { return items_[i]; }
  std::size_t size() const { return size_; }
  std::size_t octets() const { return size_ * sizeof(T); }

 private:
  static constexpr std::size_t line = 64;
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  std::unique_ptr<void, Free> memory_;
  T* items_ = nullptr;
  std::size_t size_;
};

/// A bounded table of entries with keys. Entries stay where they are, in order of admission; when the table is full the
/// newcomer takes the place of the youngest, so that who churns the table cannot push the old baseline out. `Entry` has
/// a member `key` whose type has == and hash(HashKey). An Id is never 0 and goes stale when its entry is replaced.
template <class Entry>
class Pool {
 public:
  using Key = decltype(Entry::key);
  using Id = std::uint32_t;
  static constexpr std::uint32_t most = (1u << 20) - 2;  ///< entries of the largest table

  Pool(std::uint32_t capacity, HashKey const& hash_key)
      : capacity_(capacity < 1      ? 1
                  : capacity > most ? most
                                    : capacity),
        hash_key_(hash_key),
        entries_(capacity_),
        buckets_(buckets_for(capacity_)) {}

  /// The id of the entry, or 0.
  Id find(Key const& key) const {
    std::uint64_t const hash = key.hash(hash_key_);
    for (std::size_t at = hash & mask(); buckets_[at]; at = (at + 1) & mask())
      if (tag(buckets_[at]) == tag_of(hash) && entry(buckets_[at]).key == key) return id(index(buckets_[at]));
    return 0;
  }

  struct Admission {
    Id id;
    bool fresh;
  };
  /// Finds or admits; a fresh entry is zero but for its key.
  Admission admit(Key const& key) {
    std::uint64_t const hash = key.hash(hash_key_);
    std::size_t at = hash & mask();
    for (; buckets_[at]; at = (at + 1) & mask())
      if (tag(buckets_[at]) == tag_of(hash) && entry(buckets_[at]).key == key) return {id(index(buckets_[at])), false};
    if (size_ == capacity_) {
      ++replaced_;
      forget(entries_[capacity_ - 1].key);
      --size_;
      ++generation_;
      at = hash & mask();
      while (buckets_[at]) at = (at + 1) & mask();
    }
    entries_[size_] = Entry{};
    entries_[size_].key = key;
    buckets_[at] = (size_ + 1) | tag_of(hash);
    return {id(size_++), true};
  }

  /// The entry of an id, or null when it was replaced since.
  Entry* resolve(Id which) {
    std::uint32_t const place = which & index_mask;
    if (place - 1 >= size_) return nullptr;
    if (place == capacity_ && which >> index_bits != (generation_ & generation_mask)) return nullptr;
    return &entries_[place - 1];
  }
  /// Begins to load the entry of an id; any number will do.
  void prefetch(Id which) const {
    std::uint32_t const place = which & index_mask;
    if (place - 1 < size_) __builtin_prefetch(&entries_[place - 1], 1);
  }
  std::uint64_t hash(Key const& key) const { return key.hash(hash_key_); }
  /// Begins to load where the search for a key with this hash begins.
  void approach(std::uint64_t hash) const { __builtin_prefetch(&buckets_[hash & mask()]); }
  /// The same for the entry that it will most likely find.
  void approach_entry(std::uint64_t hash) const {
    for (std::size_t at = hash & mask(); buckets_[at]; at = (at + 1) & mask())
      if (tag(buckets_[at]) == tag_of(hash)) return __builtin_prefetch(&entries_[index(buckets_[at])], 1);
  }
  Entry const* resolve(Id which) const { return const_cast<Pool*>(this)->resolve(which); }

  std::uint32_t size() const { return size_; }
  std::uint32_t capacity() const { return capacity_; }
  std::uint64_t replaced() const { return replaced_; }  ///< how often a newcomer displaced the youngest
  std::size_t octets() const { return entries_.octets() + buckets_.octets(); }
  std::span<Entry> all() { return {&entries_[0], size_}; }
  std::span<Entry const> all() const { return {&entries_[0], size_}; }
  Id id(std::uint32_t at) const {
    return (at + 1) | (at + 1 == capacity_ ? (generation_ & generation_mask) << index_bits : 0);
  }

 private:
  static constexpr unsigned index_bits = 20;
  static constexpr std::uint32_t index_mask = (1u << index_bits) - 1;
  static constexpr std::uint32_t generation_mask = (1u << (32 - index_bits)) - 1;

  static std::size_t buckets_for(std::uint32_t capacity) {
    std::size_t buckets = 4;
    while (buckets < capacity + capacity / 4) buckets *= 2;
    return buckets;
  }
  std::size_t mask() const { return buckets_.size() - 1; }
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 52) << index_bits; }
  static std::uint32_t tag(std::uint32_t bucket) { return bucket & ~index_mask; }
  static std::uint32_t index(std::uint32_t bucket) { return (bucket & index_mask) - 1; }
  Entry const& entry(std::uint32_t bucket) const { return entries_[index(bucket)]; }

  /// Takes a key out of the buckets and closes the gap, so that no tombstones pile up.
  void forget(Key const& key) {
    std::size_t at = key.hash(hash_key_) & mask();
    while (buckets_[at] && !(entry(buckets_[at]).key == key)) at = (at + 1) & mask();
    if (!buckets_[at]) return;
    for (std::size_t next = (at + 1) & mask(); buckets_[next]; next = (next + 1) & mask()) {
      std::size_t const home = entry(buckets_[next]).key.hash(hash_key_) & mask();
      if (((next - home) & mask()) >= ((next - at) & mask())) {
        buckets_[at] = buckets_[next];
        at = next;
      }
    }
    buckets_[at] = 0;
  }

  std::uint32_t capacity_;
  HashKey hash_key_;
  Zeroed<Entry> entries_;
  Zeroed<std::uint32_t> buckets_;  ///< place of the entry from 1, and twelve bits of its hash
  std::uint32_t size_ = 0;
  std::uint32_t generation_ = 0;  ///< of the last place, the only one that changes hands
  std::uint64_t replaced_ = 0;
};

}  // namespace greywatch::agent::detect
