#include "common/hash.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace greywatch {

HashKey HashKey::random() {
  HashKey key;
  if (getrandom(&key, sizeof key, 0) != sizeof key)
    throw std::system_error(errno, std::generic_category(), "no random numbers from the kernel");
  return key;
}

std::uint64_t siphash(HashKey const& key, Bytes octets) {
  detail::Sip sip(key);
  auto const total = octets.size();
  while (octets.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, octets.data(), 8);
    sip.word(word);
    octets = octets.subspan(8);
  }
  std::uint64_t last = static_cast<std::uint64_t>(total) << 56;
  for (std::size_t i = 0; i < octets.size(); ++i) last |= static_cast<std::uint64_t>(octets[i]) << (8 * i);
  sip.word(last);
  return sip.finish();
}

}  // namespace greywatch
