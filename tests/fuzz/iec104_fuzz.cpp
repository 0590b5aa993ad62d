// links: greywatch::agent_dissect
// IEC 104 behind the engine: an input is a row of segments of one flow. Each begins with an octet of flags (1: to the
// client, 2: octets were lost before it, 4: the clock goes on by two seconds) and one of length.
#include <cmath>
#include <cstdlib>

#include "agent/dissect/dissection.hpp"
#include "agent/dissect/iec104/iec104.hpp"

namespace {

using namespace greywatch;
using namespace greywatch::agent;

/// Touches everything an observation lends, and stops at what must never be said.
struct Listener : ObservationSink, FieldSink {
  void on_observation(Observation const& observation) override {
    fields_ = 0;
    observation.fields(*this);
    for (auto octet : observation.octets) sum_ += octet;
    for (auto const& violation : observation.violations) {
      if (violation.code.empty() || violation.field.empty()) std::abort();
    }
    if (observation.malformed && observation.malformed->offset > observation.octets.size()) std::abort();
    // 127 objects of at most 17 parts and their addresses, and the header.
    if (fields_ > 127 * 18 + 20) std::abort();
  }
  void on_close(Flow&) override {}
  void field(std::string_view name, std::uint64_t value) override { take(name, value); }
  void field(std::string_view name, std::int64_t value) override { take(name, static_cast<std::uint64_t>(value)); }
  void field(std::string_view name, double value) override { take(name, std::isfinite(value)); }
  void field(std::string_view name, bool value) override { take(name, value); }
  void field(std::string_view name, std::string_view text) override {
    for (char letter : text) sum_ += static_cast<unsigned char>(letter);
    take(name, text.size());
  }

 private:
  void take(std::string_view name, std::uint64_t value) {
    if (!name.starts_with("iec104.")) std::abort();
    ++fields_;
    sum_ += value;
  }
  std::size_t fields_ = 0;
  std::uint64_t sum_ = 0;
};

constexpr Dissector const* rows[] = {&iec104::dissector};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  Listener listener;
  DissectionOptions options;
  options.rows = rows;
  options.most_streams = 4;
  options.buffer_octets = 64 * 1024;
  Dissection dissection(options, listener);
  Flow flow{.transport = Transport::tcp};
  flow.server.port = 2404;
  Bytes input(data, size);
  if (!input.empty()) flow.midstream = (input[0] & 8) != 0;
  Time time = from_unix_ns(0);
  std::uint64_t frame = 0;
  while (input.size() > 2) {
    auto const flags = input[0];
    auto const length = std::min<std::size_t>(input[1], input.size() - 2);
    if (flags & 4) time += std::chrono::seconds(2);
    dissection.on_segment({.time = time,
                           .frame = ++frame,
                           .flow = flow,
                           .way = flags & 1 ? Direction::to_client : Direction::to_server,
                           .payload = input.subspan(2, length),
                           .gap = flags & 2 ? 7u : 0u});
    input = input.subspan(2 + length);
  }
  dissection.on_close(flow);
  if (dissection.live_streams() != 0) std::abort();
  return 0;
}
