#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/event/finding.hpp"

namespace greywatch::rules {

/// One value of an event's field, borrowed from the event; monostate is null.
using Value = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string_view>;

/// All values of one field, borrowed from the event: none, one, or a list.
class Values {
 public:
  Values() = default;
  explicit Values(Value one) : one_(one), size_(1) {}
  explicit Values(std::span<Scalar const> scalars) : scalars_(scalars), size_(scalars.size()) {}
  explicit Values(std::span<std::string const> texts) : texts_(texts), size_(texts.size()) {}
  explicit Values(std::span<Value const> values) : values_(values), size_(values.size()) {}

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Value operator[](std::size_t at) const {
    if (!texts_.empty()) return std::string_view(texts_[at]);
    if (!values_.empty()) return values_[at];
    if (scalars_.empty()) return one_;
    return std::visit(
        [](auto const& value) -> Value {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
            return std::string_view(value);
          else
            return value;
        },
        scalars_[at]);
  }

 private:
  Value one_;
  std::span<Scalar const> scalars_;
  std::span<std::string const> texts_;
  std::span<Value const> values_;
  std::size_t size_ = 0;
};

/// What a rule can ask of an event. Neither call allocates after warm-up; what they give lives as long as the view.
class EventView {
 public:
  virtual ~EventView() = default;
  /// The values of the field called `name` as in NDJSON (docs/fields.md); empty when the event does not have it.
  virtual Values values(std::string_view name) const = 0;
  /// Appends every text of the event, for keyword searches over the whole event.
  virtual void texts(std::vector<std::string_view>& out) const = 0;
};

}  // namespace greywatch::rules
