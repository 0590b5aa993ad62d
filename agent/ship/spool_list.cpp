#include "agent/ship/spool_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace greywatch::agent {

namespace {

namespace fs = std::filesystem;

/// The segments of one class, one after the other.
class ClassReader {
 public:
  ClassReader(link::SpoolClass spool_class, SpoolState const& state, SpoolListing& listing)
      : class_(spool_class), state_(state), listing_(listing) {}

  void add(fs::path path) { paths_.push_back(std::move(path)); }
  void sort() { std::ranges::sort(paths_); }  // names begin with the first sequence

  /// Whether there is a record; reads the next segments until there is.
  bool ready() {
    while (at_ == scan_.entries.size()) {
      if (file_at_ == paths_.size()) return false;
      load(paths_[file_at_++]);
    }
    return true;
  }
  std::uint64_t sequence() const { return scan_.entries[at_].sequence; }
  std::uint64_t epoch() const { return epoch_; }
  SpoolRecord take() {
    auto const& entry = scan_.entries[at_++];
    return {entry.sequence, class_, std::string(as_text(payload_of(octets_, entry)))};
  }

 private:
  void load(fs::path const& path) {
    scan_ = {};
    at_ = 0;
    File file;
    int error = file.open_to_read(path);
    if (!error) {
      octets_.resize(std::min<std::uint64_t>(file.size(), max_segment_octets));
      octets_.resize(file.read_at(0, octets_, error));
    }
    if (error) {
      ++listing_.unreadable;
      return;
    }
    epoch_ = segment_epoch(octets_).value_or(state_.epoch);
    scan_ = scan_segment(octets_, epoch_, class_);
    listing_.damaged += scan_.damaged;
    listing_.torn += scan_.torn;
    while (at_ < scan_.entries.size() && scan_.entries[at_].sequence <= state_.acked) ++at_;
  }

  link::SpoolClass class_;
  SpoolState const& state_;
  SpoolListing& listing_;
  std::vector<fs::path> paths_;
  std::size_t file_at_ = 0;  ///< the next file
  std::vector<std::uint8_t> octets_;
  SegmentScan scan_;
  std::size_t at_ = 0;  ///< the next record in it
  std::uint64_t epoch_ = 0;
};

/// Whether an agent holds the spool. A directory without a lock file is a copy, or no agent ever ran.
Result<bool, Refusal> is_held(fs::path const& directory) {
  File lock;
  int const error = lock.open_to_read(directory / "lock");
  if (error == ENOENT) return false;
  if (error) return refuse(fmt::format("spool file {}: {}", (directory / "lock").string(), error_text(error)));
  return lock.lock() == EWOULDBLOCK;  // let go at once: a starting agent must not find it held
}

}  // namespace

Result<SpoolListing, Refusal> list_spool(fs::path const& directory,
                                         std::function<void(std::uint64_t epoch, SpoolRecord&& record)> const& each) {
  auto const cannot_read = [&](std::error_code error) {
    return refuse(fmt::format("spool directory {}: {}", directory.string(), error.message()));
  };
  // Errors of the way to the directory come before those of the files in it.
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  if (error) return cannot_read(error);
  auto const held = is_held(directory);
  if (!held) return std::unexpected(held.error());
  if (*held)
    return refuse(
        fmt::format("spool directory {}: a running agent holds it; stop the agent to see what waits, or ask its "
                    "metrics how much does",
                    directory.string()));
  SpoolListing listing;
  SpoolStateFile state_file;
  auto const known = state_file.open_to_read(directory) ? std::nullopt : state_file.read();
  listing.state_lost = !known;
  auto const state = known.value_or(SpoolState{});
  std::vector<ClassReader> readers;
  for (std::size_t i = 0; i < link::spool_classes; ++i)
    readers.emplace_back(static_cast<link::SpoolClass>(i), state, listing);
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    if (auto const spool_class = segment_class(entry->path()))
      readers[static_cast<std::size_t>(*spool_class)].add(entry->path());
    else
      listing.unreadable += entry->path().extension() == ".seg";
  }
  if (error) return cannot_read(error);
  for (auto& reader : readers) reader.sort();
  for (;;) {
    ClassReader* first = nullptr;
    for (auto& reader : readers)
      if (reader.ready() && (!first || reader.sequence() < first->sequence())) first = &reader;
    if (!first) return listing;
    auto const epoch = first->epoch();
    each(epoch, first->take());
    ++listing.waiting;
  }
}

}  // namespace greywatch::agent
