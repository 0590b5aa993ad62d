// links: greywatch::agent_dissect
// Modbus behind the engine: an input is a row of segments of one flow. Each begins with an octet of flags (1: to the
// client, 2: octets were lost before it, 4: the flow closes after it and another begins) and one of length.
#include <algorithm>
#include <cstdlib>

#include "agent/dissect/dissection.hpp"
#include "agent/dissect/modbus/modbus.hpp"

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
    if (observation.malformed != nullptr && observation.malformed->offset > observation.octets.size()) std::abort();
    if ((observation.malformed != nullptr) != (observation.status == Status::malformed)) std::abort();
    // A number and a value for each bit of the longest message, and its header.
    if (fields_ > observation.octets.size() * 16 + 16) std::abort();
  }
  void on_close(Flow&) override {}
  void field(std::string_view name, std::uint64_t value) override { take(name, value); }
  void field(std::string_view name, std::int64_t value) override { take(name, static_cast<std::uint64_t>(value)); }
  void field(std::string_view name, double) override { take(name, 0); }
  void field(std::string_view name, bool value) override { take(name, value); }
  void field(std::string_view name, std::string_view text) override {
    for (char letter : text) sum_ += static_cast<unsigned char>(letter);
    take(name, text.size());
  }

 private:
  void take(std::string_view name, std::uint64_t value) {
    if (!name.starts_with("modbus.")) std::abort();
    ++fields_;
    sum_ += value;
  }
  std::size_t fields_ = 0;
  std::uint64_t sum_ = 0;
};

constexpr Dissector const* rows[] = {&modbus::dissector};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  Listener listener;
  DissectionOptions options;
  options.rows = rows;
  options.most_streams = 4;
  options.buffer_octets = 64 * 1024;
  options.held_octets = 1024;
  Dissection dissection(options, listener);
  Bytes input(data, size);
  Flow flow{.transport = Transport::tcp};
  if (!input.empty()) flow.server_guessed = (input[0] & 8) != 0;
  if (!input.empty() && (input[0] & 16) == 0) flow.server.port = 502;
  std::uint64_t frame = 0;
  while (input.size() > 2) {
    auto const flags = input[0];
    auto const length = std::min<std::size_t>(input[1], input.size() - 2);
    dissection.on_segment({.time = from_unix_ns(static_cast<std::int64_t>(frame)),
                           .frame = ++frame,
                           .flow = flow,
                           .way = flags & 1 ? Direction::to_client : Direction::to_server,
                           .payload = input.subspan(2, length),
                           .gap = flags & 2 ? 7u : 0u});
    if (flags & 4) dissection.on_close(flow);
    input = input.subspan(2 + length);
  }
  dissection.on_close(flow);
  if (dissection.live_streams() != 0) std::abort();
  return 0;
}
