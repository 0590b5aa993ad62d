#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

/// Replaces the global operator new of a test program by one that counts: every form, since a sanitizer brings its own
/// for those left out. Include it in exactly one file of the program.

namespace greywatch::test {

inline std::atomic<std::uint64_t> allocation_calls;

/// How often this process has called operator new so far, by any thread.
inline std::uint64_t allocations() { return allocation_calls.load(std::memory_order_relaxed); }

inline void* try_counted(std::size_t octets, std::size_t alignment) noexcept {
  allocation_calls.fetch_add(1, std::memory_order_relaxed);
  return alignment <= alignof(std::max_align_t)
             ? std::malloc(octets == 0 ? 1 : octets)
             : std::aligned_alloc(alignment, (octets + alignment - 1) / alignment * alignment);
}
inline void* counted_allocation(std::size_t octets, std::size_t alignment) {
  void* const memory = try_counted(octets, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace greywatch::test

void* operator new(std::size_t octets) { return greywatch::test::counted_allocation(octets, 1); }
void* operator new[](std::size_t octets) { return greywatch::test::counted_allocation(octets, 1); }
void* operator new(std::size_t octets, std::align_val_t alignment) {
  return greywatch::test::counted_allocation(octets, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t octets, std::align_val_t alignment) {
  return greywatch::test::counted_allocation(octets, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t octets, std::nothrow_t const&) noexcept {
  return greywatch::test::try_counted(octets, 1);
}
void* operator new[](std::size_t octets, std::nothrow_t const&) noexcept {
  return greywatch::test::try_counted(octets, 1);
}
void* operator new(std::size_t octets, std::align_val_t alignment, std::nothrow_t const&) noexcept {
  return greywatch::test::try_counted(octets, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t octets, std::align_val_t alignment, std::nothrow_t const&) noexcept {
  return greywatch::test::try_counted(octets, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::nothrow_t const&) noexcept { std::free(memory); }
void operator delete[](void* memory, std::nothrow_t const&) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t, std::nothrow_t const&) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t, std::nothrow_t const&) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
