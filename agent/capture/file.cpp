#include "agent/capture/file.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "agent/capture/pcapng.hpp"
#include "agent/capture/record.hpp"
#include "agent/capture/source.hpp"

namespace greywatch::agent {

namespace {

/// The file header's variants. draft-ietf-opsawg-pcap, 4; the modified one is Kuznetsov's, with 8 more octets a record.
struct Magic {
  std::uint32_t value;
  std::uint32_t fraction_ns;
  std::size_t record_header;
};
constexpr Magic magics[] = {{0xA1B2C3D4, 1000, 16}, {0xA1B23C4D, 1, 16}, {0xA1B2CD34, 1000, 24}};
constexpr std::size_t file_header = 24;

Result<void, Refusal> read_pcap(Source const& source, Magic const& magic, bool swapped, Emission& out) {
  auto const header = out.peek(file_header);
  if (header.size() < file_header) return damaged(source, "the file header is cut off");
  std::uint32_t const link = load32(header.data() + 20, swapped) & 0x0FFFFFFF;
  out.skip(file_header);
  while (true) {
    auto const head = out.peek(magic.record_header);
    if (head.empty()) return finished(source);
    if (head.size() < magic.record_header) return damaged(source, "a record header is cut off");
    std::uint32_t const second = load32(head.data(), swapped);
    std::uint32_t const fraction = load32(head.data() + 4, swapped);
    std::uint32_t const captured = load32(head.data() + 8, swapped);
    std::uint32_t const original = load32(head.data() + 12, swapped);
    if (captured > longest_packet)
      return damaged(source, fmt::format("a record claims {} octets, more than the {} any capture holds", captured,
                                         longest_packet));
    std::size_t const whole = magic.record_header + captured;
    auto const record = out.peek(whole);
    if (record.size() < whole) return damaged(source, "a packet is cut off");
    out.packet(from_unix_ns(std::int64_t{second} * 1'000'000'000 + std::int64_t{fraction} * magic.fraction_ns), link,
               record.subspan(magic.record_header, captured), original);
    out.skip(whole);
  }
}

}  // namespace

Result<void, Refusal> read_capture(std::filesystem::path const& file, PacketSink& sink, FileCounters& counters) {
  auto opened = Source::open(file);
  if (!opened) return std::unexpected(opened.error());
  Source& source = *opened;
  auto const head = source.peek(4);
  if (head.size() < 4) {
    if (source.error()) return finished(source);
    return refuse(fmt::format("{}: is no capture: it has {} octets", source.name(), head.size()));
  }
  Emission out(source, sink, counters);
  auto const whole = [&](Result<void, Refusal> const& read) {
    out.flush();
    return read;
  };
  std::uint32_t const first = load32(head.data(), false);
  if (first == pcapng_section) return whole(read_pcapng(source, out));
  for (auto const& magic : magics) {
    if (first == magic.value) return whole(read_pcap(source, magic, false, out));
    if (first == std::byteswap(magic.value)) return whole(read_pcap(source, magic, true, out));
  }
  return refuse(fmt::format("{}: is neither pcap nor pcapng: it begins with {:02x} {:02x} {:02x} {:02x}", source.name(),
                            head[0], head[1], head[2], head[3]));
}

}  // namespace greywatch::agent
