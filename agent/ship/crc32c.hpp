#pragma once
#include <cstdint>

#include "common/bytes.hpp"

namespace greywatch::agent {

/// CRC-32C (Castagnoli, RFC 3720, 12.1) of `octets`, continuing from `before`: crc32c(b, crc32c(a)) is that of a and b
/// joined.
std::uint32_t crc32c(Bytes octets, std::uint32_t before = 0);

}  // namespace greywatch::agent
