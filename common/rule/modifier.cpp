#include <fmt/format.h>
#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>

#include "common/rule/item.hpp"
#include "common/rule/pipeline.hpp"

namespace greywatch::rules {

namespace {

/// A text of a rule on its way through the modifiers.
struct Text {
  std::string raw;       ///< as written
  SigmaString string;    ///< after the modifiers so far
  bool changed = false;  ///< a modifier has transformed it, so `raw` is no longer what is meant
};
using DraftValue = std::variant<std::monostate, bool, std::int64_t, double, Text>;

enum class Kind : std::uint8_t { equals, regex, cidr, compare, exists, same_as };

/// One line of a selection while its modifiers are applied.
struct Draft {
  bool keywords = false;
  bool list = false;
  std::vector<DraftValue> values;
  std::vector<std::uint32_t> origins;  ///< of each value: which value of the rule it was made of
  Kind kind = Kind::equals;
  Comparison comparison = Comparison::eq;
  bool all = false, cased = false, negate = false;
  bool placed = false;  ///< contains, startswith or endswith says where in a text the values are
  bool ignore_case = false, multi_line = false, dot_all = false;
  std::optional<TimePart::Part> part;
  Pipelines const* pipelines = nullptr;         ///< null: no placeholder has a value
  std::vector<std::string>* missing = nullptr;  ///< where placeholders without a value are told; null: they are refused
};

/// The values that a modifier makes of those before it.
class Made {
 public:
  void add(DraftValue value, std::uint32_t origin) {
    values_.push_back(std::move(value));
    origins_.push_back(origin);
  }
  std::size_t size() const { return values_.size(); }
  void into(Draft& draft) {
    draft.values = std::move(values_);
    draft.origins = std::move(origins_);
  }

