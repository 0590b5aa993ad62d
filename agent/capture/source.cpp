#include "agent/capture/source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace greywatch::agent {

Result<Source, Refusal> Source::open(std::filesystem::path const& name, std::size_t capacity) {
  if (name == "-") return Source(STDIN_FILENO, "standard input", capacity);
  int const descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return refuse(fmt::format("{}: cannot be opened: {}", name.string(), std::strerror(errno)));
  struct stat about{};
  if (fstat(descriptor, &about) == 0 && S_ISDIR(about.st_mode)) {
    ::close(descriptor);
    return refuse(fmt::format("{}: is a directory", name.string()));
  }
  return Source(descriptor, name.string(), capacity);
}

Source::Source(int descriptor, std::string name, std::size_t capacity)
    : descriptor_(descriptor),
      name_(std::move(name)),
      capacity_(capacity),
      buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(capacity)) {}

Source::Source(Source&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      name_(std::move(other.name_)),
      capacity_(other.capacity_),
      buffer_(std::move(other.buffer_)),
      at_(other.at_),
      end_(other.end_),
      offset_(other.offset_),
      ended_(other.ended_),
      error_(other.error_) {}

Source::~Source() {
  if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
}

void Source::refill(std::size_t octets) {
  if (octets > capacity_) octets = capacity_;
  std::memmove(buffer_.get(), buffer_.get() + at_, end_ - at_);
  offset_ += at_;
  end_ -= at_;
  at_ = 0;
  while (end_ < octets && !ended_) {
    auto const wanted = std::min(std::max(octets - end_, piece), capacity_ - end_);
    auto const got = ::read(descriptor_, buffer_.get() + end_, wanted);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error_ = errno;
    if (got <= 0)
      ended_ = true;
    else
      end_ += static_cast<std::size_t>(got);
  }
}

bool Source::skip_beyond(std::uint64_t octets) {
  while (octets > 0) {
    std::uint64_t const here = std::min<std::uint64_t>(octets, end_ - at_);
    at_ += static_cast<std::size_t>(here);
    octets -= here;
    if (octets > 0 && peek(1).empty()) return false;
  }
  return true;
}

}  // namespace greywatch::agent
