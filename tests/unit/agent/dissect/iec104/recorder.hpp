#pragma once
#include <map>
#include <string>
#include <vector>

#include "agent/dissect/iec104/iec104.hpp"
#include "agent/dissect/iec104/session.hpp"
#include "tests/support/octets.hpp"

namespace greywatch::test {

/// Fields of one message as text, lists as they came.
class Fields : public agent::FieldSink {
 public:
  void field(std::string_view name, std::uint64_t value) override { add(name, std::to_string(value)); }
  void field(std::string_view name, std::int64_t value) override { add(name, std::to_string(value)); }
  void field(std::string_view name, double value) override { add(name, std::to_string(value)); }
  void field(std::string_view name, bool value) override { add(name, value ? "true" : "false"); }
  void field(std::string_view name, std::string_view text) override { add(name, std::string(text)); }

  /// Values joined with a blank; empty when the field did not come.
  std::string operator[](std::string const& name) const {
    auto const found = all.find("iec104." + name);
    return found == all.end() ? "" : found->second;
  }
  std::map<std::string, std::string> all;

 private:
  void add(std::string_view name, std::string text) {
    auto& values = all[std::string(name)];
    values += values.empty() ? text : " " + text;
  }
};

/// What an observation said, kept beyond the callback.
struct Said {
  agent::Operation operation{};
  agent::Role role{};
  agent::Status status{};
  std::uint32_t code = 0, subcode = 0;
  agent::Target target;
  std::optional<double> value;
  std::vector<agent::Violation> violations;
  std::optional<Malformed> malformed;
  Fields fields;

  std::string rules() const {
    std::string text;
    for (auto const& each : violations) text += (text.empty() ? "" : " ") + std::string(each.code);
    return text;
  }
};

/// One IEC 104 connection: messages go in, what they said comes out.
class Connection : public agent::Emitter {
 public:
  explicit Connection(bool midstream = false) { flow.midstream = midstream; }

  Said say(std::vector<std::uint8_t> const& apdu, agent::Direction way = agent::Direction::to_server) {
    way_ = way;
    emitted = 0;
    agent::iec104::dissector.read(apdu, way, &session, *this);
    return last;
  }
  Said say(std::string_view hex, agent::Direction way = agent::Direction::to_server) { return say(octets(hex), way); }
  void lose(agent::Direction way) { agent::iec104::dissector.gap(way, &session); }

  agent::Observation begin() override {
    return {.time = now, .flow = flow, .way = way_, .protocol = agent::iec104::dissector.name};
  }
  void emit(agent::Observation const& observation) override {
    ++emitted;
    last = {observation.operation, observation.role,
            observation.status,    observation.code,
            observation.subcode,   observation.target,
            observation.value,     {observation.violations.begin(), observation.violations.end()},
            std::nullopt,          {}};
    if (observation.malformed) last.malformed = *observation.malformed;
    observation.fields(last.fields);
  }
  void unknown(std::string_view table, std::uint32_t code) override { unknowns[std::string(table)].push_back(code); }

  agent::Flow flow;
  Time now = from_unix_ns(0);
  agent::iec104::Session session{};
  Said last;
  int emitted = 0;
  std::map<std::string, std::vector<std::uint32_t>> unknowns;

 private:
  agent::Direction way_ = agent::Direction::to_server;
};

inline std::vector<std::uint8_t> i_format(std::vector<std::uint8_t> const& asdu, unsigned send = 0,
                                          unsigned receive = 0) {
  auto const low = [](unsigned number) { return static_cast<std::uint8_t>(number << 1 & 0xff); };
  auto const high = [](unsigned number) { return static_cast<std::uint8_t>(number >> 7 & 0xff); };
  std::vector<std::uint8_t> apdu{
      0x68, static_cast<std::uint8_t>(asdu.size() + 4), low(send), high(send), low(receive), high(receive)};
  apdu.insert(apdu.end(), asdu.begin(), asdu.end());
  return apdu;
}
inline std::vector<std::uint8_t> i_format(std::string_view asdu, unsigned send = 0, unsigned receive = 0) {
  return i_format(octets(asdu), send, receive);
}
inline std::vector<std::uint8_t> s_format(unsigned receive) {
  return {
      0x68, 4, 1, 0, static_cast<std::uint8_t>(receive << 1 & 0xff), static_cast<std::uint8_t>(receive >> 7 & 0xff)};
}

inline constexpr auto startdt_act = "68 04 07 00 00 00";
inline constexpr auto startdt_con = "68 04 0B 00 00 00";
inline constexpr auto stopdt_act = "68 04 13 00 00 00";
inline constexpr auto stopdt_con = "68 04 23 00 00 00";
inline constexpr auto testfr_act = "68 04 43 00 00 00";
inline constexpr auto testfr_con = "68 04 83 00 00 00";

}  // namespace greywatch::test
