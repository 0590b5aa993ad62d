#include "agent/ship/spool_segment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "agent/ship/crc32c.hpp"
#include "common/wire/codec.hpp"

namespace greywatch::agent {

namespace {

constexpr std::uint16_t segment_format = 1;
constexpr std::string_view segment_magic = "GWSP";

void append_big(std::string& out, std::uint64_t value, unsigned octets) {
  for (unsigned i = octets; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

std::uint32_t seed(std::uint64_t epoch) {
  std::string octets;
  append_big(octets, epoch, 8);
  return crc32c(as_bytes(octets));
}

struct Header {
  std::uint32_t header_crc, payload_crc, length;
  std::uint64_t sequence;
  std::uint8_t spool_class;
};
/// The record header at the front of `octets`; none when there is no good one.
std::optional<Header> read_header(Bytes octets, std::uint32_t crc_seed, link::SpoolClass spool_class) {
  Reader in(octets);
  Header const header{.header_crc = in.be32(),
                      .payload_crc = in.be32(),
                      .length = in.be32(),
                      .sequence = in.be64(),
                      .spool_class = in.u8()};
  if (!in || header.length > link::max_finding_octets || header.spool_class != static_cast<std::uint8_t>(spool_class))
    return std::nullopt;
  if (crc32c(octets.subspan(4, record_header_octets - 4), crc_seed) != header.header_crc) return std::nullopt;
  return header;
}

}  // namespace

SegmentScan scan_segment(Bytes file, std::uint64_t epoch, link::SpoolClass spool_class) {
  SegmentScan scan;
  if (file.size() > max_segment_octets) file = file.first(max_segment_octets);
  if (file.size() < segment_header_octets) {
    scan.torn = true;
    return scan;
  }
  auto const crc_seed = seed(epoch);
  std::size_t at = scan.end = segment_header_octets;
  std::uint64_t before = 0, hurt = 0;
  bool lost = false;
  while (at + record_header_octets <= file.size()) {
    auto const header = read_header(file.subspan(at), crc_seed, spool_class);
    if (!header) {
      lost = true;
      ++at;
      continue;
    }
    hurt += std::exchange(lost, false);
    auto const from = at + record_header_octets;
    if (header->length > file.size() - from) break;
    at = from + header->length;
    if (header->sequence <= before || crc32c(file.subspan(from, header->length), crc_seed) != header->payload_crc) {
      ++hurt;
      continue;
    }
    scan.damaged += std::exchange(hurt, 0);  // what is hurt behind the last good record is a torn tail
    scan.entries.push_back({header->sequence, static_cast<std::uint32_t>(from - record_header_octets)});
    before = header->sequence;
    scan.end = static_cast<std::uint32_t>(at);
  }
  scan.torn = scan.end < file.size();
  return scan;
}

Bytes payload_of(Bytes file, SpoolEntry const& entry) {
  Reader in(file.subspan(entry.offset));
  in.skip(8);  // the CRCs, which the scan has checked
  auto const length = in.be32();
  return file.subspan(entry.offset + record_header_octets, length);
}

std::optional<link::SpoolClass> segment_class(std::filesystem::path const& path) {
  auto const stem = path.stem().string();
  auto const dash = stem.find('-');
  if (path.extension() != ".seg" || dash == std::string::npos) return std::nullopt;
  for (std::size_t i = 0; i < link::spool_classes; ++i)
    if (auto const spool_class = static_cast<link::SpoolClass>(i); stem.substr(dash + 1) == name(spool_class))
      return spool_class;
  return std::nullopt;
}

std::optional<std::uint64_t> segment_epoch(Bytes header) {
  Reader in(header);
  auto const magic = in.take(segment_magic.size());
  auto const format = in.be16();
  in.skip(2);
  auto const epoch = in.be64();
  auto const crc = in.be32();
  if (!in || as_text(magic) != segment_magic || format != segment_format) return std::nullopt;
  if (crc != crc32c(header.first(segment_header_octets - 4))) return std::nullopt;
  return epoch;
}

std::string seal_record(std::uint64_t epoch, link::SpoolClass spool_class, std::uint64_t sequence, Bytes payload) {
  auto const crc_seed = seed(epoch);
  std::string header;
  append_big(header, crc32c(payload, crc_seed), 4);
  append_big(header, payload.size(), 4);
  append_big(header, sequence, 8);
  append_big(header, static_cast<std::uint8_t>(spool_class), 1);
  std::string out;
  out.reserve(record_header_octets + payload.size());
  append_big(out, crc32c(as_bytes(header), crc_seed), 4);
  out += header;
  out += as_text(payload);
  return out;
}

std::optional<SpoolSegment> SpoolSegment::create(std::filesystem::path const& directory, std::uint64_t epoch,
                                                 link::SpoolClass spool_class, std::uint64_t first, int& error) {
  SpoolSegment segment(directory / fmt::format("{:020}-{}.seg", first, name(spool_class)), epoch, spool_class);
  std::string header(segment_magic);
  append_big(header, segment_format, 2);
  append_big(header, static_cast<std::uint8_t>(spool_class), 1);
  append_big(header, 0, 1);
  append_big(header, epoch, 8);
  append_big(header, crc32c(as_bytes(header)), 4);
  error = segment.file_.open(segment.path_, true);
  if (!error) error = segment.file_.cut(0);
  if (!error) error = segment.file_.write_at(0, as_bytes(header));
  if (error) {
    if (segment.file_) segment.remove();
    return std::nullopt;
  }
  segment.end_ = header.size();
  segment.dirty_ = true;
  return segment;
}

std::optional<SpoolSegment> SpoolSegment::open(std::filesystem::path const& path, std::uint64_t epoch, int& error) {
  error = 0;
  auto const spool_class = segment_class(path);
  if (!spool_class) return std::nullopt;
  SpoolSegment segment(path, epoch, *spool_class);
  error = segment.file_.open(path, false);
  if (error) return std::nullopt;
  std::vector<std::uint8_t> octets(std::min<std::uint64_t>(segment.file_.size(), max_segment_octets));
  octets.resize(segment.file_.read_at(0, octets, error));
  if (error) return std::nullopt;
  segment.epoch_ = segment_epoch(octets).value_or(epoch);
  auto scan = scan_segment(octets, segment.epoch_, *spool_class);
  if (!scan.entries.empty()) segment.base_ = scan.entries.front().sequence;
  for (auto const& entry : scan.entries) {
    // A jump beyond 32 bits within one file cannot come from us; what follows stays where it is, unread.
    if (entry.sequence - segment.base_ > std::numeric_limits<std::uint32_t>::max()) {
      ++scan.damaged;
      break;
    }
    segment.entries_.push_back({static_cast<std::uint32_t>(entry.sequence - segment.base_), entry.offset});
  }
  segment.end_ = std::max<std::uint64_t>(scan.end, segment_header_octets);
  segment.damaged_ = scan.damaged;
  segment.torn_ = scan.torn;
  if (scan.torn && scan.end) segment.file_.cut(scan.end);
  segment.file_.close();
  return segment;
}

bool SpoolSegment::reopen() const { return file_ || file_.open(path_, false) == 0; }

int SpoolSegment::append(std::uint64_t sequence, Bytes payload) {
  if (entries_.empty()) base_ = sequence;
  if (!file_)
    if (int const error = file_.open(path_, false)) return error;
  auto const record = seal_record(epoch_, class_, sequence, payload);
  if (int const error = file_.write_at(end_, as_bytes(record))) {
    file_.cut(end_);
    return error;
  }
  entries_.push_back({static_cast<std::uint32_t>(sequence - base_), static_cast<std::uint32_t>(end_)});
  end_ += record.size();
  dirty_ = true;
  return 0;
}

std::optional<std::string> SpoolSegment::read(std::size_t at) const {
  if (!reopen()) return std::nullopt;
  auto const from = entries_[at].offset;
  auto const to = at + 1 < entries_.size() ? entries_[at + 1].offset : end_;
  std::vector<std::uint8_t> octets(std::min<std::uint64_t>(to - from, record_header_octets + link::max_finding_octets));
  int error = 0;
  octets.resize(file_.read_at(from, octets, error));
  auto const crc_seed = seed(epoch_);
  auto const header = read_header(octets, crc_seed, class_);
  if (error || !header || header->sequence != sequence(at) || header->length > octets.size() - record_header_octets)
    return std::nullopt;
  auto const payload = Bytes(octets).subspan(record_header_octets, header->length);
  if (crc32c(payload, crc_seed) != header->payload_crc) return std::nullopt;
  return std::string(as_text(payload));
}

std::size_t SpoolSegment::position_after(std::uint64_t sequence) const {
  auto const found =
      std::ranges::upper_bound(entries_, sequence, {}, [this](Entry const& entry) { return base_ + entry.delta; });
  return static_cast<std::size_t>(found - entries_.begin());
}

File SpoolSegment::take_dirty() {
  if (!reopen()) return {};
  auto out = file_.duplicate();
  if (out) dirty_ = false;
  return out;
}

int SpoolSegment::remove() {
  file_.close();
  std::error_code error;
  std::filesystem::remove(path_, error);
  return error.value();
}

}  // namespace greywatch::agent
