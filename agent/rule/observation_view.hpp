#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "agent/rule/field_columns.hpp"
#include "common/rule/event_view.hpp"

namespace greywatch::agent {

/// An Observation as rules see it: the keys of its NDJSON form (DESIGN 3.2). The fields of the message are asked for
/// once an observation, and only when a rule wants one. Keeps its buffers, so after warm-up it allocates for
/// `network.community_id` only. One thread.
class ObservationView final : public rules::EventView {
 public:
  ObservationView(std::string node, CommunityId community_id) : node_(std::move(node)), community_id_(community_id) {}

  /// Turns to an observation, which must live until the next one; what `values` gave before is gone.
  void start(Observation const& observation);

  rules::Values values(std::string_view name) const override;
  void texts(std::vector<std::string_view>& out) const override;

  /// Copies the fields of the message into a finding: at most 48 names, 32 values of a list, 256 octets of text; what
  /// was left out is counted in "greywatch.fields_omitted".
  void copy_fields(std::vector<Field>& out) const;

 private:
  enum Slot : std::uint8_t { source_ip, destination_ip, source_mac, destination_mac, time, community, slots };

  void gather() const;
  rules::Values address(Ip const& ip, Slot slot) const;
  rules::Values hardware(std::optional<Mac> const& mac, Slot slot) const;
  rules::Values instant() const;

  std::string node_;
  CommunityId community_id_;
  Observation const* observation_ = nullptr;
  mutable bool gathered_ = false;
  mutable std::array<std::array<char, 48>, slots> kept_{};
  mutable std::vector<rules::Value> violations_;
  mutable FieldColumns<rules::Value> columns_;
};

}  // namespace greywatch::agent
