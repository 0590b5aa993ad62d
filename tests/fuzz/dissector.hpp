#pragma once
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <span>

#include "agent/dissect/dissection.hpp"

namespace greywatch::fuzz {

/// Touches everything an observation lends, and stops at what must never be said.
class Listener final : public agent::ObservationSink, public agent::FieldSink {
 public:
  explicit Listener(std::string_view prefix) : prefix_(prefix) {}

  void on_observation(agent::Observation const& observation) override {
    fields_ = 0;
    observation.fields(*this);
    // One octet in eight is enough for the address sanitizer, and malformed messages may lend the whole segment each.
    for (std::size_t at = 0; at < observation.octets.size(); at += 8) sum_ += observation.octets[at];
    if (!observation.octets.empty()) sum_ += observation.octets.back();
    for (auto letter : observation.target.name) sum_ += static_cast<unsigned char>(letter);
    for (auto const& violation : observation.violations)
      if (violation.code.empty() || violation.field.empty()) std::abort();
    if (observation.malformed && observation.malformed->offset > observation.octets.size()) std::abort();
    if ((observation.malformed != nullptr) != (observation.status == agent::Status::malformed)) std::abort();
    // A number and a value for each bit of the message, and its header.
    if (fields_ > observation.octets.size() * 16 + 64) std::abort();
  }
  void on_close(agent::Flow&) override {}
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
    if (!name.starts_with(prefix_)) std::abort();
    ++fields_;
    sum_ += value;
  }
  std::string_view prefix_;
  std::size_t fields_ = 0;
  std::uint64_t sum_ = 0;
};

/// Dissectors behind the engine: an input is a row of segments of one flow over `transport`. Each begins with an octet
/// of flags (1: to the client, 2: octets were lost before it, 4: the flow closes after it and another begins, 32: its
/// length takes two octets, 64: the clock goes on by two seconds) and one of length. Of the first flags 8 makes the
/// ends a guess and the flow mid-stream, 16 takes the hint of the port away, 128 leaves one page for what is kept, so
/// that it is soon full. Field names must begin with `prefix`.
inline int dissect(std::span<agent::Dissector const* const> rows, std::string_view prefix, std::uint8_t const* data,
                   std::size_t size) {
  Listener listener(prefix);
  agent::DissectionOptions options;
  options.rows = rows;
  options.most_streams = 4;
  bool const tight = size != 0 && (data[0] & 128) != 0;
  options.buffer_octets = tight ? 1 : std::size_t{192} * 1024;
  options.held_octets = 1024;
  agent::Dissection dissection(options, listener);
  Bytes input(data, size);
  auto const& first = *rows.front();
  agent::Flow flow{.transport = first.transport};
  if (!input.empty()) flow.midstream = flow.server_guessed = (input[0] & 8) != 0;
  if (!input.empty() && (input[0] & 16) == 0 && !first.ports.empty()) {
    flow.server.port = flow.ethertype = first.ports.front();
    flow.ip_protocol = static_cast<std::uint8_t>(first.ports.front());
  }
  Time time = from_unix_ns(0);
  std::uint64_t frame = 0;
  while (input.size() > 3) {
    auto const flags = input[0];
    std::size_t const head = flags & 32 ? 3 : 2;
    std::size_t const said = flags & 32 ? input[1] << 8 | input[2] : input[1];
    auto const length = std::min(said, input.size() - head);
    if (flags & 64) time += std::chrono::seconds(2);
    dissection.on_segment({.time = time,
                           .frame = ++frame,
                           .flow = flow,
                           .way = flags & 1 ? agent::Direction::to_client : agent::Direction::to_server,
                           .payload = input.subspan(head, length),
                           .gap = flags & 2 ? 7u : 0u});
    if (flags & 4) dissection.on_close(flow);
    input = input.subspan(head + length);
  }
  dissection.on_close(flow);
  if (dissection.live_streams() != 0) std::abort();
  return 0;
}

}  // namespace greywatch::fuzz
