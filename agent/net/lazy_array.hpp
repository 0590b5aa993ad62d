#pragma once
#include <cstddef>
#include <memory>
#include <type_traits>

namespace greywatch::agent {

/// Zeroed address space whose memory the kernel gives when it is first touched, in huge pages where it can: tables that
/// are accessed at random miss the translation buffer far less, and a table costs what is used of it. Throws
/// std::bad_alloc.
void* reserve_lazily(std::size_t octets);
void release_lazily(void* address, std::size_t octets) noexcept;

/// An array of fixed size whose elements begin as zero octets at stable addresses.
template <class T>
  requires std::is_trivially_destructible_v<T>
class LazyArray {
 public:
  explicit LazyArray(std::size_t size) : data_(static_cast<T*>(reserve_lazily(size * sizeof(T))), {size * sizeof(T)}) {}
  T& operator[](std::size_t at) { return data_.get()[at]; }
  T const& operator[](std::size_t at) const { return data_.get()[at]; }

 private:
  struct Release {
    std::size_t octets;
    void operator()(T* address) const noexcept { release_lazily(address, octets); }
  };
  std::unique_ptr<T, Release> data_;
};

}  // namespace greywatch::agent
