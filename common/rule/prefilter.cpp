#include "common/rule/prefilter.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

namespace greywatch::rules {

namespace {

constexpr std::size_t part_octets = 4;
constexpr double part_cost = 4;  ///< a part occurs in more events than a whole value: it counts as this many rules more

/// Something that must occur in an event, folded: the whole value of a field or a part of it.
struct Needle {
  FieldId field;
  bool whole;
  std::string text;
  auto operator<=>(Needle const&) const = default;
};

/// Needles of which at least one must occur; nullopt when nothing must.
using Guard = std::optional<std::vector<Needle>>;

using Usage = std::map<Needle, double>;

std::uint32_t packed(char const* at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < part_octets; ++i) value = value << 8U | static_cast<unsigned char>(at[i]);
  return value;
}
std::size_t bit_of(std::uint32_t part) { return part * 2654435761U >> 16U; }

class Guards {
 public:
  /// Without `usage` the guard holds all needles that could be chosen, to be counted.
  explicit Guards(Usage const* usage) : usage_(usage) {}

  Guard of(Rule const& rule) const {
    std::vector<Guard> parts;
    for (auto const& item : rule.source) parts.push_back(of(item));
    parts.push_back(of(rule, rule.condition.root));
    return best(std::move(parts));
  }

 private:
  Guard of(Rule const& rule, std::uint32_t at) const {
    auto const& node = rule.condition.nodes[at];
    std::vector<Guard> parts;
    switch (node.kind) {
      case Condition::Kind::none:
        return std::nullopt;
      case Condition::Kind::selection:
        return of(rule.selections[node.selection]);
      case Condition::Kind::all:
        for (auto const child : node.children) parts.push_back(of(rule, child));
        return best(std::move(parts));
      case Condition::Kind::any:
        for (auto const child : node.children) parts.push_back(of(rule, child));
        return joined(std::move(parts));
    }
    return std::nullopt;
  }

  Guard of(Selection const& selection) const {
    std::vector<Guard> parts;
    for (auto const& items : selection.alternatives) {
      std::vector<Guard> needed;
      for (auto const& item : items) needed.push_back(of(item));
      parts.push_back(best(std::move(needed)));
    }
    return joined(std::move(parts));
  }

  Guard of(Item const& item) const {
    if (item.negate) return std::nullopt;
    std::vector<Guard> parts;
    for (auto const& operand : item.operands) parts.push_back(of(item.field, operand));
    if (item.all) {
      std::vector<Guard> values;
      auto from = parts.begin();
      for (auto const end : item.ends) {
        auto const to = parts.begin() + end;
        values.push_back(joined({std::make_move_iterator(from), std::make_move_iterator(to)}));
        from = to;
      }
      return best(std::move(values));
    }
    for (auto const& text : item.any_of) parts.emplace_back(std::vector{Needle{item.field, true, text}});
    return joined(std::move(parts));
  }

  Guard of(FieldId field, Operand const& operand) const {
    if (auto const* flag = std::get_if<Flag>(&operand))
      return std::vector{Needle{field, true, flag->value ? "true" : "false"}};
    if (auto const* number = std::get_if<Number>(&operand)) {
      // A number with a fraction or an exponent may be written otherwise in the event.
      if (!std::holds_alternative<std::int64_t>(number->value)) return std::nullopt;
      return std::vector{Needle{field, true, number->text}};
    }
    if (auto const* regex = std::get_if<Regex>(&operand)) {
      if (regex->needed.empty()) return std::nullopt;
      std::vector<Guard> parts;
      for (auto const& text : regex->needed) parts.push_back(part_of(field, text));
      return joined(std::move(parts));
    }
    auto const* pattern = std::get_if<Pattern>(&operand);
    if (!pattern) return std::nullopt;
    std::string text;
    fold(pattern->literal(), text);
    if (pattern->shape() == Pattern::Shape::exact) return std::vector{Needle{field, true, text}};
    return part_of(field, text);
  }

