#include "common/rule/rule_yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

namespace greywatch::rules {

namespace {

std::optional<double> decimal(std::string_view text) {
  // YAML 1.2.2, 10.3.2: a dot or an exponent makes a float; a leading plus is not for from_chars.
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  if (text.find_first_of("0123456789") == std::string_view::npos) return std::nullopt;
  double value = 0;
  auto const read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::int64_t> integer(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x"))
    base = 16;
  else if (text.starts_with("0o"))
    base = 8;
  if (base != 10)
    text.remove_prefix(2);
  else if (text.starts_with('+'))
    text.remove_prefix(1);
  if (text.empty() || (base != 10 && text.front() == '-')) return std::nullopt;
  std::int64_t value = 0;
  auto const read = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Counts the values of a file while yaml-cpp reads it, before anything is built of them.
class Census final : public YAML::EventHandler {
 public:
  void OnDocumentStart(YAML::Mark const&) override {}
  void OnDocumentEnd() override {}
  void OnNull(YAML::Mark const& mark, YAML::anchor_t) override { count(mark); }
  void OnAlias(YAML::Mark const& mark, YAML::anchor_t) override { count(mark); }
  void OnScalar(YAML::Mark const& mark, std::string const&, YAML::anchor_t, std::string const&) override {
    count(mark);
  }
  void OnSequenceStart(YAML::Mark const& mark, std::string const&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    count(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(YAML::Mark const& mark, std::string const&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    count(mark);
  }
  void OnMapEnd() override {}

 private:
  void count(YAML::Mark const& mark) {
    if (++values_ > max_nodes) throw YAML::ParserException(mark, "too many values");
  }
  std::size_t values_ = 0;
};

/// The line of `text` that `mark` points into.
std::string_view line_of(std::string_view text, YAML::Mark const& mark) {
  for (int line = 0; line < mark.line; ++line) {
    auto const end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return text.substr(0, text.find('\n'));
}

/// Where the first octet is that UTF-8 does not have there; npos when there is none. Sigma rules specification 2.0.0,
/// "Yaml File", wants UTF-8; UTF-16 with a byte order mark is left to yaml-cpp.
std::size_t not_utf8(std::string_view text) {
  if (text.starts_with("\xFE\xFF") || text.starts_with("\xFF\xFE")) return std::string_view::npos;
  for (std::size_t at = 0; at < text.size();) {
    auto const octet = [&](std::size_t i) {
      return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    auto const first = octet(0);
    std::size_t const length = first < 0x80        ? 1
                               : first >> 5U == 6  ? 2
                               : first >> 4U == 14 ? 3
                               : first >> 3U == 30 ? 4
                                                   : 0;
    if (length == 0) return at;
    std::uint32_t point = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      if (octet(i) >> 6U != 2) return at;
      point = point << 6U | (octet(i) & 0x3FU);
    }
    // Neither longer than need be, nor half of a pair of UTF-16, nor past the last code point.
    static constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < least[length] || (point >= 0xD800 && point < 0xE000) || point > 0x10FFFF) return at;
    at += length;
  }
  return std::string_view::npos;
}

/// False when there are more than `max_documents`. yaml-cpp 0.7 finds documents without end where a stray "," is left
/// over, so LoadAll must not see a file that was not counted.
bool few_documents(std::string const& text) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  Census census;
  for (std::size_t found = 0; parser.HandleNextDocument(census);)
    if (++found > max_documents) return false;
  return true;
}

/// Counts nodes with aliases followed; false when a bound is passed. Its own depth is bounded by `depth`.
bool within_bounds(const YAML::Node& node, int depth, std::size_t& nodes) {
  if (depth > max_depth || ++nodes > max_nodes) return false;
  if (node.IsSequence()) {
    for (auto const& item : node)
      if (!within_bounds(item, depth + 1, nodes)) return false;
  } else if (node.IsMap()) {
    for (auto const& item : node)
      if (!within_bounds(item.first, depth + 1, nodes) || !within_bounds(item.second, depth + 1, nodes)) return false;
  }
  return true;
}

/// A map with the same key twice means something else to every reader of it; its depth was checked before.
bool keys_unique(const YAML::Node& node, Complaint& complain) {
  if (node.IsSequence()) {
    for (auto const& item : node)
      if (!keys_unique(item, complain)) return false;
  } else if (node.IsMap()) {
    std::vector<std::string> seen;
    for (auto const& item : node) {
      if (!item.first.IsScalar()) {
        complain(item.first, "a key must be plain text");
        return false;
      }
      seen.push_back(item.first.Scalar());
      if (!keys_unique(item.second, complain)) return false;
    }
    std::sort(seen.begin(), seen.end());
    auto const twice = std::adjacent_find(seen.begin(), seen.end());
    if (twice == seen.end()) return true;
    int found = 0;
    for (auto const& item : node)
      if (item.first.Scalar() == *twice && ++found == 2)
        complain(item.first, fmt::format("\"{}\" is there twice in one map", *twice));
    return false;
  }
  return true;
}

}  // namespace

void Complaint::at(const YAML::Mark& mark, std::string_view text) {
  auto const& place = known(mark);
  if (text_.empty()) text_ = fmt::format("{}:{}:{}: {}", file_, place.line + 1, place.column + 1, text);
}

std::string Complaint::place(const YAML::Node& where) const {
  auto const mark = where.IsDefined() ? where.Mark() : YAML::Mark::null_mark();
  auto const& place = known(mark);
  return fmt::format("{}:{}:{}", file_, place.line + 1, place.column + 1);
}

YamlScalar scalar(const YAML::Node& node) {
  if (node.IsNull()) return Null{};
  auto const& value = node.Scalar();
  // yaml-cpp tags what was quoted with "!"; an explicit !!str counts as quoted too.
  if (node.Tag() != "?") return value;
  if (value.empty() || value == "~" || value == "null" || value == "Null" || value == "NULL") return Null{};
  if (value == "true" || value == "True" || value == "TRUE") return true;
  if (value == "false" || value == "False" || value == "FALSE") return false;
  if (auto const whole = integer(value)) return *whole;
  if (auto const real = decimal(value)) return *real;
  return value;
}

std::optional<std::vector<YAML::Node>> documents(std::string const& text, Complaint& complain) {
  if (text.size() > max_file_octets) {
    complain.at({}, fmt::format("the file has {} octets, more than {}", text.size(), max_file_octets));
    return std::nullopt;
  }
  if (auto const at = not_utf8(text); at != std::string::npos) {
    auto const begin = text.rfind('\n', at);
    YAML::Mark mark;
    mark.line = static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    mark.column = static_cast<int>(at - (begin == std::string::npos ? 0 : begin + 1));
    complain.at(mark, "the text is not UTF-8 here");
    return std::nullopt;
  }
  std::vector<YAML::Node> all;
  // yaml-cpp throws on bad input; nothing of it leaves this function.
  try {
    if (!few_documents(text)) {
      complain.at({}, fmt::format("the file has more than {} documents", max_documents));
      return std::nullopt;
    }
    all = YAML::LoadAll(text);
    std::size_t nodes = 0;
    for (auto const& document : all) {
      if (!within_bounds(document, 0, nodes)) {
        complain(document, fmt::format("nested deeper than {} or larger than {} values", max_depth, max_nodes));
        return std::nullopt;
      }
      if (!keys_unique(document, complain)) return std::nullopt;
    }
  } catch (const YAML::Exception& bad) {
    bool const tab = line_of(text, bad.mark).starts_with('\t');
    complain.at(bad.mark, tab ? "not YAML: the line is indented with a tab, only spaces are allowed"
                              : fmt::format("not YAML: {}", bad.msg));
    return std::nullopt;
  }
  std::erase_if(all, [](const YAML::Node& document) { return !document.IsDefined() || document.IsNull(); });
  return all;
}

YAML::Node entry(const YAML::Node& node, std::string_view key) {
  if (node.IsMap())
    for (auto const& item : node)
      if (item.first.Scalar() == key) return item.second;
  return YAML::Node(YAML::NodeType::Undefined);
}

std::string text(const YAML::Node& node, std::string_view name, Complaint& complain) {
  if (!node.IsDefined() || node.IsNull()) return {};
  if (node.IsScalar()) return node.Scalar();
  complain(node, fmt::format("{} must be text", name));
  return {};
}

std::vector<std::string> texts(const YAML::Node& node, std::string_view name, Complaint& complain) {
  std::vector<std::string> out;
  if (!node.IsDefined() || node.IsNull()) return out;
  if (node.IsScalar()) {
    out.push_back(node.Scalar());
  } else if (node.IsSequence()) {
    for (auto const& item : node) out.push_back(text(item, name, complain));
  } else {
    complain(node, fmt::format("{} must be text or a list of text", name));
  }
  return out;
}

}  // namespace greywatch::rules
