#include "agent/dissect/c37118/configuration.hpp"

namespace greywatch::agent::c37118 {
namespace {

constexpr std::size_t name_octets = 16, id_octets = 16, names_a_word = 16, rate_octets = 2;

Bytes trimmed(Bytes name) {
  while (!name.empty() && (name.back() == ' ' || name.back() == 0)) name = name.first(name.size() - 1);
  return name;
}

Bytes read_name(Reader& in, Layout layout) {
  return in.take(layout == Layout::fixed ? name_octets : std::size_t{in.u8()});
}

/// `count` names where they lie. Each takes an octet at least, so the loop ends with the octets.
Bytes take_names(Reader& in, std::size_t count, Layout layout) {
  if (layout == Layout::fixed) return in.take(count * name_octets);
  auto ahead = in;
  for (std::size_t i = 0; i < count && ahead; ++i) read_name(ahead, layout);
  return in.take(ahead ? ahead.at() - in.at() : in.left() + 1);
}

Pmu read_pmu(Reader& in, Layout layout) {
  bool const third = layout == Layout::variable;
  Pmu pmu{.layout = layout};
  pmu.station_name = trimmed(read_name(in, layout));
  pmu.idcode = in.be16();
  if (third) pmu.g_pmu_id = in.take(id_octets);
  pmu.format = in.be16();
  pmu.phnmr = in.be16();
  pmu.annmr = in.be16();
  pmu.dgnmr = in.be16();
  pmu.chnam = take_names(in, pmu.phnmr + pmu.annmr + names_a_word * pmu.dgnmr, layout);
  pmu.phunit = in.take(std::size_t{third ? 12u : 4u} * pmu.phnmr);
  pmu.anunit = in.take(std::size_t{third ? 8u : 4u} * pmu.annmr);
  pmu.digunit = in.take(std::size_t{4} * pmu.dgnmr);
  if (third) {
    pmu.latitude = in.be_float();
    pmu.longitude = in.be_float();
    pmu.elevation = in.be_float();
    pmu.svc_class = in.u8();
    pmu.window = in.be32();
    pmu.grp_dly = in.be32();
  }
  pmu.fnom = in.be16();
  pmu.cfgcnt = in.be16();
  return pmu;
}

}  // namespace

Bytes Names::next() { return trimmed(read_name(in_, layout_)); }

std::optional<Pmu> Pmus::next() {
  if (in_.left() == 0) return std::nullopt;
  auto const pmu = read_pmu(in_, layout_);
  if (!in_) return std::nullopt;
  return pmu;
}

Result<Configuration> read_configuration(Bytes octets, Layout layout) {
  Reader in(octets);
  in.skip(4);
  std::uint32_t data_octets = 0;
  for (unsigned left = in.be16(); left > 0 && in; --left)
    data_octets += static_cast<std::uint32_t>(read_pmu(in, layout).data_octets());
  if (!in) return fail(in.error("pmu"));
  in.skip(rate_octets);
  if (!in) return fail(in.error("data_rate"));
  if (in.left() != 0) return fail({Defect::trailing, in.at(), "num_pmu"});
  return known_configuration(octets, layout, data_octets);
}

Configuration known_configuration(Bytes octets, Layout layout, std::uint32_t data_octets) {
  Reader in(octets);
  return {.layout = layout,
          .octets = octets,
          .time_base = in.be32() & 0xFF'FFFF,
          .num_pmu = in.be16(),
          .pmus = in.take(in.left() - rate_octets),
          .data_rate = static_cast<std::int16_t>(in.be16()),
          .data_octets = data_octets};
}

}  // namespace greywatch::agent::c37118
