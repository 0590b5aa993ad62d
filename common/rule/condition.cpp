#include "common/rule/condition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace greywatch::rules {

namespace {

constexpr int max_nesting = 32;
constexpr std::size_t max_condition_octets = 4096;

struct Token {
  std::string_view text;
  std::size_t column = 0;  ///< from 1
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == '*';
}

/// Does `name` fit `pattern`, in which "*" stands for any number of characters?
bool fits(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, back = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      back = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p, ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++back;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// Recursive descent, one function a level of precedence; the first refusal sticks.
class Parser {
 public:
  Parser(std::string_view text, std::vector<std::string> const& names, std::vector<bool>& used)
      : text_(text), names_(names), used_(used) {}

  Result<Condition, Refusal> parse() {
    if (text_.size() > max_condition_octets)
      return refuse(fmt::format("the condition is longer than {} octets", max_condition_octets));
    tokenize();
    if (why_.empty() && tokens_.empty()) why_ = "the condition is empty";
    if (why_.empty()) condition_.root = alternatives();
    if (why_.empty() && at_ < tokens_.size()) wrong(fmt::format("unexpected \"{}\"", tokens_[at_].text));
    if (!why_.empty()) return refuse(why_);
    return std::move(condition_);
  }

 private:
  using Place = std::uint32_t;

  void wrong(std::string_view text) {
    if (!why_.empty()) return;
    auto const column = at_ < tokens_.size() ? tokens_[at_].column : text_.size() + 1;
    why_ = fmt::format("{} at column {} of the condition", text, column);
  }

  void tokenize() {
    for (std::size_t i = 0; i < text_.size();) {
      char const c = text_[i];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++i;
        continue;
      }
      std::size_t length = 1;
      if (is_word(c)) {
        while (i + length < text_.size() && is_word(text_[i + length])) ++length;
      } else if (c == '|') {
        why_ = "aggregation after \"|\" is not supported: it was removed in Sigma 2, use a correlation rule";
        return;
      } else if (c != '(' && c != ')') {
        why_ = fmt::format("unexpected \"{}\" at column {} of the condition", c, i + 1);
        return;
      }
      tokens_.push_back({text_.substr(i, length), i + 1});
      i += length;
    }
  }

  bool next_is(std::string_view lower, std::string_view upper) const {
    return at_ < tokens_.size() && (tokens_[at_].text == lower || tokens_[at_].text == upper);
  }
  bool accept(std::string_view lower, std::string_view upper) {
    if (!next_is(lower, upper)) return false;
    ++at_;
    return true;
  }

  Place add(Condition::Node node) {
    condition_.nodes.push_back(std::move(node));
    return static_cast<Place>(condition_.nodes.size() - 1);
  }
  Place join(Condition::Kind kind, std::vector<Place> children) {
    if (children.size() == 1) return children.front();
    return add({.kind = kind, .children = std::move(children)});
  }

  Place alternatives() {
    if (++nesting_ > max_nesting) {
      wrong(fmt::format("nested deeper than {}", max_nesting));
      return 0;
    }
    std::vector<Place> children{conjunction()};
    while (why_.empty() && accept("or", "OR")) children.push_back(conjunction());
    --nesting_;
    return join(Condition::Kind::any, std::move(children));
  }

  Place conjunction() {
    std::vector<Place> children{negation()};
    while (why_.empty() && accept("and", "AND")) children.push_back(negation());
    return join(Condition::Kind::all, std::move(children));
  }

  Place negation() {
    bool negated = false;
    while (accept("not", "NOT")) negated = !negated;
    auto const child = primary();
    return negated ? add({.kind = Condition::Kind::none, .children = {child}}) : child;
  }

  Place primary() {
    if (at_ >= tokens_.size()) {
      wrong("the condition ends too early");
      return 0;
    }
    if (accept("(", "(")) {
      auto const inside = alternatives();
      if (why_.empty() && !accept(")", ")")) wrong("a parenthesis is not closed");
      return inside;
    }
    if (at_ + 1 < tokens_.size() && (tokens_[at_ + 1].text == "of" || tokens_[at_ + 1].text == "OF"))
      return quantified();
    auto const name = tokens_[at_].text;
    auto const found = std::ranges::find(names_, name);
    if (found == names_.end()) {
      wrong(fmt::format("unknown selection \"{}\"", name));
      return 0;
    }
    ++at_;
    return selection(static_cast<std::uint32_t>(found - names_.begin()));
  }

  Place selection(std::uint32_t which) {
    used_[which] = true;
    return add({.kind = Condition::Kind::selection, .selection = which});
  }

  /// "1 of x*", "all of them", "3 of x*", "any of x".
  Place quantified() {
    auto const word = tokens_[at_].text;
    std::optional<std::uint32_t> least;
    bool every = false;
    if (word == "all" || word == "ALL") {
      every = true;
    } else if (word == "any" || word == "ANY") {
      least = 1;
    } else {
      std::uint32_t number = 0;
      auto const end = std::from_chars(word.data(), word.data() + word.size(), number);
      if (end.ec == std::errc() && end.ptr == word.data() + word.size() && number > 0) least = number;
    }
    if (!every && !least) {
      wrong(fmt::format("\"{} of\": wanted is a number from 1, any or all", word));
      return 0;
    }
    at_ += 2;
    if (at_ >= tokens_.size()) {
      wrong("the condition ends after \"of\"");
      return 0;
    }
    auto const pattern = tokens_[at_].text;
    bool const them = pattern == "them" || pattern == "THEM";
    // Sigma rules specification 2.0.0, "Condition": names with an underscore are not among "them", and a pattern is
    // "them" restricted; one that has the underscore itself asks for such names.
    auto const meant = [&](std::string const& name) {
      return (them || fits(pattern, name)) && (!name.starts_with('_') || pattern.starts_with('_'));
    };
    std::vector<Place> children;
    for (std::uint32_t i = 0; i < names_.size(); ++i)
      if (meant(names_[i])) children.push_back(selection(i));
    if (children.empty()) {
      wrong(fmt::format("no selection fits \"{}\"", pattern));
      return 0;
    }
    if (least && *least > children.size()) {
      wrong(fmt::format("\"{} of {}\" asks for more selections than the {} that fit", word, pattern, children.size()));
      return 0;
    }
    ++at_;
    if (every) return join(Condition::Kind::all, std::move(children));
    if (children.size() == 1) return children.front();
    return add({.kind = Condition::Kind::any, .least = *least, .children = std::move(children)});
  }

  std::string_view text_;
  std::vector<std::string> const& names_;
  std::vector<bool>& used_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int nesting_ = 0;
  Condition condition_;
  std::string why_;
};

}  // namespace

Result<Condition, Refusal> parse_condition(std::string_view text, std::vector<std::string> const& names,
                                           std::vector<bool>& used) {
  return Parser(text, names, used).parse();
}

namespace {

Condition joined(Condition::Kind kind, std::vector<Condition> conditions) {
  if (conditions.size() == 1) return std::move(conditions.front());
  Condition whole;
  Condition::Node top{.kind = kind};
  for (auto& condition : conditions) {
    auto const shift = static_cast<std::uint32_t>(whole.nodes.size());
    top.children.push_back(condition.root + shift);
    for (auto& node : condition.nodes) {
      for (auto& child : node.children) child += shift;
      whole.nodes.push_back(std::move(node));
    }
  }
  whole.nodes.push_back(std::move(top));
  whole.root = static_cast<std::uint32_t>(whole.nodes.size() - 1);
  return whole;
}

}  // namespace

Condition any_of(std::vector<Condition> conditions) { return joined(Condition::Kind::any, std::move(conditions)); }
Condition all_of(std::vector<Condition> conditions) { return joined(Condition::Kind::all, std::move(conditions)); }

}  // namespace greywatch::rules
