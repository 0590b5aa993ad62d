#pragma once
#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/result.hpp"

/// How rule files are read: for the .cpp files of this folder only, as it includes yaml-cpp.
namespace greywatch::rules {

/// Bounds of one rule file: a hostile file is refused, never swallowed.
inline constexpr std::size_t max_file_octets = 1U << 20U;
inline constexpr std::size_t max_documents = 1024;
inline constexpr std::size_t max_nodes = 100'000;  ///< counted with every alias followed
inline constexpr int max_depth = 32;

/// The first thing wrong with a rule file, as "file:line:column: text"; what comes later is ignored.
class Complaint {
 public:
  explicit Complaint(std::string file) : file_(std::move(file)) {}
  void operator()(const YAML::Node& where, std::string_view text) { at(where.Mark(), text); }
  /// Where things are said to be that have no place of their own, as they were put together of others.
  void within(const YAML::Mark& begin) { begin_ = begin; }
  void at(const YAML::Mark& mark, std::string_view text);
  explicit operator bool() const { return !text_.empty(); }
  std::string const& text() const { return text_; }
  std::string const& file() const { return file_; }
  /// "file:line:column", for what is said later, when the document is gone.
  std::string place(const YAML::Node& where) const;

 private:
  YAML::Mark const& known(const YAML::Mark& mark) const { return mark.is_null() ? begin_ : mark; }
  std::string file_, text_;
  YAML::Mark begin_;
};

/// A scalar as YAML 1.2's core schema reads it: quoted ones are text.
struct Null {
  bool operator==(Null const&) const = default;
};
using YamlScalar = std::variant<Null, bool, std::int64_t, double, std::string>;
YamlScalar scalar(const YAML::Node& node);

/// Reads all documents of a rule file. The bounds above hold for what it returns, aliases followed; empty documents are
/// left out.
std::optional<std::vector<YAML::Node>> documents(std::string const& text, Complaint& complain);

/// The entry called `key` of map `node`; an undefined node when there is none.
YAML::Node entry(const YAML::Node& node, std::string_view key);

/// The text of a scalar; complains when `node` is no scalar. Absent gives "".
std::string text(const YAML::Node& node, std::string_view name, Complaint& complain);

/// The texts of a scalar or of a list of scalars. Absent gives none.
std::vector<std::string> texts(const YAML::Node& node, std::string_view name, Complaint& complain);

}  // namespace greywatch::rules
