#include "agent/dissect/c37118/data.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace greywatch::agent::c37118 {
namespace {

constexpr auto absent = std::numeric_limits<double>::quiet_NaN();

std::int16_t signed16(Reader& in) { return static_cast<std::int16_t>(in.be16()); }

/// A whole number as sent; -32768 stands for what is absent. IEEE C37.118.2-2011, 6.3.1.
double number16(Reader& in) {
  auto const value = signed16(in);
  return value == std::numeric_limits<std::int16_t>::min() ? absent : value;
}

struct Scale {
  bool current = false;
  double factor = 1, angle = 0;
};
Scale read_scale(Reader& in, Layout layout) {
  auto const word = in.be32();
  if (layout == Layout::fixed) return {.current = word >> 24 != 0, .factor = (word & 0xFF'FFFF) * 1e-5};
  return {.current = (word & 0x800) != 0, .factor = in.be_float(), .angle = in.be_float()};
}

double degrees(double radians) { return radians * 180 / std::numbers::pi; }

}  // namespace

std::optional<Block> Blocks::next() {
  auto const pmu = pmus_.next();
  if (!pmu) return std::nullopt;
  Block const block{.pmu = *pmu,
                    .stat = in_.be16(),
                    .phasors = in_.take(pmu->phasor_octets() * pmu->phnmr),
                    .frequency = in_.take(pmu->frequency_octets()),
                    .analog = in_.take(pmu->analog_octets() * pmu->annmr),
                    .digital = in_.take(std::size_t{2} * pmu->dgnmr)};
  if (!in_) return std::nullopt;
  return block;
}

std::optional<Phasor> Phasors::next() {
  if (values_.left() == 0) return std::nullopt;
  auto scale = read_scale(units_, pmu_.layout);
  double first, second;
  if (pmu_.is(float_phasors)) {
    first = values_.be_float();
    second = values_.be_float();
    scale = {.current = scale.current};  // floating point comes in volts, amperes and radians
  } else if (pmu_.is(polar)) {
    first = values_.be16();
    second = number16(values_) * 1e-4;
    if (std::isnan(second)) first = absent;
  } else {
    first = number16(values_);
    second = number16(values_);
  }
  bool const as_polar = pmu_.is(polar);
  auto const magnitude = (as_polar ? first : std::hypot(first, second)) * scale.factor;
  auto const angle = (as_polar ? second : std::atan2(second, first)) - scale.angle;
  // hypot of a number and an infinity is infinite, and of nothing and an infinity too: what is absent stays absent.
  auto const missing = std::isnan(first) || std::isnan(second);
  return Phasor{.current = scale.current,
                .magnitude = missing ? absent : magnitude,
                .angle_degrees = missing ? absent : degrees(angle),
                .real = missing ? absent : magnitude * std::cos(angle),
                .imaginary = missing ? absent : magnitude * std::sin(angle)};
}

Frequency frequency(Block const& block) {
  Reader in(block.frequency);
  if (block.pmu.is(float_frequency)) {
    auto const hz = in.be_float();
    return {.deviation_mhz = {}, .hz = hz, .rocof = in.be_float()};
  }
  auto const deviation = signed16(in);
  return {.deviation_mhz = deviation, .hz = block.pmu.nominal_hz() + deviation / 1000.0, .rocof = signed16(in) / 100.0};
}

std::optional<double> Analogs::next() {
  if (values_.left() == 0) return std::nullopt;
  double factor = 1, offset = 0;
  if (pmu_.layout == Layout::variable) {
    factor = units_.be_float();
    offset = units_.be_float();
  }
  if (pmu_.is(float_analogs)) return values_.be_float();
  return number16(values_) * factor + offset;
}

}  // namespace greywatch::agent::c37118
