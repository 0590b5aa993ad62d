#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/rule/event_view.hpp"

namespace greywatch::rules {

/// Number of a field name within one rule set; 0 stands for the whole event, which keywords search.
using FieldId = std::uint32_t;
inline constexpr FieldId whole_event = 0;

/// The field names that a rule set asks for.
class FieldTable {
 public:
  FieldTable() { intern(""); }
  FieldId intern(std::string_view name);
  std::string const& name(FieldId field) const { return names_[field]; }
  std::size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, FieldId> ids_;
};

/// What rules have asked of one event so far: each field is fetched, rendered and folded at most once an event. Reused
/// from event to event, so it stops allocating after warm-up. One thread.
class EventCache {
 public:
  /// Begins with `event`, which must outlive all calls until the next `start`.
  void start(EventView const& event, FieldTable const& fields);
  Values const& values(FieldId field);
  /// The non-null values as text: numbers in decimal, booleans as "true" and "false".
  std::span<std::string_view const> texts(FieldId field);
  /// The same in lower case (ASCII).
  std::span<std::string const> folded(FieldId field);

 private:
  struct Slot {
    std::uint64_t fetched = 0, rendered = 0, lowered = 0;  ///< the event for which this holds
    Values values;
    std::vector<std::string_view> texts;
    std::vector<std::array<char, 32>> numbers;
    std::vector<std::string> folded;
    std::size_t folded_count = 0;
  };
  EventView const* event_ = nullptr;
  FieldTable const* fields_ = nullptr;
  std::uint64_t now_ = 0;
  std::vector<Slot> slots_;
};

/// A value as text; numbers are written into `buffer`. Null gives "".
std::string_view render(Value const& value, std::array<char, 32>& buffer);

}  // namespace greywatch::rules
