#include "agent/dissect/stream_pool.hpp"

#include <cstring>
#include <new>

namespace greywatch::agent {

std::uint32_t StreamPool::take() {
  auto number = free_;
  if (number != 0) {
    free_ = (*this)[number].segments;
  } else {
    if (fresh_ == slabs_.size() * slab_streams) {
      slabs_.push_back(std::make_unique_for_overwrite<Line[]>(slab_streams * octets_ / sizeof(Line)));
    }
    number = ++fresh_;
  }
  auto& stream = (*this)[number];
  std::memset(static_cast<void*>(&stream), 0, octets_);
  new (&stream) Stream{};
  return number;
}

void StreamPool::give(std::uint32_t number) {
  (*this)[number].segments = free_;
  free_ = number;
}

}  // namespace greywatch::agent
