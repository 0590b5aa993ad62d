#include "common/rule/event_cache.hpp"

#include <charconv>
#include <cmath>

#include "common/rule/pattern.hpp"

namespace greywatch::rules {

FieldId FieldTable::intern(std::string_view name) {
  auto const [at, added] = ids_.try_emplace(std::string(name), static_cast<FieldId>(names_.size()));
  if (added) names_.emplace_back(name);
  return at->second;
}

std::string_view render(Value const& value, std::array<char, 32>& buffer) {
  return std::visit(
      [&](auto const& held) -> std::string_view {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          return {};
        } else if constexpr (std::is_same_v<T, bool>) {
          return held ? "true" : "false";
        } else if constexpr (std::is_same_v<T, std::string_view>) {
          return held;
        } else if constexpr (std::is_same_v<T, double>) {
          // A whole number reads the same whether it came as an integer or not: 100000, never 1e+05.
          constexpr double least = -9.2e18, most = 9.2e18;
          bool const whole = held > least && held < most && held == std::trunc(held);
          auto* const to = buffer.data() + buffer.size();
          auto const end = whole ? std::to_chars(buffer.data(), to, static_cast<std::int64_t>(held))
                                 : std::to_chars(buffer.data(), to, held);
          return {buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data())};
        } else {
          auto const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), held).ptr;
          return {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
        }
      },
      value);
}

void EventCache::start(EventView const& event, FieldTable const& fields) {
  event_ = &event;
  fields_ = &fields;
  ++now_;
  if (slots_.size() < fields.size()) slots_.resize(fields.size());
}

Values const& EventCache::values(FieldId field) {
  auto& slot = slots_[field];
  if (slot.fetched != now_) {
    slot.values = event_->values(fields_->name(field));
    slot.fetched = now_;
  }
  return slot.values;
}

std::span<std::string_view const> EventCache::texts(FieldId field) {
  auto& slot = slots_[field];
  if (slot.rendered == now_) return slot.texts;
  slot.rendered = now_;
  slot.texts.clear();
  if (field == whole_event) {
    event_->texts(slot.texts);
    return slot.texts;
  }
  auto const& all = values(field);
  // Views into `numbers` must not move while it fills.
  if (slot.numbers.size() < all.size()) slot.numbers.resize(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto const value = all[i];
    if (!std::holds_alternative<std::monostate>(value)) slot.texts.push_back(render(value, slot.numbers[i]));
  }
  return slot.texts;
}

std::span<std::string const> EventCache::folded(FieldId field) {
  auto& slot = slots_[field];
  if (slot.lowered != now_) {
    slot.lowered = now_;
    auto const raw = texts(field);
    if (slot.folded.size() < raw.size()) slot.folded.resize(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) fold(raw[i], slot.folded[i]);
    slot.folded_count = raw.size();
  }
  return std::span(slot.folded).first(slot.folded_count);
}

}  // namespace greywatch::rules
