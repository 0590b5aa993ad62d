#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "agent/dissect/dissector.hpp"

namespace greywatch::agent {

/// Counts by a few literal names, in the order they came; past eight, further names share "other".
class NamedCounts {
 public:
  struct Entry {
    std::string_view name;  ///< empty: not in use
    std::uint64_t count = 0;
  };

  void add(std::string_view name);
  std::span<Entry const> entries() const { return entries_; }

 private:
  std::array<Entry, 9> entries_{};
};

/// What one protocol's parser met. Only grows.
struct ProtocolCounters {
  static constexpr std::size_t defects = 6;  ///< values of Defect

  std::string_view protocol;
  std::uint64_t messages = 0;                      ///< observations, malformed ones included
  std::array<std::uint64_t, defects> malformed{};  ///< messages refused, by Defect
  std::uint64_t gaps = 0;                          ///< octets lost before a segment of a named flow
  std::uint64_t resyncs = 0;                       ///< framing lost without a gap; the stream was searched
  std::uint64_t skipped_octets = 0;                ///< thrown away while searching
  std::uint64_t withdrawn = 0;                     ///< flows that were named after this protocol wrongly
  std::uint64_t overflows = 0;                     ///< a partial, held or kept message found no buffer
  std::uint64_t sessions_refused = 0;              ///< a flow found no session
  std::uint64_t tables_full = 0;                   ///< a table across flows had no room, or forgot what still counted
  NamedCounts unknown;                             ///< codes that a table of the standard does not list, by table
  NamedCounts tolerated;                           ///< deviations of real stacks that were let pass
};

/// Counters of a Dissection, for metrics and --stats. Written on the capture thread: copy them there for others.
class DissectionCounters {
 public:
  explicit DissectionCounters(std::span<Dissector const* const> rows);

  std::span<ProtocolCounters const> protocols() const { return protocols_; }
  /// Rows of one name share their counters.
  ProtocolCounters& operator[](std::size_t row) { return protocols_[place_[row]]; }
  std::uint64_t messages() const;
  std::uint64_t malformed() const;

  /// What a counter says. `messages` has no kind; an error's kind is a defect ("truncated", …), "gap", "resync",
  /// "withdrawn", "overflow", "session_refused" or "table_full"; an unknown code's kind is the name of its table,
  /// a tolerated deviation's its name.
  enum class Family : std::uint8_t { messages, error, unknown, tolerated };
  /// Calls f(Family, protocol, kind, count) for each counter, zeros of messages and errors included.
  template <class F>
  void for_each(F&& f) const;

 private:
  std::vector<ProtocolCounters> protocols_;
  std::vector<std::uint8_t> place_;  ///< in protocols_, by row
};

template <class F>
void DissectionCounters::for_each(F&& f) const {
  for (auto const& of : protocols_) {
    f(Family::messages, of.protocol, std::string_view{}, of.messages);
    for (std::size_t defect = 0; defect < of.malformed.size(); ++defect) {
      f(Family::error, of.protocol, name(static_cast<Defect>(defect)), of.malformed[defect]);
    }
    f(Family::error, of.protocol, std::string_view("gap"), of.gaps);
    f(Family::error, of.protocol, std::string_view("resync"), of.resyncs);
    f(Family::error, of.protocol, std::string_view("withdrawn"), of.withdrawn);
    f(Family::error, of.protocol, std::string_view("overflow"), of.overflows);
    f(Family::error, of.protocol, std::string_view("session_refused"), of.sessions_refused);
    f(Family::error, of.protocol, std::string_view("table_full"), of.tables_full);
    for (auto const& [name, count] : of.unknown.entries()) {
      if (!name.empty()) f(Family::unknown, of.protocol, name, count);
    }
    for (auto const& [name, count] : of.tolerated.entries()) {
      if (!name.empty()) f(Family::tolerated, of.protocol, name, count);
    }
  }
}

}  // namespace greywatch::agent
