#include "agent/dissect/c37118/fields.hpp"

#include "agent/dissect/c37118/data.hpp"
#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::c37118 {
namespace {

std::uint64_t wide(std::uint64_t value) { return value; }

/// Opaque octets, as hexadecimal digits.
void opaque(std::string_view name, Bytes octets, FieldSink& sink) {
  if (!octets.empty()) sink.field(name, text::hex(octets).view());
}

void describe_common(Common const& common, FieldSink& sink) {
  if (!common.whole) return;
  sink.field("c37118.sync", wide(common.sync));
  sink.field("c37118.frame_type", wide(common.type()));
  sink.field("c37118.version", wide(common.version()));
  sink.field("c37118.frame_size", wide(common.frame_size));
  sink.field("c37118.idcode", wide(common.idcode));
  sink.field("c37118.soc", wide(common.soc));
  sink.field("c37118.leap_second.delete", (common.time_quality & 0x40) != 0);
  sink.field("c37118.leap_second.occurred", (common.time_quality & 0x20) != 0);
  sink.field("c37118.leap_second.pending", (common.time_quality & 0x10) != 0);
  sink.field("c37118.time_quality", wide(common.time_quality & 15));
  sink.field("c37118.fracsec", wide(common.fraction));
  sink.field("c37118.chk", wide(common.check));
}

void describe_command(Bytes body, FieldSink& sink) {
  Reader in(body);
  auto const word = in.be16();
  if (!in) return;
  sink.field("c37118.command", wide(word));
  opaque("c37118.extended_frame", in.rest(), sink);
}

void describe_phasor_units(Pmu const& pmu, FieldSink& sink) {
  Reader units(pmu.phunit);
  for (unsigned i = 0; i < pmu.phnmr; ++i) {
    if (pmu.layout == Layout::fixed) {
      sink.field("c37118.phunit", wide(units.be32()));
      continue;
    }
    sink.field("c37118.phscale.modification", wide(units.be16()));
    sink.field("c37118.phscale.type", wide(units.u8()));
    sink.field("c37118.phscale.user", wide(units.u8()));
    sink.field("c37118.phscale.factor", double{units.be_float()});
    sink.field("c37118.phscale.angle", double{units.be_float()});
  }
}

void describe_analog_units(Pmu const& pmu, FieldSink& sink) {
  Reader units(pmu.anunit);
  for (unsigned i = 0; i < pmu.annmr; ++i) {
    if (pmu.layout == Layout::fixed) {
      sink.field("c37118.anunit.type", wide(units.u8()));
      auto const factor = static_cast<std::int32_t>(units.be24() << 8) >> 8;
      sink.field("c37118.anunit.factor", std::int64_t{factor});
      continue;
    }
    sink.field("c37118.anscale.factor", double{units.be_float()});
    sink.field("c37118.anscale.offset", double{units.be_float()});
  }
}

void describe_place(Pmu const& pmu, FieldSink& sink) {
  sink.field("c37118.pmu_lat", double{pmu.latitude});
  sink.field("c37118.pmu_lon", double{pmu.longitude});
  sink.field("c37118.pmu_elev", double{pmu.elevation});
  char const service = static_cast<char>(pmu.svc_class);
  sink.field("c37118.svc_class", std::string_view(&service, 1));
  sink.field("c37118.window", wide(pmu.window));
  sink.field("c37118.grp_dly", wide(pmu.grp_dly));
}

void describe_pmu(Pmu const& pmu, FieldSink& sink) {
  sink.field("c37118.station_name", as_text(pmu.station_name));
  sink.field("c37118.pmu_idcode", wide(pmu.idcode));
  opaque("c37118.g_pmu_id", pmu.g_pmu_id, sink);
  sink.field("c37118.format.polar", pmu.is(polar));
  sink.field("c37118.format.float_phasors", pmu.is(float_phasors));
  sink.field("c37118.format.float_analogs", pmu.is(float_analogs));
  sink.field("c37118.format.float_frequency", pmu.is(float_frequency));
  sink.field("c37118.phnmr", wide(pmu.phnmr));
  sink.field("c37118.annmr", wide(pmu.annmr));
  sink.field("c37118.dgnmr", wide(pmu.dgnmr));
  Names names(pmu);
  for (std::size_t i = 0; i < pmu.phnmr + pmu.annmr + std::size_t{16} * pmu.dgnmr; ++i)
    sink.field("c37118.chnam", as_text(names.next()));
  describe_phasor_units(pmu, sink);
  describe_analog_units(pmu, sink);
  Reader masks(pmu.digunit);
  for (unsigned i = 0; i < pmu.dgnmr; ++i) {
    sink.field("c37118.digunit.normal", wide(masks.be16()));
    sink.field("c37118.digunit.valid", wide(masks.be16()));
  }
  if (pmu.layout == Layout::variable) describe_place(pmu, sink);
  sink.field("c37118.fnom", pmu.nominal_hz());
  sink.field("c37118.cfgcnt", wide(pmu.cfgcnt));
}

void describe_configuration(Configuration const& configuration, FieldSink& sink) {
  sink.field("c37118.time_base", wide(configuration.time_base));
  sink.field("c37118.num_pmu", wide(configuration.num_pmu));
  Pmus pmus(configuration);
  while (auto const pmu = pmus.next()) describe_pmu(*pmu, sink);
  sink.field("c37118.data_rate", std::int64_t{configuration.data_rate});
}

void describe_stat(std::uint16_t stat, FieldSink& sink) {
  sink.field("c37118.stat.data_error", wide(stat >> 14));
  sink.field("c37118.stat.sync_lost", (stat & stat_sync_lost) != 0);
  sink.field("c37118.stat.sorted_by_arrival", (stat & stat_sorted_by_arrival) != 0);
  sink.field("c37118.stat.trigger", (stat & stat_trigger) != 0);
  sink.field("c37118.stat.configuration_change", (stat & stat_configuration_change) != 0);
  sink.field("c37118.stat.data_modified", (stat & stat_data_modified) != 0);
  sink.field("c37118.stat.pmu_tq", wide(stat >> 6 & 7));
  sink.field("c37118.stat.unlocked_time", wide(stat >> 4 & 3));
  sink.field("c37118.stat.trigger_reason", wide(stat & 15));
}

void describe_block(Block const& block, FieldSink& sink) {
  auto const& pmu = block.pmu;
  sink.field("c37118.pmu_idcode", wide(pmu.idcode));
  describe_stat(block.stat, sink);
  Names names(pmu);
  Phasors phasors(block);
  while (auto const phasor = phasors.next()) {
    sink.field("c37118.phasor.name", as_text(names.next()));
    sink.field("c37118.phasor.unit", std::string_view(phasor->current ? "A" : "V"));
    sink.field("c37118.phasor.magnitude", phasor->magnitude);
    sink.field("c37118.phasor.angle", phasor->angle_degrees);
    sink.field("c37118.phasor.real", phasor->real);
    sink.field("c37118.phasor.imaginary", phasor->imaginary);
  }
  auto const [deviation, hz, rocof] = frequency(block);
  if (deviation) sink.field("c37118.freq_deviation", std::int64_t{*deviation});
  sink.field("c37118.freq", hz);
  sink.field("c37118.dfreq", rocof);
  Analogs analogs(block);
  while (auto const value = analogs.next()) {
    sink.field("c37118.analog.name", as_text(names.next()));
    sink.field("c37118.analog.value", *value);
  }
  for (Reader words(block.digital); words.left() != 0;) sink.field("c37118.digital", wide(words.be16()));
}

void describe_data(Message const& said, FieldSink& sink) {
  if (!said.configuration) {
    // Only that the first STAT comes first is known.
    Reader in(said.common.body);
    auto const stat = in.be16();
    if (!in) return;
    describe_stat(stat, sink);
    opaque("c37118.data", in.rest(), sink);
    return;
  }
  auto const& configuration = *said.configuration;
  if (configuration.time_base != 0)
    sink.field("c37118.fraction_of_second", double(said.common.fraction) / configuration.time_base);
  Blocks blocks(configuration, said.common.body);
  while (auto const block = blocks.next()) describe_block(*block, sink);
}

}  // namespace

void describe(void const* message, FieldSink& sink) {
  auto const& said = *static_cast<Message const*>(message);
  describe_common(said.common, sink);
  switch (static_cast<FrameType>(said.common.type())) {
    case FrameType::data:
      return describe_data(said, sink);
    case FrameType::header:
      if (!said.common.body.empty()) sink.field("c37118.header", as_text(said.common.body));
      return;
    case FrameType::command:
      return describe_command(said.common.body, sink);
    case FrameType::configuration_3:
      if (said.common.body.size() >= 2) sink.field("c37118.cont_idx", wide(Reader(said.common.body).be16()));
      [[fallthrough]];
    case FrameType::configuration_1:
    case FrameType::configuration_2:
      if (said.configuration) describe_configuration(*said.configuration, sink);
      return;
  }
}

}  // namespace greywatch::agent::c37118
