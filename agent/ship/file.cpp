#include "agent/ship/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace greywatch::agent {

int File::open(std::filesystem::path const& path, bool create) {
  close();
  fd_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0), 0600);
  return fd_ < 0 ? errno : 0;
}

int File::open_to_read(std::filesystem::path const& path) {
  close();
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  return fd_ < 0 ? errno : 0;
}

int File::write_at(std::uint64_t offset, Bytes octets) {
  while (!octets.empty()) {
    auto const n = ::pwrite(fd_, octets.data(), octets.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? errno : EIO;
    offset += static_cast<std::uint64_t>(n);
    octets = octets.subspan(static_cast<std::size_t>(n));
  }
  return 0;
}

std::size_t File::read_at(std::uint64_t offset, std::span<std::uint8_t> out, int& error) const {
  error = 0;
  std::size_t done = 0;
  while (done < out.size()) {
    auto const n = ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) error = errno;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

int File::cut(std::uint64_t size) { return ::ftruncate(fd_, static_cast<off_t>(size)) < 0 ? errno : 0; }
int File::sync() { return ::fdatasync(fd_) < 0 ? errno : 0; }
File File::duplicate() const {
  File out;
  out.fd_ = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  return out;
}
int File::lock() { return ::flock(fd_, LOCK_EX | LOCK_NB) < 0 ? errno : 0; }

std::uint64_t File::size() const {
  struct stat facts{};
  return ::fstat(fd_, &facts) < 0 ? 0 : static_cast<std::uint64_t>(facts.st_size);
}

void File::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

int sync_directory(std::filesystem::path const& directory) {
  int const fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  int const error = ::fsync(fd) < 0 ? errno : 0;
  ::close(fd);
  return error;
}

std::string error_text(int error) { return std::generic_category().message(error); }

}  // namespace greywatch::agent
