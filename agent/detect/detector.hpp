#pragma once
#include "agent/detect/alarms.hpp"
#include "agent/detect/scene.hpp"
#include "agent/detect/summary.hpp"

namespace greywatch::agent::detect {

/// What every detector works with; all of it outlives them.
struct Desk {
  DetectionOptions const& options;
  Knowledge& knowledge;
  Alarms& alarms;
  Summary& summary;
  HashKey hash_key;
};

/// Looks at every observation on the capture thread. Allocates nothing while nothing is odd.
class Detector {
 public:
  virtual ~Detector() = default;
  virtual void observe(Scene& scene) = 0;
  virtual void on_close(Flow const&) {}
};

}  // namespace greywatch::agent::detect
