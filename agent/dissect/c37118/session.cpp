#include "agent/dissect/c37118/session.hpp"

#include <algorithm>
#include <type_traits>

namespace greywatch::agent::c37118 {
namespace {

static_assert(std::is_trivially_copyable_v<Session>);
static_assert(sizeof(Session) <= 256);

constexpr std::int64_t second = 1'000'000'000;
/// What leap seconds, whole seconds and a late frame or two explain is no step.
constexpr std::uint32_t step_back = 2;
constexpr std::int64_t step_ahead = 2 * second;

/// Nanoseconds between two frames, if FRACSEC makes sense by this TIME_BASE.
std::optional<std::int64_t> between(Stream const& before, Common const& said, std::uint32_t time_base) {
  if (time_base == 0 || said.fraction >= time_base || before.fraction >= time_base) return std::nullopt;
  auto const whole = std::int64_t{said.soc} - before.soc;
  auto const part = std::int64_t{said.fraction} - before.fraction;
  return whole * second + part * second / time_base;
}

std::int64_t period(std::int16_t data_rate) {
  return data_rate > 0 ? second / data_rate : -std::int64_t{data_rate} * second;
}

bool went_back(Stream const& before, Common const& said) {
  return std::int64_t{said.soc} + step_back <= std::int64_t{before.soc};
}

void add_backward(Stream const& before, Common const& said, Violations& violations) {
  violations.add({"c37118.time.backward", "c37118.soc", before.soc, said.soc});
}

}  // namespace

Health health(Bytes body, Configuration const* configuration) {
  Health says;
  auto const take = [&](std::uint16_t stat) {
    says.sync_lost = says.sync_lost || (stat & stat_sync_lost) != 0;
    says.data_error = says.data_error || (stat & stat_data_error) != 0;
  };
  if (configuration != nullptr) {
    Blocks blocks(*configuration, body);
    while (auto const block = blocks.next()) take(block->stat);
  } else {
    take(Reader(body).be16());
  }
  return says;
}

void Stream::notice(Common const& said) {
  if (!timed) soc = said.soc;
  timed = true;
}

void Stream::command(Common const& said, Violations& violations) {
  if (timed && went_back(*this, said)) add_backward(*this, said, violations);
  timed = true;
  continuous = false;
  soc = said.soc;
}

void Stream::data(Common const& said, Time seen, Configuration const* configuration, Health const& says,
                  Violations& violations) {
  auto const offset = std::int64_t{said.soc} * second - unix_ns(seen);
  bool const back = timed && went_back(*this, said);
  bool const stepped = measured && !back && offset - ahead > step_ahead;
  if (back) add_backward(*this, said, violations);
  if (stepped) violations.add({"c37118.time.stepped", "c37118.soc", 0, offset - ahead});
  if (measured && soc == said.soc && fraction == said.fraction && (check != said.check || size != said.frame_size))
    violations.add({"c37118.data.conflicting", "c37118.chk", check, said.check});
  if (continuous && configuration != nullptr && configuration->data_rate != 0 && !back && !stepped) {
    auto const step = period(configuration->data_rate);
    auto const passed = between(*this, said, configuration->time_base).value_or(0);
    if (passed > step + step / 2)
      violations.add({"c37118.data.frames_missing", "c37118.fracsec", 0, (passed + step / 2) / step - 1});
  }
  if (measured && says.sync_lost && !sync_lost) violations.add({"c37118.pmu.sync_lost", "c37118.stat.sync_lost", 0, 1});
  if (measured && says.data_error && !data_error)
    violations.add({"c37118.pmu.data_error", "c37118.stat.data_error", 0, 1});
  ahead = measured && !back ? std::max(ahead, offset) : offset;
  timed = measured = continuous = true;
  soc = said.soc;
  fraction = said.fraction;
  check = said.check;
  size = said.frame_size;
  sync_lost = says.sync_lost;
  data_error = says.data_error;
}

Stream& Session::stream(Direction way, std::uint16_t idcode) {
  auto const used = static_cast<std::uint8_t>(1 + static_cast<unsigned>(way));
  for (auto& one : streams)
    if (one.used == used && one.idcode == idcode) return one;
  auto& fresh = streams[next];
  next = static_cast<std::uint8_t>((next + 1) % most_streams);
  fresh = {};
  fresh.idcode = idcode;
  fresh.used = used;
  return fresh;
}

void Session::gap(Direction way) {
  auto const side = static_cast<std::size_t>(way);
  blind[side] = true;
  fragments[side].next = 0;
  interrupt();
}

void Session::interrupt() {
  for (auto& one : streams) one.continuous = false;
}

}  // namespace greywatch::agent::c37118
