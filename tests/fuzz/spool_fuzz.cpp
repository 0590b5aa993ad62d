// links: greywatch::agent_ship
// A segment of the spool: the first octet says whether the rest is a segment as it lies on a damaged disk (0), or a
// script that writes good records, then damages them (1); what it leaves alone must be found.
#include <cstdlib>

#include "agent/ship/spool_segment.hpp"

namespace {

using namespace greywatch;
using namespace greywatch::agent;

constexpr std::uint64_t epoch = 0x1234'5678;
/// Payloads of the script may hold whole records of the epoch above; nobody outside knows this one.
constexpr std::uint64_t secret_epoch = 0x9abc'def0;
constexpr auto spool_class = link::SpoolClass::loss;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(Bytes file, SegmentScan const& scan) {
  require(scan.end <= file.size());
  require(scan.torn == (scan.end < file.size() || file.size() < segment_header_octets));
  std::uint64_t before = 0, end = segment_header_octets;
  for (auto const& [sequence, offset] : scan.entries) {
    require(sequence > before && offset >= end && offset + record_header_octets <= scan.end);
    before = sequence;
    end = offset + record_header_octets;
  }
}

void raw(Bytes file) {
  segment_epoch(file.first(std::min(file.size(), segment_header_octets)));
  check(file, scan_segment(file, epoch, spool_class));
}

void script(Bytes input) {
  Reader in(input);
  std::string file(segment_header_octets, '\0');
  struct Written {
    std::uint64_t sequence;
    std::size_t from, to;
    bool hurt = false;
  };
  std::vector<Written> written;
  auto const records = in.u8() % 16;
  std::uint64_t sequence = 0;
  for (int i = 0; i < records; ++i) {
    sequence += 1 + in.u8();
    auto const length = std::min<std::size_t>(in.u8(), in.left());
    auto const from = file.size();
    file += seal_record(secret_epoch, spool_class, sequence, in.take(length));
    written.push_back({sequence, from, file.size()});
  }
  while (in.left() >= 3) {
    auto const at = in.be16();
    auto const flip = in.u8();
    if (at < segment_header_octets || at >= file.size() || flip == 0) continue;
    file[at] = static_cast<char>(file[at] ^ flip);
    for (auto& record : written) record.hurt |= at >= record.from && at < record.to;
  }
  auto const scan = scan_segment(as_bytes(file), secret_epoch, spool_class);
  check(as_bytes(file), scan);
  auto next = scan.entries.begin();
  for (auto const& record : written) {
    if (record.hurt) {
      // Two flips may cancel each other out; then it is a good record after all.
      if (next != scan.entries.end() && next->offset == record.from) ++next;
      continue;
    }
    require(next != scan.entries.end() && next->sequence == record.sequence && next->offset == record.from);
    ++next;
  }
  require(next == scan.entries.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  Bytes const octets(data + 1, size - 1);
  data[0] % 2 ? script(octets) : raw(octets);
  return 0;
}
