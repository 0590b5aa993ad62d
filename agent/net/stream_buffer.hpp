#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "agent/net/options.hpp"
#include "agent/segment.hpp"
#include "common/address.hpp"

namespace greywatch::agent {

/// Distance between TCP sequence numbers, modulo 2^32; positive when `a` comes later.
constexpr std::int32_t ahead_of(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b); }

/// The packet that brought octets.
struct Origin {
  std::uint64_t frame = 0;
  Mac source_mac{}, destination_mac{};
};

/// Part of a TCP segment that waits for the octets before it.
struct Block {
  static constexpr std::size_t capacity = 1984;

  std::uint32_t sequence = 0;
  std::uint32_t missing = 0;  ///< octets behind it that the capture cut off
  Origin origin;
  std::uint16_t length = 0;
  std::uint32_t next = 0;  ///< in the stream, or of the unused ones; number from 1, 0 for none
  std::array<std::uint8_t, capacity> octets;

  Bytes bytes() const { return Bytes(octets).first(length); }
  std::uint32_t end() const { return sequence + length; }
};

/// A stream that waits: its blocks by sequence number, without overlaps.
struct Hole {
  std::uint32_t entry = 0;  ///< number of the flow's entry; 0 when unused
  Direction way = Direction::to_server;
  std::uint32_t first = 0;  ///< block
  std::uint32_t blocks = 0;
  Time since;
  std::optional<std::uint32_t> fin;  ///< sequence number of a FIN that waits
  std::uint32_t older = 0, younger = 0;
};

/// The bounded memory of all TCP streams that wait. Blocks are allocated as they are needed and reused for good.
class StreamBuffer {
 public:
  explicit StreamBuffer(NetworkOptions const& options);

  /// A hole for the stream, the youngest; 0 when the table is full.
  std::uint32_t open(std::uint32_t entry, Direction way, Time since);
  /// Gives the hole and its blocks back.
  void close(std::uint32_t hole);
  Hole& operator[](std::uint32_t hole) { return holes_[hole - 1]; }
  std::uint32_t oldest() const { return oldest_; }

  Block* first(Hole const& hole) { return hole.first ? &block(hole.first) : nullptr; }
  void pop(Hole& hole);
  /// Whether `octets` more fit into memory, whatever is there already.
  bool has_room(std::size_t octets) const {
    return (octets + Block::capacity - 1) / Block::capacity <= most_blocks_ - taken_;
  }
  /// Copies what is not there yet, sequence numbers from `sequence` on; the caller asked for room. Octets that do not
  /// fit because older blocks split them are left out. False when octets that were there already differ from the new
  /// ones.
  bool insert(Hole& hole, std::uint32_t sequence, Bytes payload, std::uint32_t missing, Origin const& origin);

 private:
  static constexpr std::size_t chunk_blocks = 64;
  Block& block(std::uint32_t number) { return chunks_[(number - 1) / chunk_blocks][(number - 1) % chunk_blocks]; }
  std::uint32_t take();
  void give(std::uint32_t number);

  std::vector<Hole> holes_;
  std::uint32_t unused_hole_ = 0;  ///< chained by `younger`
  std::uint32_t oldest_ = 0, youngest_ = 0;
  std::vector<std::unique_ptr<Block[]>> chunks_;
  std::size_t most_blocks_, taken_ = 0;
  std::uint32_t used_ = 0, unused_block_ = 0;
};

}  // namespace greywatch::agent
