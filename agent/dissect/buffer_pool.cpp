#include "agent/dissect/buffer_pool.hpp"

#include <algorithm>
#include <cstring>

namespace greywatch::agent {

BufferPool::BufferPool(std::size_t octets) {
  auto const count = std::clamp<std::size_t>((octets + page_octets - 1) / page_octets, 1, none - 1);
  memory_ = std::make_unique_for_overwrite<std::uint8_t[]>(count * page_octets);
  pages_.resize(count);
  roomy_.fill(none);
  for (auto page = count; page-- > 0;) {
    pages_[page].next = stock_;
    stock_ = static_cast<std::uint16_t>(page);
  }
}

bool BufferPool::append(Buffer& buffer, Bytes octets) {
  if (octets.empty()) return true;
  auto const wanted = buffer.length + octets.size();
  if (wanted > page_octets) return false;
  if (wanted > capacity(buffer.block)) {
    auto const fit = std::find_if(classes.begin(), classes.end(), [&](auto size) { return size >= wanted; });
    auto const block = take(static_cast<std::size_t>(fit - classes.begin()));
    if (block == 0) return false;
    if (buffer.block != 0) {
      std::memcpy(address(block), address(buffer.block), buffer.length);
      give(buffer.block);
    }
    buffer.block = block;
  }
  std::memcpy(address(buffer.block) + buffer.length, octets.data(), octets.size());
  buffer.length = static_cast<std::uint32_t>(wanted);
  return true;
}

void BufferPool::release(Buffer& buffer) {
  if (buffer.block != 0) give(buffer.block);
  buffer = {};
}

std::uint32_t BufferPool::take(std::size_t size_class) {
  auto number = roomy_[size_class];
  if (number == none) {
    number = stock_;
    if (number == none || pages_.size() - used_pages_ <= kept_for_shorter(size_class)) return 0;
    stock_ = pages_[number].next;
    pages_[number] = {.size_class = static_cast<std::uint16_t>(size_class)};
    link(number);
    ++used_pages_;
  }
  auto& page = pages_[number];
  auto const size = classes[size_class];
  std::uint16_t place = page.free;
  if (place != none) {
    std::memcpy(&page.free, memory_.get() + number * page_octets + place * size, sizeof page.free);
  } else {
    place = page.fresh++;
  }
  ++page.used;
  if (page.free == none && page.fresh == page_octets / size) unlink(number);
  return static_cast<std::uint32_t>(number * blocks_a_page + place + 1);
}

void BufferPool::give(std::uint32_t block) {
  auto const number = static_cast<std::uint16_t>((block - 1) / blocks_a_page);
  auto const place = static_cast<std::uint16_t>((block - 1) % blocks_a_page);
  auto& page = pages_[number];
  bool const was_full = page.free == none && page.fresh == page_octets / classes[page.size_class];
  std::memcpy(address(block), &page.free, sizeof page.free);
  page.free = place;
  --page.used;
  if (was_full) link(number);
  if (page.used != 0) return;
  unlink(number);
  page.next = stock_;
  stock_ = number;
  --used_pages_;
}

void BufferPool::link(std::uint16_t number) {
  auto& page = pages_[number];
  page.previous = none;
  page.next = roomy_[page.size_class];
  if (page.next != none) pages_[page.next].previous = number;
  roomy_[page.size_class] = number;
}

void BufferPool::unlink(std::uint16_t number) {
  auto const& page = pages_[number];
  (page.previous == none ? roomy_[page.size_class] : pages_[page.previous].next) = page.next;
  if (page.next != none) pages_[page.next].previous = page.previous;
}

}  // namespace greywatch::agent
