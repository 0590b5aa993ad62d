#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/dissect/dissector.hpp"
#include "tests/support/octets.hpp"

namespace greywatch::test {

/// Fields of one message as text; the values of a list are joined with blanks. Absent fields are empty. Names are asked
/// for without `prefix`.
class FieldTexts : public agent::FieldSink {
 public:
  FieldTexts() = default;
  explicit FieldTexts(std::string prefix) : prefix_(std::move(prefix)) {}
  void field(std::string_view name, std::uint64_t value) override { add(name, std::to_string(value)); }
  void field(std::string_view name, std::int64_t value) override { add(name, std::to_string(value)); }
  void field(std::string_view name, double value) override { add(name, std::to_string(value)); }
  void field(std::string_view name, bool value) override { add(name, value ? "true" : "false"); }
  void field(std::string_view name, std::string_view text) override { add(name, std::string(text)); }

  std::string operator[](std::string_view name) const {
    auto const found = all.find(prefix_ + std::string(name));
    return found == all.end() ? "" : found->second;
  }
  std::map<std::string, std::string, std::less<>> all;

 private:
  void add(std::string_view name, std::string const& text) {
    auto& values = all[std::string(name)];
    values += values.empty() ? text : " " + text;
  }
  std::string prefix_;
};

/// What a message was about, with its name for good.
struct SaidTarget {
  SaidTarget() = default;
  explicit SaidTarget(agent::Target const& target)
      : unit(target.unit), object(target.object), count(target.count), name(target.name) {}

  std::uint32_t unit = 0;
  std::uint64_t object = 0;
  std::uint32_t count = 0;
  std::string name;
};

/// What an observation said, kept beyond the callback.
struct SaidMessage {
  agent::Operation operation{};
  agent::Role role{};
  agent::Status status{};
  std::uint32_t code = 0, subcode = 0;
  SaidTarget target;
  std::optional<double> value;
  std::vector<agent::Violation> violations;
  std::optional<Malformed> malformed;
  FieldTexts fields;

  /// The codes of the violations, joined with blanks.
  std::string rules() const {
    std::string text;
    for (auto const& each : violations) text += (text.empty() ? "" : " ") + std::string(each.code);
    return text;
  }
};

/// One flow of any dissector, without the engine: whole messages go in, what they said comes out.
class Exchange : public agent::Emitter {
 public:
  /// Fields are asked for without `prefix`.
  explicit Exchange(agent::Dissector const& dissector, std::string prefix = "")
      : dissector_(dissector),
        prefix_(std::move(prefix)),
        session_((dissector.session_size + 7) / 8),
        shared_((dissector.shared_size + 7) / 8) {}

  SaidMessage say(Bytes message, agent::Direction way) {
    way_ = way;
    said_ = {};
    all.clear();
    emitted = 0;
    dissector_.read(message, way, session_.data(), *this);
    return said_;
  }
  SaidMessage ask(std::string_view hex) { return say(octets(hex), agent::Direction::to_server); }
  SaidMessage answer(std::string_view hex) { return say(octets(hex), agent::Direction::to_client); }
  /// The flow ends; what waited is in `all`.
  void close() {
    all.clear();
    emitted = 0;
    for (auto way : {agent::Direction::to_server, agent::Direction::to_client}) {
      way_ = way;
      dissector_.close(way, session_.data(), *this);
    }
  }
  void lose(agent::Direction way) { dissector_.gap(way, session_.data()); }
  /// What the dissector remembers, as its own type.
  template <class Session>
  Session const& session() const {
    return *reinterpret_cast<Session const*>(session_.data());
  }

  agent::Observation begin() override {
    return {.time = now,
            .flow = flow,
            .way = way_,
            .source_mac = source_mac,
            .destination_mac = destination_mac,
            .protocol = dissector_.name};
  }
  void emit(agent::Observation const& observation) override {
    ++emitted;
    identified = observation.identifies;
    said_ = {.operation = observation.operation,
             .role = observation.role,
             .status = observation.status,
             .code = observation.code,
             .subcode = observation.subcode,
             .target = SaidTarget(observation.target),
             .value = observation.value,
             .violations = {observation.violations.begin(), observation.violations.end()},
             .malformed = {},
             .fields = FieldTexts(prefix_)};
    if (observation.malformed != nullptr) said_.malformed = *observation.malformed;
    observation.fields(said_.fields);
    all.push_back(said_);
  }
  void unknown(std::string_view table, std::uint32_t code) override { unknowns[std::string(table)].push_back(code); }

  void tolerated(std::string_view deviation) override { ++deviations[std::string(deviation)]; }
  void table_full() override { ++tables_full; }

  Bytes kept() override { return kept_of_this_way(); }
  bool keep(Bytes octets) override {
    if (kept_of_this_way().size() + octets.size() > most_kept) return false;
    kept_of_this_way().insert(kept_of_this_way().end(), octets.begin(), octets.end());
    return true;
  }
  void drop() override { kept_of_this_way().clear(); }
  void* shared() override { return shared_.empty() ? nullptr : shared_.data(); }

  agent::Flow flow;
  Mac source_mac{}, destination_mac{};  ///< of the frames
  Time now = from_unix_ns(0);
  std::size_t most_kept = 65536;  ///< octets a direction, as the engine has
  int emitted = 0;                ///< observations of the last message
  bool identified = false;        ///< the last one says what its sender is
  std::vector<SaidMessage> all;   ///< and what they said; say() returns the last one
  std::map<std::string, std::vector<std::uint32_t>> unknowns;
  std::map<std::string, int> deviations;
  int tables_full = 0;  ///< of those that flows share

 private:
  std::vector<std::uint8_t>& kept_of_this_way() { return kept_[static_cast<std::size_t>(way_)]; }

  agent::Dissector const& dissector_;
  std::string prefix_;
  std::vector<std::uint8_t> kept_[2];
  std::vector<std::uint64_t> session_, shared_;  ///< zeroed octets, as the engine gives them
  agent::Direction way_ = agent::Direction::to_server;
  SaidMessage said_;
};

}  // namespace greywatch::test
