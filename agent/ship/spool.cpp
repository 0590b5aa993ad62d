#include "agent/ship/spool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "common/wire/codec.hpp"

namespace greywatch::agent {

namespace {

/// Sequences are reserved in blocks of this many: one flush a block, and a gap of at most this after a crash.
constexpr std::uint64_t block = 1 << 16;
constexpr std::uint64_t least_octets = 64 * 1024;

}  // namespace

Result<std::unique_ptr<Spool>, Refusal> Spool::open(SpoolOptions options) {
  auto const& directory = options.directory;
  std::error_code error;
  if (!std::filesystem::exists(directory, error)) {
    std::filesystem::create_directories(directory, error);
    if (!error) std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  }
  if (error || !std::filesystem::is_directory(directory, error))
    return refuse(
        fmt::format("spool directory {}: {}", directory.string(), error ? error.message() : "is no directory"));
  auto spool = std::unique_ptr<Spool>(new Spool(std::move(options)));
  auto const& place = spool->options_.directory;
  if (int const why = spool->lock_.open(place / "lock", true))
    return refuse(fmt::format("spool directory {}: {}", place.string(), error_text(why)));
  if (spool->lock_.lock()) return refuse(fmt::format("spool directory {}: another agent uses it", place.string()));
  if (int const why = spool->state_file_.open(place))
    return refuse(fmt::format("spool file {}: {}", (place / "state").string(), error_text(why)));
  spool->load();
  return spool;
}

Spool::Spool(SpoolOptions options)
    : options_(std::move(options)),
      segment_octets_(std::clamp<std::uint64_t>(options_.max_octets / 32, least_octets / 4, max_segment_octets / 2)) {
  options_.max_octets = std::max(options_.max_octets, least_octets);
}

Spool::~Spool() {
  if (!lock_) return;
  flush_memory();
  sync();
  // A clean end gives the rest of the block back.
  state_.reserved = next_;
  state_file_.write(state_, true);
}

void Spool::load() {
  auto const known = state_file_.read();
  state_ = known.value_or(SpoolState{.epoch = new_epoch()});
  std::vector<std::filesystem::path> paths;
  std::error_code ignored;
  for (auto const& entry : std::filesystem::directory_iterator(options_.directory, ignored))
    if (entry.path().extension() == ".seg") paths.push_back(entry.path());
  std::ranges::sort(paths);  // names begin with the first sequence
  std::vector<SpoolSegment> foreign;
  std::uint64_t last = state_.acked;
  for (auto const& path : paths) {
    int error = 0;
    auto segment = SpoolSegment::open(path, state_.epoch, error);
    if (!segment) {
      ++counters_.damaged;
      continue;
    }
    counters_.damaged += segment->damaged();
    counters_.torn += segment->torn();
    if (segment->records() == 0) {
      segment->remove();
      continue;
    }
    last = std::max(last, segment->last());
    auto& log = logs_[static_cast<std::size_t>(segment->spool_class())];
    bool const rises = log.segments.empty() || log.segments.back().last() < segment->sequence(0);
    if (segment->epoch() != state_.epoch || !rises) {
      foreign.push_back(std::move(*segment));
      continue;
    }
    octets_ += segment->octets();
    log.segments.push_back(std::move(*segment));
  }
  next_ = std::max(state_.reserved, last + 1);
  if (!known) state_.reserved = next_;
  reserve(next_);
  free_acked();
  rewind();
  adopt(std::move(foreign));
}

void Spool::adopt(std::vector<SpoolSegment> foreign) {
  for (auto& segment : foreign) {
    for (std::size_t i = segment.position_after(state_.acked); i < segment.records(); ++i) {
      auto payload = segment.read(i);
      counters_.damaged += !payload;
      if (!payload) continue;
      append(segment.spool_class(), std::move(*payload));
      ++counters_.renumbered;
    }
    sync();
    // A disk that refuses just now has not taken the copies: the originals stay for the next start.
    if (retry_at_ || !memory_.empty()) return;
    segment.remove();
  }
}

void Spool::renew_epoch() {
  state_.epoch = new_epoch();
  if (int const error = state_file_.write(state_, true)) trouble(error, "state");
  std::vector<SpoolSegment> old;
  for (auto& log : std::exchange(logs_, {})) std::ranges::move(log.segments, std::back_inserter(old));
  octets_ = 0;
  auto memory = std::exchange(memory_, {});
  memory_octets_ = 0;
  rewind();
  adopt(std::move(old));
  for (auto& record : memory) {
    append(record.spool_class, std::move(record.payload));
    ++counters_.renumbered;
  }
}

void Spool::reserve(std::uint64_t sequence) {
  if (sequence < state_.reserved) return;
  state_.reserved = sequence + block;
  // When this fails sequences go on all the same: a collector that knows later ones than we do makes us renew the
  // epoch.
  if (int const error = state_file_.write(state_, true)) {
    trouble(error, "state");
    state_dirty_ = reserve_dirty_ = true;
    return;
  }
  state_dirty_ = false;
}

std::uint64_t Spool::append(Finding finding) {
  counters_.trimmed += link::fit(finding);
  auto const spool_class = link::spool_class(finding);
  finding.id.clear();  // follows from node, epoch and sequence
  std::string payload;
  link::encode(finding, payload);
  return append(spool_class, std::move(payload));
}

std::uint64_t Spool::append(link::SpoolClass spool_class, std::string payload) {
  auto const sequence = next_++;
  reserve(sequence);
  ++counters_.appended;
  if (!memory_.empty() || retry_at_ || !store(spool_class, sequence, as_bytes(payload)))
    keep_in_memory({sequence, spool_class, std::move(payload)});
  return sequence;
}

bool Spool::store(link::SpoolClass spool_class, std::uint64_t sequence, Bytes payload) {
  if (!make_room(spool_class, record_header_octets + payload.size())) {
    ++state_.dropped[static_cast<std::size_t>(spool_class)];
    state_dirty_ = true;
    return true;
  }
  auto& log = logs_[static_cast<std::size_t>(spool_class)];
  if (int const error = append_to_log(log, spool_class, sequence, payload)) {
    trouble(error, "append");
    return false;
  }
  ++unsynced_;
  if (!unsynced_since_) unsynced_since_ = std::chrono::steady_clock::now();
  if (unsynced_ >= options_.sync_records) flush_due();
  return true;
}

int Spool::append_to_log(Log& log, link::SpoolClass spool_class, std::uint64_t sequence, Bytes payload) {
  if (log.segments.empty() || !log.segments.back().takes(sequence, segment_octets_)) {
    if (!log.segments.empty()) log.segments.back().release();
    int error = 0;
    auto segment = SpoolSegment::create(options_.directory, state_.epoch, spool_class, sequence, error);
    if (!segment) return error;
    octets_ += segment->octets();
    directory_dirty_ = true;
    log.segments.push_back(std::move(*segment));
  }
  auto& segment = log.segments.back();
  auto const before = segment.octets();
  int const error = segment.append(sequence, payload);
  octets_ += segment.octets() - before;
  return error;
}

bool Spool::make_room(link::SpoolClass incoming, std::size_t octets) {
  auto const needed = octets + segment_header_octets;
  while (octets_ + needed > options_.max_octets) {
    if (free_acked()) continue;
    auto const least = std::ranges::find_if(logs_, [this](Log const& log) { return waiting(log) > 0; });
    if (least == logs_.end()) return true;
    if (least - logs_.begin() > static_cast<std::ptrdiff_t>(incoming)) return false;
    drop_front(*least);
  }
  return true;
}

std::uint64_t Spool::waiting(Log const& log) const {
  std::uint64_t count = 0;
  for (auto const& segment : log.segments) count += segment.records() - segment.position_after(state_.acked);
  return count;
}

/// Removes the first segment whose records are all acked; false when there is none.
bool Spool::free_acked() {
  for (auto& log : logs_)
    if (!log.segments.empty() && log.segments.front().done(state_.acked)) {
      remove_front(log);
      return true;
    }
  return false;
}

void Spool::drop_front(Log& log) {
  auto const& segment = log.segments.front();
  auto const lost = segment.records() - segment.position_after(state_.acked);
  state_.dropped[static_cast<std::size_t>(segment.spool_class())] += lost;
  state_dirty_ = true;
  remove_front(log);
}

void Spool::remove_front(Log& log) {
  octets_ -= log.segments.front().octets();
  log.segments.front().remove();
  log.segments.pop_front();
  if (log.segment > 0)
    --log.segment;
  else
    log.record = 0;
}

void Spool::keep_in_memory(SpoolRecord record) {
  memory_octets_ += record.payload.size();
  memory_.push_back(std::move(record));
  while (memory_.size() > options_.memory_records || memory_octets_ > options_.memory_octets) {
    auto const least = std::ranges::min_element(memory_, {}, &SpoolRecord::spool_class);
    ++state_.dropped[static_cast<std::size_t>(least->spool_class)];
    state_dirty_ = true;
    memory_octets_ -= least->payload.size();
    memory_.erase(least);
  }
}

void Spool::flush_memory() {
  while (!memory_.empty()) {
    auto& record = memory_.front();
    if (record.sequence > state_.acked && !store(record.spool_class, record.sequence, as_bytes(record.payload))) return;
    memory_octets_ -= record.payload.size();
    memory_.pop_front();
  }
  retry_at_.reset();
  counters_.degraded = false;
  counters_.trouble.clear();
}

void Spool::trouble(int error, std::string_view what) {
  ++counters_.write_errors;
  counters_.degraded = true;
  counters_.trouble = fmt::format("spool {}: {}: {}", options_.directory.string(), what, error_text(error));
  retry_at_ = std::chrono::steady_clock::now() + options_.retry_interval;
}

void Spool::advance(Log& log) const {
  while (log.segment < log.segments.size()) {
    auto& segment = log.segments[log.segment];
    if (log.record < segment.records()) {
      if (segment.sequence(log.record) > read_) return;
      log.record = segment.position_after(read_);
      continue;
    }
    if (log.segment + 1 == log.segments.size()) return;  // the active one: more may come
    segment.release();
    ++log.segment;
    log.record = 0;
  }
}

std::optional<SpoolRecord> Spool::next() {
  for (;;) {
    Log* first = nullptr;
    std::uint64_t sequence = 0;
    for (auto& log : logs_) {
      advance(log);
      if (log.segment >= log.segments.size() || log.record >= log.segments[log.segment].records()) continue;
      auto const candidate = log.segments[log.segment].sequence(log.record);
      if (!first || candidate < sequence) first = &log, sequence = candidate;
    }
    if (!first) break;
    auto& segment = first->segments[first->segment];
    auto payload = segment.read(first->record);
    ++first->record;
    read_ = sequence;
    if (payload) return SpoolRecord{sequence, segment.spool_class(), std::move(*payload)};
    ++counters_.damaged;
  }
  // What waits in memory is younger than everything on disk.
  auto const found = std::ranges::upper_bound(memory_, read_, {}, &SpoolRecord::sequence);
  if (found == memory_.end()) return std::nullopt;
  read_ = found->sequence;
  return *found;
}

bool Spool::has_next() const {
  for (auto& log : logs_) {
    advance(log);
    if (log.segment < log.segments.size() && log.record < log.segments[log.segment].records()) return true;
  }
  return !memory_.empty() && memory_.back().sequence > read_;
}

void Spool::rewind() {
  read_ = state_.acked;
  for (auto& log : logs_) log.segment = log.record = 0;
}

void Spool::ack(std::uint64_t sequence) {
  // A collector that acks what was never sent is wrong: believe it no further than what was given out.
  sequence = std::min(sequence, next_ - 1);
  if (sequence <= state_.acked) return;
  state_.acked = sequence;
  read_ = std::max(read_, sequence);
  while (!memory_.empty() && memory_.front().sequence <= sequence) {
    memory_octets_ -= memory_.front().payload.size();
    memory_.pop_front();
  }
  for (auto& log : logs_)
    // The active segment stays open until it is full: findings come one by one.
    while (log.segments.size() > 1 && log.segments.front().done(sequence)) remove_front(log);
  state_dirty_ = state_file_.write(state_, false) != 0;
}

int FlushJob::run() {
  int first = 0;
  for (auto& file : files)
    if (int const error = file.sync(); error && !first) first = error;
  files.clear();
  if (!directory.empty())
    if (int const error = sync_directory(directory); error && !first) first = error;
  return first;
}

FlushJob Spool::take_dirty() {
  FlushJob job;
  for (auto& log : logs_)
    for (auto& segment : log.segments)
      if (segment.dirty())
        if (auto file = segment.take_dirty()) job.files.push_back(std::move(file));
  if (std::exchange(directory_dirty_, false)) job.directory = options_.directory;
  unsynced_ = 0;
  unsynced_since_.reset();
  return job;
}

void Spool::sync() { flushed(take_dirty().run()); }

void Spool::flush_due() {
  if (!flush_) return sync();
  if (std::exchange(flushing_, true)) return;  // the next tick finds it due still
  flush_(take_dirty());
}

void Spool::flushed(int error) {
  flushing_ = false;
  // Linux forgets dirty pages that it could not write, so there is nothing to repeat: say it and go on.
  if (error) trouble(error, "flush");
}

std::optional<std::chrono::milliseconds> Spool::tick(std::chrono::steady_clock::time_point now) {
  if (retry_at_ && now >= *retry_at_) {
    retry_at_.reset();
    flush_memory();
  }
  if (state_dirty_ && !retry_at_) {
    if (int const error = state_file_.write(state_, reserve_dirty_))
      trouble(error, "state");
    else
      state_dirty_ = reserve_dirty_ = false;
  }
  if (unsynced_since_ && now >= *unsynced_since_ + options_.sync_interval) flush_due();
  std::optional<std::chrono::milliseconds> due;
  auto const sooner = [&](std::chrono::steady_clock::time_point at) {
    auto const left = std::max(std::chrono::ceil<std::chrono::milliseconds>(at - now), std::chrono::milliseconds{1});
    due = due ? std::min(*due, left) : left;
  };
  if (retry_at_) sooner(*retry_at_);
  if (unsynced_since_) sooner(flushing_ ? now + options_.sync_interval : *unsynced_since_ + options_.sync_interval);
  return due;
}

SpoolCounters Spool::counters() const {
  auto out = counters_;
  for (auto const& log : logs_) out.waiting += waiting(log);
  auto const unacked =
      std::ranges::count_if(memory_, [this](auto const& record) { return record.sequence > state_.acked; });
  out.waiting += static_cast<std::uint64_t>(unacked);
  out.in_memory = memory_.size();
  out.octets = octets_;
  out.dropped_by_class = state_.dropped;
  return out;
}

}  // namespace greywatch::agent
