#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/observation.hpp"
#include "common/time.hpp"

namespace greywatch::agent {

/// How much detection may remember. With these bounds all of agent/detect takes 18.5 MiB when every table is full.
struct DetectionBounds {
  std::uint32_t hosts = 102'400;
  std::uint32_t relations = 102'400;      ///< client, server, protocol
  std::uint32_t conversations = 102'400;  ///< live flows, each unit that they address counted
  std::uint32_t operations = 60'000;      ///< what was asked or said, per relation
  std::uint32_t transitions = 65'536;     ///< which operation follows which
  std::uint32_t sources = 4'096;          ///< clients under the sequential scan test
  std::uint32_t sessions = 4'096;         ///< servers whose active client is known
  std::uint32_t alarms = 256;             ///< alarms held open to be updated
};

/// What is tuned per detector. All p are per occasion: ten seconds of one relation in which anything was said, or one
/// connection.
struct DetectionOptions {
  std::vector<Protocol> protocols;  ///< what may be observed; others are spoken of in plain words
  std::string node = "agent";       ///< observer.name
  std::string epoch = "0";          ///< makes event ids unique over restarts: "<node>-<epoch>-<seq>"

  /// Which detectors are on, by the words of detectors.hpp; empty means all of them.
  std::vector<std::string> words;
  bool none = false;  ///< no detector at all: `words` is ignored

  Duration learning = std::chrono::hours(7 * 24);  ///< event time of learning when nobody says learn() and operate()
  double learning_gate = 1e-3;                     ///< during that time only what is at most this likely is a finding
  double gate = 0.05;                              ///< in operation: departures at most this likely are findings
  /// Gates of transitions never seen, by class: monitor-to-monitor, monitor-to-command, command-to-monitor,
  /// command-to-command. What is reported spontaneously comes in any order, so the first is the narrower one.
  std::array<double, 4> transition_gates{0.02, 0.05, 0.02, 0.05};
  double window_gate = 2e-4;                     ///< of the surprise of 32 messages in a row
  std::uint32_t run = 10;                        ///< commands in a row, nothing reported in between, that are a run
  double scan_false = 1e-5, scan_detect = 0.99;  ///< error rates of the sequential scan test
  Duration scan_half_life = std::chrono::hours(7 * 24);
  std::uint32_t acceptance_days =
      10;  ///< a departure seen on so many days becomes normal, at most a tenth of the baseline a day

  double alarms_per_day = 4, alarm_burst = 8;   ///< repeated alarms of one class; the rest is aggregated
  double fresh_per_day = 32, fresh_burst = 32;  ///< first alarms of a (code, source) pair
  Duration quiet = std::chrono::seconds(60);    ///< after so long without a sighting an alarm's last update is sent
  Duration remember = std::chrono::hours(24);   ///< an alarm seen again within this time is updated, not raised anew

  DetectionBounds bounds;
};

}  // namespace greywatch::agent
