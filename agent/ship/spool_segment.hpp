#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/ship/file.hpp"
#include "common/bytes.hpp"
#include "common/wire/message.hpp"

namespace greywatch::agent {

/// One record on disk: CRC-32C of the rest of this header (4 octets), CRC-32C of the payload (4), length of the payload
/// (4), sequence (8), class (1), payload; numbers big-endian. Both CRCs start from the spool's epoch, so that no text
/// inside a finding can pose as a record. With a CRC of its own the header is found again, octet by octet, in linear
/// time, and a damaged payload is stepped over exactly.
inline constexpr std::size_t record_header_octets = 21;
/// "GWSP", format (2), class (1), zero (1), epoch (8), CRC-32C of these (4).
inline constexpr std::size_t segment_header_octets = 20;
inline constexpr std::size_t max_segment_octets = 16 * 1024 * 1024;

/// Where a record lies in its segment.
struct SpoolEntry {
  std::uint64_t sequence;
  std::uint32_t offset;
};

/// What a segment's octets hold.
struct SegmentScan {
  std::vector<SpoolEntry> entries;  ///< in rising sequence
  std::uint32_t end = 0;            ///< after the last good record
  std::uint64_t damaged = 0;        ///< stretches between good records that held none
  bool torn = false;                ///< something behind `end` that is no record
};

/// Finds the records of a segment, header included. Untrusted octets: damage is skipped, work is linear in the size.
SegmentScan scan_segment(Bytes file, std::uint64_t epoch, link::SpoolClass spool_class);

/// The payload of a record that `scan_segment` found in the same octets; borrows them.
Bytes payload_of(Bytes file, SpoolEntry const& entry);

/// The class that a segment's name says; none when it is no segment.
std::optional<link::SpoolClass> segment_class(std::filesystem::path const& path);

/// The epoch in a segment's header; none when the header is damaged.
std::optional<std::uint64_t> segment_epoch(Bytes header);

/// A record as it goes to disk.
std::string seal_record(std::uint64_t epoch, link::SpoolClass spool_class, std::uint64_t sequence, Bytes payload);

/// An append-only file of records of one class. Keeps eight octets of memory a record.
class SpoolSegment {
 public:
  /// A new file, named after its class and first sequence. `error` gets the errno.
  static std::optional<SpoolSegment> create(std::filesystem::path const& directory, std::uint64_t epoch,
                                            link::SpoolClass spool_class, std::uint64_t first, int& error);
  /// An existing one: scans it and cuts its torn tail. None when its name says no class or it cannot be read. `epoch`
  /// is taken for the segment's own when its header is damaged.
  static std::optional<SpoolSegment> open(std::filesystem::path const& path, std::uint64_t epoch, int& error);

  /// 0 or the errno; then the file is as it was before.
  int append(std::uint64_t sequence, Bytes payload);
  /// The payload of record `at`; none when it is damaged by now.
  std::optional<std::string> read(std::size_t at) const;

  std::size_t records() const { return entries_.size(); }
  std::uint64_t sequence(std::size_t at) const { return base_ + entries_[at].delta; }
  std::uint64_t last() const { return sequence(entries_.size() - 1); }
  bool done(std::uint64_t acked) const { return entries_.empty() || last() <= acked; }
  std::size_t position_after(std::uint64_t sequence) const;  ///< of the first record above `sequence`
  std::uint64_t epoch() const { return epoch_; }
  link::SpoolClass spool_class() const { return class_; }
  std::uint64_t octets() const { return end_; }
  std::uint64_t damaged() const { return damaged_; }
  bool torn() const { return torn_; }
  bool dirty() const { return dirty_; }
  /// Whether a record of that sequence may still be appended below `limit` octets.
  bool takes(std::uint64_t sequence, std::uint64_t limit) const {
    return end_ < limit && (entries_.empty() || sequence - base_ <= 0xFFFFFFFF);
  }
  void release() { file_.close(); }  ///< gives the descriptor back until it is needed again
  /// The file to flush, which then counts as flushed; none when it cannot be opened.
  File take_dirty();
  int remove();

 private:
  struct Entry {
    std::uint32_t delta, offset;
  };
  SpoolSegment(std::filesystem::path path, std::uint64_t epoch, link::SpoolClass spool_class)
      : path_(std::move(path)), epoch_(epoch), class_(spool_class) {}
  bool reopen() const;

  std::filesystem::path path_;
  mutable File file_;
  std::uint64_t epoch_, base_ = 0;
  link::SpoolClass class_;
  std::vector<Entry> entries_;
  std::uint64_t end_ = 0, damaged_ = 0;
  bool torn_ = false, dirty_ = false;
};

}  // namespace greywatch::agent
