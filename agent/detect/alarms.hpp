#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/detect/codes.hpp"
#include "agent/detect/options.hpp"
#include "agent/detect/scene.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::detect {

/// Turns sightings into findings that a night shift can read: the first sighting of a key is a finding at once; the
/// same key again is counted, and told in updates at growing intervals and when it has gone quiet. Onsets draw on a
/// budget per class; beyond it they are gathered in one record per class, with count, least p, first and last: nothing
/// is lost, nothing floods. An update repeats the onset with its own event.id and names the onset in
/// greywatch.update_of.
class Alarms {
 public:
  Alarms(DetectionOptions const& options, FindingSink& sink, CommunityId community_id);

  /// What a finding is about beside its observation.
  enum class Span : std::uint8_t {
    message,  ///< the messages sighted
    flow,     ///< their whole flows, from the first packet to the last
  };

  struct Sighting {
    double p = 1;
    std::uint32_t qualifier = 0;  ///< tells alarms of one row and subject apart
    Span span = Span::message;
    std::uint32_t subject = 0;  ///< whom it is about; 0 is the relation of the scene
  };
  /// Sightings with the same row, subject and qualifier are one alarm. `narrate` is called at the onset only; it sets
  /// message, traits and evidence of the finding it is given.
  template <class Narrate>
  void raise(Scene const& scene, Code const& row, Sighting const& sighting, Narrate narrate) {
    if (auto* opened = sight(scene, row, sighting)) {
      narrate(opened->finding);
      publish(*opened);
    }
  }

  void on_close(Flow const& flow);      ///< alarms of this flow last until its last packet
  void on_time(Time now);               ///< event time passed: sends what is due
  void flush();                         ///< sends every update not sent yet
  std::string send(Finding&& finding);  ///< numbers a finding and gives it away; returns its id

  std::uint64_t onsets() const { return onsets_; }
  std::uint64_t updates() const { return updates_; }
  std::uint64_t gathered() const { return gathered_; }  ///< onsets beyond the budget
  std::uint64_t sightings() const { return sightings_; }

 private:
  struct Key {
    Code const* row = nullptr;
    std::uint32_t subject = 0, qualifier = 0;
    bool operator==(Key const&) const = default;
  };
  struct Open {
    Key key;
    Finding finding;
    std::string onset;       ///< event.id of the first record
    std::uint64_t flow = 0;  ///< Flow::id of the latest sighting
    Time before{};           ///< until when an earlier alarm of this key lasted
    Span span = Span::message;
    Time sent;            ///< event time of the latest record
    Duration interval{};  ///< to the next one at least
    bool stale = false;   ///< changed since
  };
  /// Tokens that come back with event time.
  struct Bucket {
    double tokens = 0;
    Time at;
    bool take(Time now, double per_day, double burst);
  };

  Open* sight(Scene const& scene, Code const& row, Sighting const& sighting);
  Open* find(Key const& key);
  Open& make_room(Key const& key);
  void count(Open& open, Observation const& observation, double p);
  void gather(Scene const& scene, Code const& row, double p);
  void begin(Open& open, Scene const& scene, Code const& row, double p);
  void publish(Open& open);
  void update(Open& open);
  std::string tell(Open& open, Finding&& copy);
  bool affordable(Code const& row, Endpoint const& source, Time now);

  DetectionOptions const& options_;
  FindingSink& sink_;
  CommunityId community_id_;
  std::vector<Open> open_;
  std::array<Bucket, finding_classes> repeated_{}, fresh_{};
  Time now_;
  std::uint64_t sequence_ = 0, onsets_ = 0, updates_ = 0, gathered_ = 0, sightings_ = 0;
};

}  // namespace greywatch::agent::detect
