#pragma once
#include <cstdint>
#include <optional>

#include "agent/dissect/c37118/configuration.hpp"

namespace greywatch::agent::c37118 {

/// STAT. IEEE C37.118.2-2011, table 7; the 2005 edition has data_modified and pmu_tq reserved.
inline constexpr std::uint16_t stat_data_error = 0xC000, stat_sync_lost = 0x2000, stat_sorted_by_arrival = 0x1000,
                               stat_trigger = 0x0800, stat_configuration_change = 0x0400, stat_data_modified = 0x0200;

/// What a data frame says of one PMU. Borrows frame and configuration.
struct Block {
  Pmu pmu;
  std::uint16_t stat = 0;
  Bytes phasors, frequency, analog, digital;
};

/// Goes through the blocks of a data frame that is as long as its configuration says.
class Blocks {
 public:
  Blocks(Configuration const& configuration, Bytes body) : pmus_(configuration), in_(body) {}
  std::optional<Block> next();

 private:
  Pmus pmus_;
  Reader in_;
};

/// A measured quantity in volts or amperes. Absent ones (6.3.1) are not a number.
struct Phasor {
  bool current = false;
  double magnitude = 0, angle_degrees = 0, real = 0, imaginary = 0;
};
/// Goes through the phasors of a block, scaled by PHUNIT (table 9) or PHSCALE (table 10), whose angle is taken off.
class Phasors {
 public:
  explicit Phasors(Block const& block) : pmu_(block.pmu), values_(block.phasors), units_(block.pmu.phunit) {}
  std::optional<Phasor> next();

 private:
  Pmu const& pmu_;
  Reader values_, units_;
};

struct Frequency {
  std::optional<std::int16_t> deviation_mhz;  ///< as sent; none of floating point
  double hz = 0, rocof = 0;                   ///< Hz, Hz/s
};
Frequency frequency(Block const& block);

/// Goes through the analog values of a block. Whole numbers are scaled by ANSCALE in frame 3; the factors of frames 1
/// and 2 are for users to define and not applied.
class Analogs {
 public:
  explicit Analogs(Block const& block) : pmu_(block.pmu), values_(block.analog), units_(block.pmu.anunit) {}
  std::optional<double> next();

 private:
  Pmu const& pmu_;
  Reader values_, units_;
};

}  // namespace greywatch::agent::c37118