 private:
  std::vector<DraftValue> values_;
  std::vector<std::uint32_t> origins_;
};

/// What a modifier says when it does not fit; empty when it does.
using Reason = std::string;

constexpr std::size_t max_values = 10'000;        ///< of one line, after the modifiers that multiply values
constexpr std::size_t max_pattern_octets = 4096;  ///< of a regular expression
constexpr std::size_t max_dashes = 5;             ///< in one value of windash: 5 to this power variants
constexpr std::size_t long_list = 8;              ///< exact texts from here on are found by search, not one by one

std::string number_text(std::variant<std::int64_t, double> number) {
  std::array<char, 32> buffer{};
  return std::string(std::visit([&](auto value) { return render(Value(value), buffer); }, number));
}

/// Turns numbers and booleans into text; refuses null.
Reason to_text(Draft& draft) {
  if (draft.kind != Kind::equals) return "cannot follow re, cidr, fieldref, exists or a comparison";
  for (auto& value : draft.values) {
    std::string text;
    if (auto const* flag = std::get_if<bool>(&value))
      text = *flag ? "true" : "false";
    else if (auto const* whole = std::get_if<std::int64_t>(&value))
      text = number_text(*whole);
    else if (auto const* real = std::get_if<double>(&value))
      text = number_text(*real);
    else if (std::holds_alternative<std::monostate>(value))
      return "needs text, not null";
    else
      continue;
    value = Text{text, SigmaString::plain(text), false};
  }
  return {};
}

Reason open_ends(Draft& draft, bool front, bool back) {
  if (auto reason = to_text(draft); !reason.empty()) return reason;
  draft.placed = true;
  for (auto& value : draft.values) {
    auto& text = std::get<Text>(value);
    auto const& symbols = text.string.symbols();
    if (front && (symbols.empty() || symbols.front() != SigmaString::many)) text.string.prepend(SigmaString::many);
    if (back && text.string.symbols().back() != SigmaString::many) text.string.append(SigmaString::many);
    text.changed = true;
  }
  return {};
}
Reason contains(Draft& draft) { return open_ends(draft, true, true); }
Reason startswith(Draft& draft) {
  if (auto reason = to_text(draft); !reason.empty()) return reason;
  draft.placed = true;
  for (auto& value : draft.values) {
    auto& text = std::get<Text>(value);
    if (text.string.symbols().empty() || text.string.symbols().back() != SigmaString::many)
      text.string.append(SigmaString::many);
    text.changed = true;
  }
  return {};
}
Reason endswith(Draft& draft) { return open_ends(draft, true, false); }

/// Replaces every value by the texts that `change` makes of its octets.
template <class Change>
Reason encode(Draft& draft, Change change) {
  if (auto reason = to_text(draft); !reason.empty()) return reason;
  Made made;
  for (std::size_t i = 0; i < draft.values.size(); ++i) {
    auto const& text = std::get<Text>(draft.values[i]);
    if (text.string.has_wildcards()) return "cannot encode wildcards";
    for (auto& changed : change(text.string.octets())) {
      if (changed.empty()) return "needs more text to encode";
      made.add(Text{changed, SigmaString::plain(changed), true}, draft.origins[i]);
    }
  }
  made.into(draft);
  return {};
}
Reason base64_once(Draft& draft) {
  return encode(draft, [](std::string const& octets) { return std::vector{base64(octets)}; });
}
Reason base64_shifted(Draft& draft) {
  return encode(draft, [](std::string const& octets) { return base64_offsets(octets); });
}
template <bool big_endian, bool mark>
Reason to_utf16(Draft& draft) {
  bool valid = true;
  auto reason = encode(draft, [&](std::string const& octets) {
    auto const wide = utf16(octets, big_endian, mark);
    valid &= wide.has_value();
    return std::vector{wide.value_or("?")};
  });
  return valid ? reason : "needs UTF-8 text";
}

/// Every dash or slash that opens a word may be any of the five (Sigma modifiers appendix 2.1.0).
Reason windash(Draft& draft) {
  static std::vector<std::string> const dashes{"-", "/", "\u2013", "\u2014", "\u2015"};
  if (auto reason = to_text(draft); !reason.empty()) return reason;
  Made made;
  for (std::size_t i = 0; i < draft.values.size(); ++i) {
    auto const& symbols = std::get<Text>(draft.values[i]).string.symbols();
    auto const word = [&](std::size_t at) {
      if (at >= symbols.size() || symbols[at] > 127) return false;
      auto const c = fold(static_cast<char>(symbols[at]));
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    std::vector<SigmaString> variants(1);
    std::size_t found = 0;
    for (std::size_t at = 0; at < symbols.size();) {
      std::size_t length = 0;
      for (auto const& dash : dashes)
        if (at + dash.size() <= symbols.size() &&
            std::equal(dash.begin(), dash.end(), symbols.begin() + static_cast<std::ptrdiff_t>(at),
                       [](char c, SigmaString::Symbol symbol) { return static_cast<unsigned char>(c) == symbol; }))
          length = dash.size();
      if (length == 0 || (at > 0 && word(at - 1)) || !word(at + length)) {
        for (auto& variant : variants) variant.append(symbols[at]);
        ++at;
        continue;
      }
      if (++found > max_dashes) return fmt::format("has more than {} dashes in one value", max_dashes);
      std::vector<SigmaString> grown;
      for (auto const& variant : variants)
        for (auto const& dash : dashes) {
          grown.push_back(variant);
          for (char const c : dash) grown.back().append(static_cast<unsigned char>(c));
        }
      variants = std::move(grown);
      at += length;
    }
    for (auto& variant : variants) made.add(Text{{}, std::move(variant), true}, draft.origins[i]);
    if (made.size() > max_values) return fmt::format("makes more than {} values", max_values);
  }
  made.into(draft);
  return {};
}

Reason all(Draft& draft) {
  if (!draft.list || draft.origins.back() == 0) return "needs a list of two or more values";
  draft.all = true;
  return {};
}
Reason cased(Draft& draft) {
  if (draft.kind != Kind::equals && draft.kind != Kind::same_as)
    return "fits text only; re is case-sensitive by itself";
  draft.cased = true;
  return {};
}
Reason neq(Draft& draft) {
  if (draft.kind == Kind::compare || draft.kind == Kind::exists) return "cannot follow a comparison or exists";
  if (draft.keywords) return "needs a field";
  draft.negate = true;
  return {};
}

/// Gives the values another meaning; only once, and only while they are as written.
Reason become(Draft& draft, Kind kind, bool (*fits)(DraftValue const&), std::string_view wanted) {
  if (draft.kind != Kind::equals) return "cannot follow re, cidr, fieldref, exists or a comparison";
  if (draft.keywords && kind != Kind::regex) return "needs a field";
  for (auto const& value : draft.values) {
    if (!fits(value)) return fmt::format("needs {}", wanted);
    auto const* text = std::get_if<Text>(&value);
    if (text && text->changed) return "cannot follow a modifier that changes the text";
  }
  draft.kind = kind;
  return {};
}
bool is_text(DraftValue const& value) { return std::holds_alternative<Text>(value); }
bool is_number(DraftValue const& value) {
  return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}
bool is_flag(DraftValue const& value) { return std::holds_alternative<bool>(value); }

Reason re(Draft& draft) {
  for (auto& value : draft.values)
    if (is_number(value))
      if (auto reason = to_text(draft); !reason.empty()) return reason;
  if (draft.cased) return "is case-sensitive by itself, without cased";
  return become(draft, Kind::regex, is_text, "text");
}
template <bool Draft::* flag>
Reason re_flag(Draft& draft) {
  if (draft.kind != Kind::regex) return "must follow re";
  draft.*flag = true;
  return {};
}
Reason cidr(Draft& draft) { return become(draft, Kind::cidr, is_text, "a network such as 10.0.0.0/8"); }
Reason fieldref(Draft& draft) { return become(draft, Kind::same_as, is_text, "the name of a field"); }
template <Comparison how>
Reason compare(Draft& draft) {
  if (draft.negate) return "cannot follow neq";
  draft.comparison = how;
  return become(draft, Kind::compare, is_number, "a number");
}
Reason exists(Draft& draft) {
  if (draft.list) return "needs one value, true or false";
  if (draft.negate) return "cannot follow neq";
  return become(draft, Kind::exists, is_flag, "true or false");
}

/// The pieces of a text with placeholders: plain text, and names that stood between two "%". Sigma rules specification
/// 2.0.0, "Placeholders": a backslash before "%" makes it plain.
struct Piece {
  bool placeholder = false;
  std::string text;
};
std::vector<Piece> pieces(std::string_view text) {
  auto const in_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  std::vector<Piece> out(1);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at).starts_with("\\%")) {
      out.back().text += text[++at];
      continue;
    }
    auto end = at + 1;
    while (text[at] == '%' && end < text.size() && in_name(text[end])) ++end;
    if (text[at] == '%' && end > at + 1 && end < text.size() && text[end] == '%') {
      out.push_back({true, std::string(text.substr(at + 1, end - at - 1))});
      out.emplace_back();
      at = end;
    } else {
      out.back().text += text[at];
    }
  }
  return out;
}

