#pragma once
#include <cstdint>
#include <filesystem>
#include <map>

#include "agent/packet.hpp"
#include "common/result.hpp"

namespace greywatch::agent {

/// What a capture file held.
struct FileCounters {
  std::uint64_t packets = 0;                                 ///< records, those of unread link types included
  std::uint64_t octets = 0;                                  ///< captured octets of packets given to the sink
  std::map<std::uint32_t, std::uint64_t> unread_link_types;  ///< LINKTYPE_ number and packets left out; at most 16
};

/// Gives every packet of a capture to `sink`, in the order of the file: .pcap (both byte orders, micro- and
/// nanoseconds, the "modified" format) and .pcapng (several sections and interfaces), told apart by content; "-" is
/// standard input. A damaged file yields all that it holds up to the damage, then a refusal that names the file and the
/// octet offset. Formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
Result<void, Refusal> read_capture(std::filesystem::path const& file, PacketSink& sink, FileCounters& counters);

}  // namespace greywatch::agent
