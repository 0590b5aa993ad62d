#pragma once
#include <cstdint>
#include <optional>

#include "common/time.hpp"

namespace greywatch::agent {

/// Running totals of what a capture saw and what it missed.
struct CoverageTotals {
  std::uint64_t packets = 0, packets_lost = 0;    ///< lost: by kernel or interface, or refused by agent/net
  std::uint64_t messages = 0, messages_lost = 0;  ///< lost: refused by a dissector, or void for a gap in the stream
};

/// How much of what passes a node sees and understands: share of packets kept times share of messages read, over a
/// window of event time; 0 when a node that saw traffic sees none for `silence`. Says so only when it changed enough to
/// matter.
class Coverage {
 public:
  static constexpr Duration window = std::chrono::seconds{60};
  static constexpr Duration silence = std::chrono::minutes{10};
  static constexpr double step = 0.05;  ///< changes below it are not told, but for the return to 1

  /// When `sample` wants to be called next.
  Time due() const { return due_; }
  /// The new coverage in [0, 1] when it changed. The first call after the first packet tells it always.
  std::optional<double> sample(Time now, CoverageTotals const& totals);
  double value() const { return told_.value_or(0); }

 private:
  CoverageTotals last_;
  Time due_{Duration::min()};
  Time last_packet_;
  std::optional<double> told_;
};

}  // namespace greywatch::agent
