#pragma once
#include <map>
#include <string>
#include <vector>

#include "collector/roster.hpp"
#include "collector/store/store.hpp"

namespace greywatch::collector {

/// Tells "no finding" from "no data": when an expected node of the inventory has not been heard for a while, a coverage
/// record of 0 is committed in its name, and one of its own last coverage when it is heard again. They go through the
/// store like any finding, so a restart or a replay of the stored findings scores the same. One thread.
class Silence {
 public:
  /// Nothing is told before `began` + the silence that counts: agents need time to come back after a collector's start.
  Silence(Time began, Duration silence_after) : began_(began), silence_after_(silence_after) {}

  /// The records to commit for the nodes as they are; each transition is told once.
  std::vector<Finding> look(std::vector<NodeView> const& nodes, Time now);

 private:
  struct Told {
    bool silent = false;
    double coverage_before = 1;
  };
  Time const began_;
  Duration const silence_after_;
  std::map<std::string, Told> told_;  // bounded by the inventory
};

}  // namespace greywatch::collector
