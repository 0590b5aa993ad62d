#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "common/rule/rule_set.hpp"

namespace greywatch::rules::test {

/// An event made of named values; a null is a field that holds monostate.
class Event final : public EventView {
 public:
  Event(std::initializer_list<Field> fields) : fields_(fields) {}
  Event& null(std::string name) {
    nulls_.push_back(std::move(name));
    return *this;
  }

  Values values(std::string_view name) const override {
    for (auto const& null : nulls_)
      if (null == name) return Values(Value());
    for (auto const& field : fields_) {
      if (field.name != name) continue;
      return std::visit(
          [](auto const& value) -> Values {
            using T = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<T, std::vector<Scalar>>)
              return Values(std::span<Scalar const>(value));
            else if constexpr (std::is_same_v<T, std::string>)
              return Values(Value(std::string_view(value)));
            else
              return Values(Value(value));
          },
          field.value);
    }
    return {};
  }
  void texts(std::vector<std::string_view>& out) const override {
    for (auto const& field : fields_)
      if (auto const* text = std::get_if<std::string>(&field.value)) out.push_back(*text);
  }

 private:
  std::vector<Field> fields_;
  std::vector<std::string> nulls_;
};

inline Field text(std::string name, std::string value) { return {std::move(name), FieldValue(std::move(value))}; }
inline Field number(std::string name, std::int64_t value) { return {std::move(name), FieldValue(value)}; }
inline Field real(std::string name, double value) { return {std::move(name), FieldValue(value)}; }
inline Field flag(std::string name, bool value) { return {std::move(name), FieldValue(value)}; }
inline Field list(std::string name, std::vector<Scalar> values) {
  return {std::move(name), FieldValue(std::move(values))};
}

/// A whole rule around the body of its detection, which is indented by two.
inline std::string rule(std::string_view detection) {
  return "title: T\nlogsource: {product: greywatch}\ndetection:\n" + std::string(detection) + "\n";
}

/// One rule set of one file; `refusal` of a set that loads is "".
struct Loaded {
  RuleSet set;
  LoadReport report;
  std::string refusal() const { return report.refusals.empty() ? "" : report.refusals.front(); }
};
inline Loaded load(std::string text) {
  Loaded out;
  out.set = RuleSet::parse({{"r.yml", std::move(text)}}, out.report);
  return out;
}

/// Does the rule with the single selection `lines` match? Throws when the rule does not load.
inline bool matches(std::string_view detection, Event const& event) {
  auto loaded = load(rule(detection));
  if (!loaded.refusal().empty()) throw std::runtime_error(loaded.refusal());
  std::vector<std::uint32_t> found;
  loaded.set.match(event, found);
  return !found.empty();
}
/// The same for one line of a selection, such as "name|contains: x".
inline bool line(std::string const& item, Event const& event) {
  return matches("  s:\n    " + item + "\n  condition: s", event);
}
inline std::string refusal(std::string const& item) {
  return load(rule("  s:\n    " + item + "\n  condition: s")).refusal();
}

}  // namespace greywatch::rules::test
