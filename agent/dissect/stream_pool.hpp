#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "agent/dissect/buffer_pool.hpp"

namespace greywatch::agent {

/// What the engine keeps about a flow that is, or may be, one protocol; the dissector's session follows it in memory.
struct Stream {
  Buffer partial[2];               ///< per direction: the octets of a message that is not complete yet
  Buffer kept[2];                  ///< per direction: what the dissector keeps between messages; see Emitter::kept
  Buffer held;                     ///< before naming: the segments seen, each behind a Held header
  std::uint32_t passing[2] = {};   ///< per direction: octets of a message that are still to come and of no interest
  std::uint32_t segments = 0;      ///< segments seen before this guess; while the place is free, the next free one
  std::uint8_t votes = 0;          ///< plausible messages before naming
  std::uint8_t trouble = 0;        ///< rises with malformed messages and lost framing, falls to 0 with a good message
  std::uint8_t searching = 0;      ///< bit per direction: no message start is known
  std::uint8_t tentative : 2 = 0;  ///< bit per direction: a start was found, but no message has completed since
  std::uint8_t named : 1 = 0;
  std::uint8_t handed_on : 1 = 0;  ///< what follows the message just read is another protocol

  void* session() { return this + 1; }
};
static_assert(sizeof(Stream) % 8 == 0);

/// Streams of one protocol, each with a zeroed session behind it. One that fits into three cache lines begins with a
/// line, so that a message touches as few of them as can be; longer ones are packed, which takes less memory. Grows by
/// slabs and never shrinks; one thread.
class StreamPool {
  struct alignas(64) Line {
    std::byte octets[64];
  };

 public:
  explicit StreamPool(std::size_t session_octets) : octets_(octets_of(session_octets)) {}

  /// What a stream takes with its session.
  static constexpr std::size_t octets_of(std::size_t session_octets) {
    auto const octets = sizeof(Stream) + (session_octets + 7) / 8 * 8;
    return octets <= 3 * sizeof(Line) ? (octets + sizeof(Line) - 1) / sizeof(Line) * sizeof(Line) : octets;
  }

  /// A fresh stream; its number is from 1. The caller bounds how many there are.
  std::uint32_t take();
  void give(std::uint32_t number);
  void prefetch(std::uint32_t number) const {
    auto const* const stream = reinterpret_cast<char const*>(&(*this)[number]);
    __builtin_prefetch(stream);
    __builtin_prefetch(stream + sizeof(Line));
  }
  Stream& operator[](std::uint32_t number) const {
    auto const place = number - 1;
    auto* const slab = reinterpret_cast<std::byte*>(slabs_[place / slab_streams].get());
    return *reinterpret_cast<Stream*>(slab + place % slab_streams * octets_);
  }

 private:
  static constexpr std::uint32_t slab_streams = 256;
  std::size_t octets_;
  std::vector<std::unique_ptr<Line[]>> slabs_;
  std::uint32_t free_ = 0;
  std::uint32_t fresh_ = 0;
};

}  // namespace greywatch::agent
