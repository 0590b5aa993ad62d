#pragma once
#include <filesystem>
#include <memory>

#include "agent/detect/knowledge.hpp"
#include "common/result.hpp"

namespace greywatch::agent::detect {

/// A baseline on disk, little-endian: "GWBL", version, length of what follows, the tables in the order in which they
/// were learned (so that it does not depend on the hash key), and CRC-32C of all before it.
class BaselineFile {
 public:
  static constexpr std::uint32_t version = 1;
  static constexpr std::size_t most_octets = std::size_t{256} << 20;

  static std::vector<std::uint8_t> write(Knowledge const& knowledge);
  /// Refuses damage with one sentence; every count is checked against what is left of the octets.
  static Result<std::unique_ptr<Knowledge>, Refusal> read(Bytes octets, DetectionBounds const& bounds,
                                                          HashKey const& hash_key);

  static Result<void, Refusal> save(Knowledge const& knowledge, std::filesystem::path const& path);
  static Result<std::unique_ptr<Knowledge>, Refusal> load(std::filesystem::path const& path,
                                                          DetectionBounds const& bounds, HashKey const& hash_key);
};

/// CRC-32C (Castagnoli), reflected, as in iSCSI (RFC 3720, appendix B.4).
std::uint32_t crc32c(Bytes octets);

}  // namespace greywatch::agent::detect