/// Puts the values of `%name%` in its place; several make several values.
Reason expand(Draft& draft) {
  if (auto reason = to_text(draft); !reason.empty()) return reason;
  Made made;
  for (std::size_t i = 0; i < draft.values.size(); ++i) {
    auto const& text = std::get<Text>(draft.values[i]);
    if (text.changed) return "cannot follow a modifier that changes the text";
    std::vector<std::string> texts{""};
    for (auto const& piece : pieces(text.raw)) {
      if (!piece.placeholder) {
        for (auto& one : texts) one += piece.text;
        continue;
      }
      auto const* values = draft.pipelines ? draft.pipelines->placeholder(piece.text) : nullptr;
      if (values == nullptr || values->empty()) {
        if (draft.missing == nullptr) return fmt::format("finds no value for %{}% in any pipeline", piece.text);
        draft.missing->push_back(piece.text);
        continue;
      }
      std::vector<std::string> grown;
      for (auto const& front : texts)
        for (auto const& back : *values) grown.push_back(front + back);
      if (grown.size() > max_values) return fmt::format("makes more than {} values", max_values);
      texts = std::move(grown);
    }
    for (auto& one : texts) made.add(Text{one, SigmaString::parse(one), false}, draft.origins[i]);
    if (made.size() > max_values) return fmt::format("makes more than {} values", max_values);
  }
  made.into(draft);
  draft.list = draft.list || draft.values.size() > 1;
  return {};
}

template <TimePart::Part part>
Reason time_part(Draft& draft) {
  if (draft.part || draft.kind != Kind::equals) return "must come first and once";
  if (draft.keywords) return "needs a field";
  if (!std::ranges::all_of(draft.values, is_number)) return "needs numbers";
  draft.part = part;
  return {};
}

/// Sigma modifiers appendix 2.1.0: one row a modifier.
struct Modifier {
  std::string_view name;
  Reason (*apply)(Draft&);
};
constexpr Modifier modifiers[] = {
    {"all", all},
    {"contains", contains},
    {"startswith", startswith},
    {"endswith", endswith},
    {"exists", exists},
    {"cased", cased},
    {"neq", neq},
    {"windash", windash},
    {"re", re},
    {"i", re_flag<&Draft::ignore_case>},
    {"m", re_flag<&Draft::multi_line>},
    {"s", re_flag<&Draft::dot_all>},
    {"ignorecase", re_flag<&Draft::ignore_case>},  // what pySigma calls i, m and s as well
    {"multiline", re_flag<&Draft::multi_line>},
    {"dotall", re_flag<&Draft::dot_all>},
    {"base64", base64_once},
    {"base64offset", base64_shifted},
    {"utf16le", to_utf16<false, false>},
    {"wide", to_utf16<false, false>},
    {"utf16be", to_utf16<true, false>},
    {"utf16", to_utf16<false, true>},
    {"lt", compare<Comparison::lt>},
    {"lte", compare<Comparison::lte>},
    {"gt", compare<Comparison::gt>},
    {"gte", compare<Comparison::gte>},
    {"cidr", cidr},
    {"fieldref", fieldref},
    {"expand", expand},
    {"minute", time_part<TimePart::Part::minute>},
    {"hour", time_part<TimePart::Part::hour>},
    {"day", time_part<TimePart::Part::day>},
    {"week", time_part<TimePart::Part::week>},
    {"month", time_part<TimePart::Part::month>},
    {"year", time_part<TimePart::Part::year>},
};

