#pragma once
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace greywatch::agent {

/// A bounded queue from any number of capture threads to the io thread. Neither side ever waits or takes a lock; a full
/// queue refuses. Dmitry Vyukov's bounded queue: each cell carries the turn at which it may be written or read.
template <class T>
class Queue {
 public:
  /// `capacity` is rounded up to a power of two, at least 2.
  explicit Queue(std::size_t capacity)
      : mask_(std::bit_ceil(std::max<std::size_t>(capacity, 2)) - 1), cells_(std::make_unique<Cell[]>(mask_ + 1)) {
    for (std::size_t i = 0; i <= mask_; ++i) cells_[i].turn.store(i, std::memory_order_relaxed);
  }

  /// False, and `value` untouched, when the queue is full. Any thread.
  bool push(T&& value) {
    auto at = tail_.load(std::memory_order_relaxed);
    for (;;) {
      auto& cell = cells_[at & mask_];
      auto const ahead = static_cast<std::ptrdiff_t>(cell.turn.load(std::memory_order_acquire) - at);
      if (ahead < 0) return false;
      if (ahead > 0)
        at = tail_.load(std::memory_order_relaxed);
      else if (tail_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) {
        cell.value = std::move(value);
        cell.turn.store(at + 1, std::memory_order_release);
        return true;
      }
    }
  }

  /// The oldest value; none when the queue is empty. One thread.
  std::optional<T> pop() {
    auto& cell = cells_[head_ & mask_];
    if (cell.turn.load(std::memory_order_acquire) != head_ + 1) return std::nullopt;
    std::optional<T> out(std::move(cell.value));
    cell.value = T{};
    cell.turn.store(head_ + mask_ + 1, std::memory_order_release);
    ++head_;
    return out;
  }

  std::size_t capacity() const { return mask_ + 1; }

 private:
  struct Cell {
    std::atomic<std::size_t> turn{0};
    T value{};
  };
  std::size_t mask_;
  std::unique_ptr<Cell[]> cells_;
  alignas(64) std::atomic<std::size_t> tail_{0};
  alignas(64) std::size_t head_ = 0;
};

}  // namespace greywatch::agent
