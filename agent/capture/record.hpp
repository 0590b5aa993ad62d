#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

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

/// Numbers packets and hands them on, several at once; those of link types that nobody reads are numbered and counted
/// only. Records are taken from the source through it, so that what waits is handed on before its octets go.
class Emission {
 public:
  Emission(Source& source, PacketSink& sink, FileCounters& counters)
      : source_(source), sink_(sink), counters_(counters) {}

  /// As those of the source.
  Bytes peek(std::size_t octets) {
    if (source_.held() < octets) [[unlikely]]
      flush();
    return source_.peek(octets);
  }
  bool skip(std::uint64_t octets) {
    if (source_.held() < octets) [[unlikely]]
      flush();
    return source_.skip(octets);
  }

  void packet(Time time, std::uint32_t link, Bytes octets, std::uint32_t original) {
    ++counters_.packets;
    if (link != link_ && !begin(link)) return;
    counters_.octets += octets.size();
    waiting_[count_++] = {time, counters_.packets, octets, original, static_cast<LinkType>(link)};
    if (count_ == waiting_.size()) flush();
  }
  /// Hands on what waits; to be called at the end.
  void flush() {
    if (count_ != 0) sink_.on_packets(std::span(waiting_).first(std::exchange(count_, 0)));
  }

 private:
  bool begin(std::uint32_t link);  ///< whether a link type is read; counts it if not

  Source& source_;
  PacketSink& sink_;
  FileCounters& counters_;
  std::array<Packet, PacketSink::most_at_once> waiting_;
  std::size_t count_ = 0;
  std::uint32_t link_ = 0xFFFF'FFFF;  ///< of the last packet that is read
};

/// The input is damaged where `source` stands.
std::unexpected<Refusal> damaged(Source const& source, std::string_view what);

/// The input ended between two records: fine, unless a read failed.
Result<void, Refusal> finished(Source const& source);

}  // namespace greywatch::agent
