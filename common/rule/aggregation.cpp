#include "common/rule/aggregation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace greywatch::rules {

namespace {

struct Function {
  std::string_view name;
  CorrelationType type;
};
constexpr Function functions[] = {
    {"count", CorrelationType::value_count}, {"sum", CorrelationType::value_sum}, {"avg", CorrelationType::value_avg}};
struct Operator {
  std::string_view sign;
  Comparison how;
};
constexpr Operator operators[] = {{">", Comparison::gt},   {">=", Comparison::gte}, {"<", Comparison::lt},
                                  {"<=", Comparison::lte}, {"=", Comparison::eq},   {"==", Comparison::eq}};

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view signs = "<>=";

/// Words, runs of comparison signs, and single marks.
std::vector<std::string_view> tokens(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    if (blanks.find(text[at]) != std::string_view::npos) {
      ++at;
      continue;
    }
    auto end = at + 1;
    if (signs.find(text[at]) != std::string_view::npos) {
      while (end < text.size() && signs.find(text[end]) != std::string_view::npos) ++end;
    } else if (text[at] != '(' && text[at] != ')' && text[at] != ',') {
      end = std::min(text.find_first_of(" \t\r\n<>=(),", at), text.size());
    }
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

bool names_field(std::string_view token) {
  return !token.empty() && token.find_first_of("<>=(),*") == std::string_view::npos;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : tokens_(tokens(text)) {}

  Result<Aggregation, Refusal> read() {
    auto const word = next();
    if (word == "near") return refuse("\"near\" is not supported: it was removed in Sigma 2, use a correlation rule");
    auto const function = std::ranges::find(functions, word, &Function::name);
    if (function == std::end(functions))
      return refuse(fmt::format("aggregation \"{}\" is not supported: only count, sum and avg are", word));
    Aggregation out{.type = function->type};
    if (next() != "(") return refuse(fmt::format("\"{}\" needs parentheses", word));
    if (auto const field = next(); field != ")") {
      if (!names_field(field)) return refuse(fmt::format("\"{}\" is no name of a field to {}", field, word));
      out.field = field;
      if (next() != ")") return refuse(fmt::format("\"{}\" takes one field", word));
    } else if (word != "count") {
      return refuse(fmt::format("\"{}\" needs a field", word));
    } else {
      out.type = CorrelationType::event_count;
    }
    auto sign = next();
    if (sign == "by" || sign == "BY") {
      do {
        out.group_by.emplace_back(next());
        if (!out.group_by.back().empty() && !names_field(out.group_by.back()))
          return refuse(fmt::format("\"{}\" is no name of a field to group by", out.group_by.back()));
        sign = next();
      } while (sign == ",");
      if (out.group_by.back().empty()) return refuse("the aggregation ends after \"by\"");
    }
    auto const how = std::ranges::find(operators, sign, &Operator::sign);
    if (how == std::end(operators))
      return refuse(fmt::format("the aggregation needs a comparison such as > 5, not \"{}\"", sign));
    auto const number = next();
    double value = 0;
    auto const end = std::from_chars(number.data(), number.data() + number.size(), value);
    if (number.empty() || end.ec != std::errc() || end.ptr != number.data() + number.size() || !std::isfinite(value))
      return refuse(fmt::format("the aggregation compares with \"{}\", which is no number", number));
    if (at_ < tokens_.size())
      return refuse(fmt::format("\"{}\" after an aggregation is not supported: a condition has one", next()));
    out.bound = {how->how, value};
    return out;
  }

 private:
  std::string_view next() { return at_ < tokens_.size() ? tokens_[at_++] : std::string_view(); }
  std::vector<std::string_view> tokens_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Aggregation, Refusal> parse_aggregation(std::string_view text) { return Reader(text).read(); }

}  // namespace greywatch::rules
