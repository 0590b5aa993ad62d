#include "agent/dissect/buffer_pool.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace greywatch;
using namespace greywatch::agent;

TEST_CASE("a buffer keeps its octets while it grows through the size classes", "[dissect]") {
  BufferPool pool(5 * BufferPool::page_octets);
  Buffer buffer;
  std::vector<std::uint8_t> all;
  for (int i = 0; i < 200; ++i) {
    std::vector<std::uint8_t> const piece(300, static_cast<std::uint8_t>(i));
    REQUIRE(pool.append(buffer, piece));
    all.insert(all.end(), piece.begin(), piece.end());
  }
  auto const view = pool.view(buffer);
  CHECK(std::vector<std::uint8_t>(view.begin(), view.end()) == all);
  CHECK(pool.used_pages() == 1);
  pool.release(buffer);
  CHECK(pool.used_pages() == 0);
  CHECK(pool.view(buffer).empty());
}

TEST_CASE("a buffer never passes one page", "[dissect]") {
  BufferPool pool(4 * BufferPool::page_octets);
  Buffer buffer;
  std::vector<std::uint8_t> const page(BufferPool::page_octets, 1);
  REQUIRE(pool.append(buffer, page));
  CHECK_FALSE(pool.append(buffer, Bytes(page).first(1)));
  CHECK(buffer.length == BufferPool::page_octets);
}

TEST_CASE("few long buffers leave room for many short ones", "[dissect]") {
  BufferPool pool(64 * BufferPool::page_octets);
  std::vector<std::uint8_t> const large(9000, 8), small(100, 7);
  std::size_t long_ones = 0;
  for (Buffer buffer; pool.append(buffer, large); buffer = {}) ++long_ones;
  CHECK(long_ones >= 32);
  Buffer middle;
  CHECK(pool.append(middle, Bytes(large).first(1500)));
  std::size_t short_ones = 0;
  for (Buffer buffer; pool.append(buffer, small); buffer = {}) ++short_ones;
  CHECK(short_ones >= std::size_t{16} * 512);
}

TEST_CASE("a full pool refuses, and room given back serves any size", "[dissect]") {
  BufferPool pool(2 * BufferPool::page_octets);
  std::vector<std::uint8_t> const small(100, 7), large(9000, 8);
  std::vector<Buffer> buffers;
  for (;;) {
    Buffer buffer;
    if (!pool.append(buffer, small)) break;
    buffers.push_back(buffer);
  }
  CHECK(buffers.size() == 1024);
  Buffer big;
  CHECK_FALSE(pool.append(big, large));
  for (std::size_t i = 0; i < 512; ++i) pool.release(buffers[i]);
  CHECK(pool.append(big, large));
  for (std::size_t i = 512; i < 1024; ++i) {
    CHECK(pool.view(buffers[i]).size() == 100);
    CHECK(pool.view(buffers[i])[99] == 7);
  }
  CHECK(pool.view(big)[8999] == 8);
}
