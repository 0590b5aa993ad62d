#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/ship/spool_segment.hpp"
#include "agent/ship/spool_state.hpp"
#include "common/event/finding.hpp"
#include "common/result.hpp"
#include "common/wire/message.hpp"

namespace greywatch::agent {

struct SpoolOptions {
  std::filesystem::path directory;                 ///< made with mode 0700 when absent
  std::uint64_t max_octets = 64 * 1024 * 1024;     ///< of all segments; at least 64 KiB
  std::size_t sync_records = 256;                  ///< flush to the disk after so many records …
  std::chrono::milliseconds sync_interval{200};    ///< … and at the latest so long after the first of them
  std::chrono::milliseconds retry_interval{1000};  ///< after a write error
  std::size_t memory_records = 1024;               ///< kept while the disk refuses
  std::size_t memory_octets = 1024 * 1024;
};

struct SpoolCounters {
  std::uint64_t appended = 0;         ///< findings that got a sequence
  std::uint64_t trimmed = 0;          ///< of these: cut to the bounds of the link
  std::uint64_t waiting = 0;          ///< records that are not acked, on disk and in memory
  std::uint64_t octets = 0;           ///< on disk
  link::PerClass dropped_by_class{};  ///< not acked and gone, since the spool was made
  std::uint64_t damaged = 0;          ///< damaged stretches or records that were skipped
  std::uint64_t torn = 0;             ///< torn tails that were cut off at start
  std::uint64_t write_errors = 0;
  std::uint64_t in_memory = 0;   ///< records that wait for the disk to take them
  std::uint64_t renumbered = 0;  ///< records that moved to a new epoch
  bool degraded = false;         ///< the disk refuses at the moment
  std::string trouble;           ///< the last write error, empty when the disk takes everything
};

/// A record on its way to the collector.
struct SpoolRecord {
  std::uint64_t sequence = 0;
  link::SpoolClass spool_class{};
  std::string payload;  ///< link::encode of the finding
};

/// What is to be flushed. Any thread may run it; a flush can take long and the link must not wait for it.
struct FlushJob {
  std::vector<File> files;
  std::filesystem::path directory;  ///< empty: no names changed
  int run();                        ///< 0 or the first errno
};

/// Findings on disk until the collector has committed them. One log of segment files a class, so that the oldest
/// records of the least severe class can go first when the bound is reached; sequences rise over all classes and are
/// never used twice within an epoch: they are reserved in blocks, durably, before the first of a block is given.
///
/// A record is in the file when `append` returns, so it survives the death of the process; it survives the loss of
/// power after the next `sync`. Owned by one thread. Nothing here throws but for memory; disk trouble is counted.
class Spool {
 public:
  /// Opens or makes the spool; refuses a directory that cannot be used or that another process has open. Damaged files
  /// are no reason to refuse.
  static Result<std::unique_ptr<Spool>, Refusal> open(SpoolOptions options);
  ~Spool();
  Spool(Spool const&) = delete;
  Spool& operator=(Spool const&) = delete;

  /// The sequence that the finding got; it has one even when it was dropped for lack of room.
  std::uint64_t append(Finding finding);
  /// The same for an encoded finding of at most link::max_finding_octets.
  std::uint64_t append(link::SpoolClass spool_class, std::string payload);

  /// The next record in rising sequence after the last one that it returned; none when there is none yet.
  std::optional<SpoolRecord> next();
  /// Continues `next` after the acked position: everything that is not acked comes again.
  void rewind();
  /// The sequence that `next` returned last.
  std::uint64_t read_position() const { return read_; }
  bool has_next() const;

  /// Everything up to `sequence` is committed and may go.
  void ack(std::uint64_t sequence);
  std::uint64_t acked() const { return state_.acked; }
  std::uint64_t epoch() const { return state_.epoch; }
  std::uint64_t next_sequence() const { return next_; }

  /// Starts a new epoch and gives all records that are not acked new sequences in it. For a spool that turns out to be
  /// older than what the collector holds, as after the restoration of a disk image.
  void renew_epoch();

  /// Flushes to the disk now, and waits for it.
  void sync();
  /// From now on what is due is flushed elsewhere: `flush` must see that the job is run and then call `flushed` on the
  /// spool's thread with the result. One job at a time.
  void flush_with(std::function<void(FlushJob)> flush) { flush_ = std::move(flush); }
  void flushed(int error);
  /// Flushes and retries what is due; call it now and then. The time until the next call is needed, none when idle.
  std::optional<std::chrono::milliseconds> tick(std::chrono::steady_clock::time_point now);

  SpoolCounters counters() const;

 private:
  struct Log {
    std::deque<SpoolSegment> segments;
    std::size_t segment = 0, record = 0;  ///< what `next` reads next: the first record above read_
  };
  explicit Spool(SpoolOptions options);
  void load();
  void adopt(std::vector<SpoolSegment> foreign);
  void reserve(std::uint64_t sequence);
  bool store(link::SpoolClass spool_class, std::uint64_t sequence, Bytes payload);
  int append_to_log(Log& log, link::SpoolClass spool_class, std::uint64_t sequence, Bytes payload);
  bool make_room(link::SpoolClass incoming, std::size_t octets);
  void drop_front(Log& log);
  void remove_front(Log& log);
  void keep_in_memory(SpoolRecord record);
  void flush_memory();
  void seek();
  void advance(Log& log) const;
  bool free_acked();
  FlushJob take_dirty();
  void flush_due();
  void trouble(int error, std::string_view what);
  std::uint64_t waiting(Log const& log) const;

  SpoolOptions options_;
  std::uint64_t segment_octets_;
  File lock_;
  SpoolStateFile state_file_;
  SpoolState state_;
  bool state_dirty_ = false, reserve_dirty_ = false, directory_dirty_ = false;
  std::uint64_t next_ = 1, read_ = 0;
  mutable std::array<Log, link::spool_classes> logs_;
  std::deque<SpoolRecord> memory_;
  std::size_t memory_octets_ = 0;
  std::uint64_t octets_ = 0;
  std::size_t unsynced_ = 0;
  std::optional<std::chrono::steady_clock::time_point> unsynced_since_, retry_at_;
  std::function<void(FlushJob)> flush_;
  bool flushing_ = false;
  SpoolCounters counters_;
};

}  // namespace greywatch::agent
