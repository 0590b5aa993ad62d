#include "agent/net/lazy_array.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace greywatch::agent {
namespace {

constexpr std::size_t huge_page = 2 << 20;

// Small arrays stay on small pages: a huge one would be cleared whole.
std::size_t rounded(std::size_t octets) {
  if (octets < huge_page) return octets;
  return (octets + huge_page - 1) & ~(huge_page - 1);
}

}  // namespace

void* reserve_lazily(std::size_t octets) {
  auto const size = rounded(octets);
  auto const spare = octets < huge_page ? 0 : huge_page;  // for alignment
  auto* const address =
      mmap(nullptr, size + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) throw std::bad_alloc();
  if (!spare) return address;
  auto* const begin = static_cast<std::uint8_t*>(address);
  auto const before = (huge_page - reinterpret_cast<std::uintptr_t>(begin) % huge_page) % huge_page;
  if (before) munmap(begin, before);
  munmap(begin + before + size, huge_page - before);
  // Only faster: without huge pages everything works the same.
  (void)madvise(begin + before, size, MADV_HUGEPAGE);
  return begin + before;
}

void release_lazily(void* address, std::size_t octets) noexcept { munmap(address, rounded(octets)); }

}  // namespace greywatch::agent