/// A placeholder means its values whatever is done to them, so `expand` goes before all that leaves the letters of a
/// text as they are: rules have it behind `contains`, `cidr` and `re`.
void expand_early(std::vector<Modifier const*>& asked) {
  static constexpr std::string_view leave_letters[] = {"contains", "startswith", "endswith",   "all",       "cased",
                                                       "neq",      "cidr",       "fieldref",   "re",        "i",
                                                       "m",        "s",          "ignorecase", "multiline", "dotall"};
  auto const found = std::ranges::find(asked, "expand", &Modifier::name);
  auto const leaves = [](Modifier const* modifier) {
    return std::ranges::find(leave_letters, modifier->name) != std::end(leave_letters);
  };
  if (found != asked.end() && std::all_of(asked.begin(), found, leaves)) std::rotate(asked.begin(), found, found + 1);
}

/// What `Regex::needed` holds. Only for patterns that tell upper from lower case: RE2 folds all of Unicode, `fold` does
/// not.
std::vector<std::string> needed_by(Draft const& draft, std::string const& raw, re2::RE2::Options const& options) {
  constexpr int least_octets = 4;
  if (draft.ignore_case || raw.find("(?") != std::string::npos) return {};
  re2::FilteredRE2 filtered(least_octets);
  int id = 0;
  std::vector<std::string> atoms;
  if (filtered.Add(raw, options, &id) != re2::RE2::NoError) return {};
  filtered.Compile(&atoms);
  auto const plain = [](std::string const& atom) {
    return std::ranges::all_of(atom, [](char c) { return static_cast<unsigned char>(c) < 128; });
  };
  if (!std::ranges::all_of(atoms, plain)) atoms.clear();
  return atoms;
}

/// What RE2 does not have, by the names that rule writers know.
std::string why_refused(re2::RE2 const& pattern) {
  auto const& what = pattern.error_arg();
  if (pattern.error_code() == re2::RE2::ErrorBadPerlOp || pattern.error_code() == re2::RE2::ErrorBadNamedCapture)
    for (auto const* begin : {"(?=", "(?!", "(?<"})
      if (what.starts_with(begin)) return fmt::format("look-around such as \"{}\" is not supported", what);
  if (pattern.error_code() == re2::RE2::ErrorBadEscape && what.size() == 2 && what[1] >= '1' && what[1] <= '9')
    return fmt::format("the back reference \"{}\" is not supported", what);
  return pattern.error();
}

Result<Operand, Refusal> compile_regex(Draft const& draft, std::string const& raw) {
  if (raw.size() > max_pattern_octets)
    return refuse(fmt::format("a regular expression is longer than {} octets", max_pattern_octets));
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  options.set_case_sensitive(!draft.ignore_case);
  options.set_dot_nl(draft.dot_all);
  auto pattern = std::make_shared<re2::RE2 const>(draft.multi_line ? "(?m)" + raw : raw, options);
  if (!pattern->ok())
    return refuse(fmt::format("regular expression \"{}\" is refused: {}", raw, why_refused(*pattern)));
  return Regex{std::move(pattern), needed_by(draft, raw, options)};
}

