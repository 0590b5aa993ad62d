#pragma once
#include <cstdint>
#include <optional>

#include "common/bytes.hpp"

namespace greywatch::agent::c37118 {

/// How names and factors are laid out: fixed in configuration frames 1 and 2, of any length in frame 3.
enum class Layout : std::uint8_t { fixed, variable };

/// FORMAT. IEEE C37.118.2-2011, table 9.
inline constexpr std::uint16_t polar = 1, float_phasors = 2, float_analogs = 4, float_frequency = 8;

/// What a configuration says of one PMU. IEEE C37.118.2-2011, tables 9 and 10. Borrows the frame.
struct Pmu {
  Layout layout = Layout::fixed;
  Bytes station_name;  ///< without the blanks that fill it
  std::uint16_t idcode = 0;
  Bytes g_pmu_id;  ///< 16 octets; frame 3 only
  std::uint16_t format = 0, phnmr = 0, annmr = 0, dgnmr = 0;
  Bytes chnam;                                       ///< names of phasors, analog values and 16 for each digital word
  Bytes phunit, anunit, digunit;                     ///< 4 octets each; in frame 3 PHSCALE of 12, ANSCALE of 8
  float latitude = 0, longitude = 0, elevation = 0;  ///< frame 3 only, like the next three
  std::uint8_t svc_class = 0;
  std::uint32_t window = 0, grp_dly = 0;  ///< microseconds
  std::uint16_t fnom = 0, cfgcnt = 0;

  bool is(std::uint16_t one) const { return (format & one) != 0; }
  std::size_t phasor_octets() const { return is(float_phasors) ? 8 : 4; }
  std::size_t analog_octets() const { return is(float_analogs) ? 4 : 2; }
  std::size_t frequency_octets() const { return is(float_frequency) ? 8 : 4; }  ///< FREQ and DFREQ
  /// Octets of the PMU's block in a data frame.
  std::size_t data_octets() const {
    return 2 + phasor_octets() * phnmr + frequency_octets() + analog_octets() * annmr + std::size_t{2} * dgnmr;
  }
  double nominal_hz() const { return (fnom & 1) != 0 ? 50 : 60; }
};

/// Goes through names, each without the blanks or zeros that fill it.
class Names {
 public:
  explicit Names(Pmu const& pmu) : in_(pmu.chnam), layout_(pmu.layout) {}
  Bytes next();

 private:
  Reader in_;
  Layout layout_;
};

/// A whole configuration: TIME_BASE to DATA_RATE, without what frames carry before and after. Borrows it.
struct Configuration {
  Layout layout = Layout::fixed;
  Bytes octets;                 ///< all of it
  std::uint32_t time_base = 0;  ///< 24 bits; the upper octet is flags, none of them defined
  std::uint16_t num_pmu = 0;
  Bytes pmus;                     ///< num_pmu whole blocks
  std::int16_t data_rate = 0;     ///< frames a second; below zero: seconds a frame
  std::uint32_t data_octets = 0;  ///< of a data frame's body
};
Result<Configuration> read_configuration(Bytes octets, Layout layout);
/// The same of octets that were read before, without going through them again.
Configuration known_configuration(Bytes octets, Layout layout, std::uint32_t data_octets);

/// Goes through the PMUs of a configuration.
class Pmus {
 public:
  explicit Pmus(Configuration const& configuration) : in_(configuration.pmus), layout_(configuration.layout) {}
  std::optional<Pmu> next();

 private:
  Reader in_;
  Layout layout_;
};

}  // namespace greywatch::agent::c37118
