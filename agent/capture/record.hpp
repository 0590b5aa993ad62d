#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "agent/capture/file.hpp"
#include "agent/capture/source.hpp"

namespace greywatch::agent {

/// Octets of the longest packet that any capture holds: libpcap's own bound.
inline constexpr std::uint32_t longest_packet = 262144;

inline std::uint32_t load32(std::uint8_t const* at, bool swapped) {
  std::uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return swapped ? std::byteswap(value) : value;
}
inline std::uint16_t load16(std::uint8_t const* at, bool swapped) {
  std::uint16_t value;
  std::memcpy(&value, at, sizeof value);
  return swapped ? std::byteswap(value) : value;
}

/// Whether `link` is a LINKTYPE_ that agent/net reads.
bool is_read(std::uint32_t link);

/// Numbers packets and hands them on; those of link types that nobody reads are numbered and counted only.
struct Emission {
  PacketSink& sink;
  FileCounters& counters;

  void packet(Time time, std::uint32_t link, Bytes octets, std::uint32_t original);
};

/// The input is damaged where `source` stands.
std::unexpected<Refusal> damaged(Source const& source, std::string_view what);

/// The input ended between two records: fine, unless a read failed.
Result<void, Refusal> finished(Source const& source);

}  // namespace greywatch::agent
