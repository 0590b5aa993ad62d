#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "common/pack/pack.hpp"

namespace greywatch::pack {

namespace {

std::unexpected<Refusal> failed(std::filesystem::path const& file) {
  return refuse(fmt::format("{}: {}", file.string(), std::strerror(errno)));
}

}  // namespace

Result<std::string, Refusal> read_file(std::filesystem::path const& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return failed(file);
  std::string octets(max_pack_octets + 1, '\0');
  in.read(octets.data(), static_cast<std::streamsize>(octets.size()));
  octets.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return failed(file);
  if (octets.size() > max_pack_octets)
    return refuse(fmt::format("{}: has more than {} octets", file.string(), max_pack_octets));
  return octets;
}

Result<void, Refusal> replace_file(std::filesystem::path const& file, std::string_view octets) {
  auto const temporary = std::filesystem::path(file).concat(".new");
  int const fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return failed(temporary);
  bool fine = true;
  while (fine && !octets.empty()) {
    auto const n = ::write(fd, octets.data(), octets.size());
    fine = n > 0 || (n < 0 && errno == EINTR);
    if (n > 0) octets.remove_prefix(static_cast<std::size_t>(n));
  }
  fine = fine && ::fsync(fd) == 0;
  auto const why = errno;
  ::close(fd);
  errno = why;
  if (!fine || ::rename(temporary.c_str(), file.c_str()) < 0) return failed(file);
  return {};
}

}  // namespace greywatch::pack
