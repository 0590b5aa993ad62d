#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/bytes.hpp"

namespace greywatch::agent {

/// A growing run of octets in a BufferPool; all zero is the empty one. Plain data: its owner gives it back.
struct Buffer {
  std::uint32_t block = 0;  ///< 0: holds no memory
  std::uint32_t length = 0;
};

/// Bounded memory for partial messages. Pages of 64 KiB are cut into blocks of one size class each and go back to the
/// common stock once all their blocks are free. A class leaves an eighth of the pages to each shorter one: few long
/// messages that never end do not take the room of the many short ones. One thread; allocates only in the constructor.
class BufferPool {
 public:
  static constexpr std::size_t page_octets = 65536;  ///< also the longest buffer

  /// `octets` is the bound of all buffers together, rounded up to whole pages.
  explicit BufferPool(std::size_t octets);

  /// Adds `octets` to the end. False, and the buffer as it was, when the pool is full or the buffer would pass a page.
  bool append(Buffer& buffer, Bytes octets);
  /// Gives the memory back; the buffer is empty afterwards.
  void release(Buffer& buffer);
  /// What was appended; valid until the next append or release of this buffer.
  Bytes view(Buffer const& buffer) const {
    return buffer.block == 0 ? Bytes{} : Bytes(address(buffer.block), buffer.length);
  }
  std::size_t used_pages() const { return used_pages_; }

 private:
  static constexpr std::array<std::uint32_t, 5> classes{128, 512, 2048, 8192, page_octets};
  static constexpr std::uint32_t blocks_a_page = page_octets / 128;
  static constexpr std::uint16_t none = 0xFFFF;
  struct Page {
    std::uint16_t size_class = 0, used = 0;
    std::uint16_t fresh = 0;    ///< blocks from here on were never handed out
    std::uint16_t free = none;  ///< first block of the page's free list, linked through the blocks' first octets
    std::uint16_t next = none, previous = none;  ///< pages of this class with room, or the stock
  };

  std::uint8_t* address(std::uint32_t block) const {
    auto const page = (block - 1) / blocks_a_page;
    auto const place = (block - 1) % blocks_a_page;
    return memory_.get() + page * page_octets + place * classes[pages_[page].size_class];
  }
  std::uint32_t capacity(std::uint32_t block) const {
    return block == 0 ? 0 : classes[pages_[(block - 1) / blocks_a_page].size_class];
  }
  std::uint32_t take(std::size_t size_class);  ///< a block, or 0
  void give(std::uint32_t block);
  /// Pages that a class leaves to the shorter ones.
  std::size_t kept_for_shorter(std::size_t size_class) const { return (pages_.size() - 1) * size_class / 8; }
  void link(std::uint16_t page);
  void unlink(std::uint16_t page);

  std::unique_ptr<std::uint8_t[]> memory_;  ///< untouched pages cost no memory
  std::vector<Page> pages_;
  std::array<std::uint16_t, classes.size()> roomy_;  ///< per class: first page with a free block
  std::uint16_t stock_ = none;                       ///< pages that belong to no class
  std::size_t used_pages_ = 0;
};

}  // namespace greywatch::agent
