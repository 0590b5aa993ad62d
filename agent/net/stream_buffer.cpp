#include "agent/net/stream_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace greywatch::agent {

StreamBuffer::StreamBuffer(NetworkOptions const& options)
    : holes_(std::max<std::size_t>(options.holes, 1)), most_blocks_(options.reassembly_octets / Block::capacity) {
  for (auto number = static_cast<std::uint32_t>(holes_.size()); number > 0; --number) {
    holes_[number - 1].younger = unused_hole_;
    unused_hole_ = number;
  }
  chunks_.reserve(most_blocks_ / chunk_blocks + 1);
}

std::uint32_t StreamBuffer::open(std::uint32_t entry, Direction way, Time since) {
  auto const number = unused_hole_;
  if (!number) return 0;
  auto& hole = (*this)[number];
  unused_hole_ = hole.younger;
  hole = {.entry = entry, .way = way, .since = since, .older = youngest_};
  (youngest_ ? (*this)[youngest_].younger : oldest_) = number;
  youngest_ = number;
  return number;
}

void StreamBuffer::close(std::uint32_t number) {
  auto& hole = (*this)[number];
  while (hole.first) pop(hole);
  (hole.older ? (*this)[hole.older].younger : oldest_) = hole.younger;
  (hole.younger ? (*this)[hole.younger].older : youngest_) = hole.older;
  hole.entry = 0;
  hole.younger = unused_hole_;
  unused_hole_ = number;
}

std::uint32_t StreamBuffer::take() {
  if (taken_ == most_blocks_) return 0;
  auto number = unused_block_;
  if (number) {
    unused_block_ = block(number).next;
  } else {
    number = ++used_;
    if ((number - 1) / chunk_blocks == chunks_.size()) {
      chunks_.push_back(std::make_unique_for_overwrite<Block[]>(chunk_blocks));
    }
  }
  ++taken_;
  return number;
}

void StreamBuffer::give(std::uint32_t number) {
  block(number).next = unused_block_;
  unused_block_ = number;
  --taken_;
}

void StreamBuffer::pop(Hole& hole) {
  auto const number = hole.first;
  hole.first = block(number).next;
  --hole.blocks;
  give(number);
}

bool StreamBuffer::insert(Hole& hole, std::uint32_t sequence, Bytes payload, std::uint32_t missing,
                          Origin const& origin) {
  bool same = true;
  std::uint32_t before = 0, at = hole.first;
  while (!payload.empty()) {
    while (at && ahead_of(block(at).end(), sequence) <= 0) {
      before = at;
      at = block(at).next;
    }
    std::size_t room = payload.size();
    if (at) {
      auto const& next = block(at);
      if (auto const begun = ahead_of(sequence, next.sequence); begun >= 0) {
        auto const overlap = std::min<std::size_t>(payload.size(), next.length - static_cast<std::uint32_t>(begun));
        same &= std::memcmp(next.octets.data() + begun, payload.data(), overlap) == 0;
        sequence += static_cast<std::uint32_t>(overlap);
        payload = payload.subspan(overlap);
        continue;
      }
      room = std::min<std::size_t>(room, next.sequence - sequence);
    }
    auto const fresh = take();
    if (!fresh) break;
    auto& part = block(fresh);
    auto const octets = std::min(room, Block::capacity);
    part.sequence = sequence;
    part.length = static_cast<std::uint16_t>(octets);
    part.missing = octets == payload.size() ? missing : 0;
    part.origin = origin;
    std::memcpy(part.octets.data(), payload.data(), octets);
    part.next = at;
    (before ? block(before).next : hole.first) = fresh;
    ++hole.blocks;
    before = fresh;
    sequence += static_cast<std::uint32_t>(octets);
    payload = payload.subspan(octets);
  }
  return same;
}

}  // namespace greywatch::agent
