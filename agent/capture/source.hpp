#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/result.hpp"

namespace greywatch::agent {

/// Reads a file or standard input through one buffer, so that records can be used in place. Not copyable, one thread.
class Source {
 public:
  /// `name` is a path, or "-" for standard input. The buffer holds `capacity` octets: the longest record.
  static Result<Source, Refusal> open(std::filesystem::path const& name, std::size_t capacity = 1 << 20);

  Source(Source&& other) noexcept;
  Source& operator=(Source&&) = delete;
  ~Source();

  /// At least `octets` octets in place, or what is left when the input ends before. Borrowed until the next call.
  Bytes peek(std::size_t octets) {
    if (end_ - at_ < octets) [[unlikely]]
      refill(octets);
    return Bytes(buffer_.get() + at_, end_ - at_);
  }
  /// Octets that can be peeked at without a call that takes others away.
  std::size_t held() const { return end_ - at_; }
  /// Moves on; `octets` may be more than the buffer holds. False when the input ended before.
  bool skip(std::uint64_t octets) {
    if (octets > end_ - at_) [[unlikely]]
      return skip_beyond(octets);
    at_ += static_cast<std::size_t>(octets);
    return true;
  }

  std::uint64_t offset() const { return offset_ + at_; }  ///< octets read so far
  std::size_t capacity() const { return capacity_; }
  std::string const& name() const { return name_; }
  int error() const { return error_; }  ///< errno of a failed read, else 0

 private:
  Source(int descriptor, std::string name, std::size_t capacity);
  /// What is read at once. Far less than the buffer holds: what was read is still in the processor's cache when it is
  /// looked at, and does not push the tables of flows out of it.
  static constexpr std::size_t piece = 64 << 10;
  void refill(std::size_t octets);
  bool skip_beyond(std::uint64_t octets);

  int descriptor_;
  std::string name_;
  std::size_t capacity_;
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::size_t at_ = 0, end_ = 0;
  std::uint64_t offset_ = 0;  ///< of the buffer's first octet in the input
  bool ended_ = false;
  int error_ = 0;
};

}  // namespace greywatch::agent
