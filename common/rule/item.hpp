#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/address.hpp"
#include "common/result.hpp"
#include "common/rule/event_cache.hpp"
#include "common/rule/pattern.hpp"

namespace re2 {
class RE2;
}

namespace greywatch::rules {

class Pipelines;

enum class Comparison : std::uint8_t { gt, gte, lt, lte, eq, neq };
bool holds(Comparison comparison, double left, double right);

/// What one value of a rule became.
struct IsNull {};
struct Exists {
  bool wanted;
};
struct Flag {
  bool value;
};
struct Number {
  std::variant<std::int64_t, double> value;
  std::string text;  ///< as `render` writes it
};
struct Compare {
  Comparison how;
  double value;
};
struct Regex {
  std::shared_ptr<re2::RE2 const> pattern;
  std::vector<std::string>
      needed;  ///< texts in lower case of which at least one occurs in whatever matches; may be empty
};
struct Cidr {
  Prefix prefix;
};
/// A part of a time: of RFC 3339 text, in the offset that it is written with.
struct TimePart {
  enum class Part : std::uint8_t { minute, hour, day, week, month, year } part;
  Comparison how;
  double value;
};
/// The same value as in another field of the event.
struct SameAs {
  FieldId other;
  bool cased;
};
using Operand = std::variant<IsNull, Exists, Flag, Number, Compare, Regex, Cidr, TimePart, SameAs, Pattern>;

/// One line of a selection, compiled: a field and what its values must be. A list in the event matches when any of its
/// elements does. The values of the rule are joined by "or", by "and" with the modifier `all`; `neq` negates the whole.
/// Modifiers can make several operands of one value (windash, base64offset, expand): they are alternatives even under
/// `all`.
struct Item {
  FieldId field = whole_event;
  bool all = false;
  bool negate = false;
  std::vector<Operand> operands;
  std::vector<std::uint32_t> ends;  ///< with `all`: where in `operands` those of each value end
  std::vector<std::string> any_of;  ///< sorted: exact texts of a long list, taken out of `operands`

  bool matches(EventCache& event) const;
};

/// A value of a rule as it is written. `monostate` is null.
using Literal = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

/// Compiles one line of a selection: `key` is the field with its modifiers ("source.ip|cidr"), "" or "|all" for
/// keywords; `list` tells that the values were written as a list; `pipelines` has the values of placeholders and may be
/// null. A placeholder without a value is refused, or told in `missing` where that is given: the item then means
/// nothing yet and must not be matched. The refusal names what is wrong or not supported.
Result<Item, Refusal> compile_item(std::string_view key, std::vector<Literal> const& values, bool list,
                                   FieldTable& fields, Pipelines const* pipelines = nullptr,
                                   std::vector<std::string>* missing = nullptr);

}  // namespace greywatch::rules