Result<Operand, Refusal> compile_value(Draft const& draft, DraftValue const& value, FieldTable& fields) {
  auto const* text = std::get_if<Text>(&value);
  if (draft.part) {
    auto const* whole = std::get_if<std::int64_t>(&value);
    if (text != nullptr) return refuse("a part of a time is a number");
    return TimePart{*draft.part, draft.kind == Kind::compare ? draft.comparison : Comparison::eq,
                    whole ? static_cast<double>(*whole) : std::get<double>(value)};
  }
  switch (draft.kind) {
    case Kind::regex:
      return compile_regex(draft, text->raw);
    case Kind::cidr: {
      auto const prefix = parse_prefix(text->raw);
      if (!prefix) return refuse(fmt::format("\"{}\" is no network in CIDR notation", text->raw));
      return Cidr{*prefix};
    }
    case Kind::same_as:
      if (text->raw.empty()) return refuse("fieldref needs the name of a field");
      return SameAs{fields.intern(text->raw), draft.cased};
    case Kind::exists:
      return Exists{std::get<bool>(value)};
    case Kind::compare: {
      auto const* whole = std::get_if<std::int64_t>(&value);
      return Compare{draft.comparison, whole ? static_cast<double>(*whole) : std::get<double>(value)};
    }
    case Kind::equals:
      break;
  }
  if (text)
    return Pattern(draft.keywords && !draft.placed ? [&] {
      // A keyword is looked for anywhere in the event.
      auto string = text->string;
      if (string.symbols().empty() || string.symbols().front() != SigmaString::many) string.prepend(SigmaString::many);
      if (string.symbols().back() != SigmaString::many) string.append(SigmaString::many);
      return string;
    }() : text->string, draft.cased);
  if (auto const* flag = std::get_if<bool>(&value)) return Flag{*flag};
  if (auto const* whole = std::get_if<std::int64_t>(&value)) return Number{*whole, number_text(*whole)};
  if (auto const* real = std::get_if<double>(&value)) return Number{*real, number_text(*real)};
  return IsNull{};
}

/// Moves the exact texts of a long list to where a search finds them.
void shorten(Item& item) {
  auto const exact = [](Operand const& operand) {
    auto const* pattern = std::get_if<Pattern>(&operand);
    return pattern && pattern->shape() == Pattern::Shape::exact && !pattern->cased();
  };
  if (item.all || std::ranges::count_if(item.operands, exact) < static_cast<std::ptrdiff_t>(long_list)) return;
  for (auto const& operand : item.operands)
    if (exact(operand)) item.any_of.push_back(std::get<Pattern>(operand).literal());
  std::erase_if(item.operands, exact);
  std::ranges::sort(item.any_of);
}

}  // namespace

Result<Item, Refusal> compile_item(std::string_view key, std::vector<Literal> const& values, bool list,
                                   FieldTable& fields, Pipelines const* pipelines, std::vector<std::string>* missing) {
  auto bar = key.find('|');
  auto const field = key.substr(0, bar);
  Draft draft{.keywords = field.empty(), .list = list};
  draft.pipelines = pipelines;
  std::vector<std::string> without;
  if (missing != nullptr) draft.missing = &without;
  if (values.empty()) return refuse(fmt::format("\"{}\" has an empty list of values", key));
  if (values.size() > max_values) return refuse(fmt::format("\"{}\" has more than {} values", key, max_values));
  for (auto const& value : values) {
    draft.origins.push_back(static_cast<std::uint32_t>(draft.values.size()));
    draft.values.push_back(std::visit(
        [](auto const& held) -> DraftValue {
          if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::string>)
            return Text{held, SigmaString::parse(held), false};
          else
            return held;
        },
        value));
  }
  std::vector<Modifier const*> asked;
  while (bar != std::string_view::npos) {
    auto const next = key.find('|', bar + 1);
    auto const name = key.substr(bar + 1, next == std::string_view::npos ? next : next - bar - 1);
    auto const row = std::ranges::find(modifiers, name, &Modifier::name);
    if (row == std::end(modifiers)) return refuse(fmt::format("unknown modifier \"{}\" in \"{}\"", name, key));
    asked.push_back(row);
    bar = next;
  }
  expand_early(asked);
  for (auto const* modifier : asked)
    if (auto const reason = modifier->apply(draft); !reason.empty())
      return refuse(fmt::format("modifier \"{}\" in \"{}\" {}", modifier->name, key, reason));
  if (!without.empty()) {
    missing->insert(missing->end(), without.begin(), without.end());
    return Item{.field = fields.intern(field)};
  }
  if (draft.keywords && draft.kind == Kind::equals)
    if (auto const reason = to_text(draft); !reason.empty()) return refuse("a keyword must be text, not null");
  Item item{.field = fields.intern(field), .all = draft.all, .negate = draft.negate};
  for (auto const& value : draft.values) {
    auto operand = compile_value(draft, value, fields);
    if (!operand) return std::unexpected(operand.error());
    item.operands.push_back(std::move(*operand));
  }
  for (std::size_t i = 0; item.all && i < draft.origins.size(); ++i)
    if (i + 1 == draft.origins.size() || draft.origins[i] != draft.origins[i + 1])
      item.ends.push_back(static_cast<std::uint32_t>(i + 1));
  shorten(item);
  return item;
}

}  // namespace greywatch::rules