  /// Four octets of `text`, which occurs in the field.
  Guard part_of(FieldId field, std::string const& text) const {
    if (text.size() < part_octets) return std::nullopt;
    std::vector<Guard> parts;
    for (std::size_t at = 0; at + part_octets <= text.size(); ++at)
      parts.emplace_back(std::vector{Needle{field, false, text.substr(at, part_octets)}});
    return best(std::move(parts));
  }

  /// All must hold, so one of them will do: the one whose needles the fewest rules share.
  Guard best(std::vector<Guard> parts) const {
    std::erase_if(parts, [](Guard const& guard) { return !guard; });
    if (parts.empty()) return std::nullopt;
    if (!usage_) return joined(std::move(parts));
    return std::move(*std::ranges::min_element(parts, {}, [&](Guard const& guard) { return cost(*guard); }));
  }

  /// One must hold: all their needles, or nothing when one of them has none.
  static Guard joined(std::vector<Guard> parts) {
    Guard all(std::in_place);
    for (auto& part : parts) {
      if (!part) return std::nullopt;
      all->insert(all->end(), std::make_move_iterator(part->begin()), std::make_move_iterator(part->end()));
    }
    return all;
  }

  double cost(std::vector<Needle> const& needles) const {
    double sum = 0;
    for (auto const& needle : needles) {
      auto const used = usage_->find(needle);
      sum += (used == usage_->end() ? 0 : used->second) + (needle.whole ? 0 : part_cost);
    }
    return sum;
  }

  Usage const* usage_;
};

}  // namespace

Prefilter::PerField& Prefilter::at(FieldId field) {
  auto const found = std::ranges::find(fields_, field, &PerField::field);
  if (found != fields_.end()) return *found;
  fields_.push_back({.field = field});
  return fields_.back();
}

void Prefilter::build(std::vector<Rule> const& rules) {
  *this = {};
  taken_.assign(rules.size(), 0);
  Usage usage;
  for (auto const& rule : rules)
    if (!rule.fed)
      continue;
    else if (auto const all = Guards(nullptr).of(rule))
      for (auto const& needle : *all) ++usage[needle];
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    if (!rules[i].fed) continue;
    auto const guard = Guards(&usage).of(rules[i]);
    if (!guard) {
      always_.push_back(i);
      continue;
    }
    for (auto const& needle : *guard) {
      auto& field = at(needle.field);
      if (needle.whole) {
        field.whole[needle.text].push_back(i);
        continue;
      }
      auto const part = packed(needle.text.data());
      field.parts[part].push_back(i);
      field.seen.resize(bits / 64);
      field.seen[bit_of(part) / 64] |= std::uint64_t{1} << bit_of(part) % 64;
    }
  }
}

void Prefilter::take(Filed const& rules, std::vector<std::uint32_t>& out) {
  for (auto const rule : rules)
    if (std::exchange(taken_[rule], now_) != now_) out.push_back(rule);
}

void Prefilter::candidates(EventCache& event, std::vector<std::uint32_t>& out) {
  ++now_;
  auto const from = static_cast<std::ptrdiff_t>(out.size());
  take(always_, out);
  for (auto const& field : fields_) {
    for (auto const& text : event.folded(field.field)) {
      if (!field.whole.empty())
        if (auto const found = field.whole.find(std::string_view(text)); found != field.whole.end())
          take(found->second, out);
      if (field.parts.empty()) continue;
      for (std::size_t at = 0; at + part_octets <= text.size(); ++at) {
        auto const part = packed(text.data() + at);
        auto const bit = bit_of(part);
        if (!(field.seen[bit / 64] >> bit % 64 & 1U)) continue;
        if (auto const found = field.parts.find(part); found != field.parts.end()) take(found->second, out);
      }
    }
  }
  std::sort(out.begin() + from, out.end());
}

}  // namespace greywatch::rules
