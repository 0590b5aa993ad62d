#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "common/bytes.hpp"

namespace greywatch::agent {

/// An open file of the spool. Calls return 0 or the errno; nothing throws. Interrupted and short writes are continued.
class File {
 public:
  File() = default;
  ~File() { close(); }
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  /// Opens for reading and writing, makes the file (mode 0600) when `create`.
  int open(std::filesystem::path const& path, bool create);
  int open_to_read(std::filesystem::path const& path);
  int write_at(std::uint64_t offset, Bytes octets);
  /// Reads up to out.size() octets; fewer at the end of the file. `error` gets the errno.
  std::size_t read_at(std::uint64_t offset, std::span<std::uint8_t> out, int& error) const;
  int cut(std::uint64_t size);
  int sync();              ///< data to the disk (fdatasync)
  File duplicate() const;  ///< the same open file, so that another thread may flush it
  int lock();              ///< exclusive and at once (flock); EWOULDBLOCK when another process holds it
  std::uint64_t size() const;
  void close();
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Makes names that were added to or removed from a directory durable. 0 or the errno.
int sync_directory(std::filesystem::path const& directory);

/// "No space left on device" and the like.
std::string error_text(int error);

}  // namespace greywatch::agent
