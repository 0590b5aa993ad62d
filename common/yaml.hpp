#pragma once
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/address.hpp"
#include "common/result.hpp"
#include "common/time.hpp"

/// YAML 1.2 files with the place of every value, so that each complaint reads file:line:column: text. Anchors, aliases
/// and tags are refused: a configuration needs none, and they are how a small file becomes a large tree.
namespace greywatch::yaml {

/// Where a value starts, both counted from 1.
struct Mark {
  int line = 1;
  int column = 1;
  auto operator<=>(Mark const&) const = default;
};

enum class Kind : std::uint8_t { null, scalar, sequence, mapping };
std::string_view name(Kind kind);  ///< "nothing", "a single value", "a list", "a mapping"

struct Key {
  std::string text;
  Mark at;
};

/// One value, owned, with all below it.
struct Node {
  Kind kind = Kind::null;
  Mark at;
  std::string text;         ///< of a scalar, unescaped
  bool quoted = false;      ///< a scalar in quotes or a block scalar: text, whatever it looks like
  std::vector<Node> items;  ///< of a sequence; of a mapping the values, in the order of `keys`
  std::vector<Key> keys;    ///< of a mapping, no two alike

  /// The value of `key` in a mapping, else nullptr.
  Node const* find(std::string_view key) const;
};

/// Bounds of one file; what exceeds them is refused by name.
struct Limits {
  std::size_t octets = 4 << 20;
  std::size_t depth = 32;
  std::size_t values = 400'000;
};

/// The single document of a text or a file; an empty one is a null node. `file` is what errors name.
Result<Node, Refusal> parse(std::string_view text, std::string_view file, Limits const& limits = {});
Result<Node, Refusal> load(std::filesystem::path const& file, Limits const& limits = {});
/// The same where several documents, separated by "---", are allowed; empty ones are left out.
Result<std::vector<Node>, Refusal> parse_all(std::string_view text, std::string_view file, Limits const& limits = {});
Result<std::vector<Node>, Refusal> load_all(std::filesystem::path const& file, Limits const& limits = {});

/// Everything that is wrong with one file. Keeps the first hundred and counts the rest.
class Errors {
 public:
  explicit Errors(std::filesystem::path file) : file_(std::move(file)) {}
  void add(Mark at, std::string text);
  bool empty() const { return found_.empty(); }
  std::filesystem::path const& file() const { return file_; }
  /// One line an error, "file:line:column: text", in the order of the file.
  std::vector<std::string> lines() const;
  /// The same joined by line ends.
  Refusal refusal() const;

 private:
  std::filesystem::path file_;
  std::vector<std::pair<Mark, std::string>> found_;
  std::size_t more_ = 0;
};

/// A number of octets, written "512", "64KiB", "64MiB", "2GiB", "1TiB" (or with kB, MB, GB: powers of ten).
struct Size {
  std::uint64_t octets = 0;
  auto operator<=>(Size const&) const = default;
};
std::optional<Size> parse_size(std::string_view text);
std::string to_string(Size size);          ///< "64MiB"
std::string to_string(Duration duration);  ///< "1h30m"

/// An IP address and a port, written "127.0.0.1:9464" or "[::1]:9464".
struct SocketAddress {
  Ip ip;
  std::uint16_t port = 0;
  bool operator==(SocketAddress const&) const = default;
};
std::optional<SocketAddress> parse_socket_address(std::string_view text);
std::string to_string(SocketAddress const& address);

/// Inclusive bounds of a value.
template <class T>
struct Range {
  T least, most;
};

/// One value of each type. False, an error added and `into` untouched when the node holds something else.
bool read(Node const& node, bool& into, Errors& errors);  ///< true or false
bool read(Node const& node, std::int64_t& into, Errors& errors);
bool read(Node const& node, std::uint64_t& into, Errors& errors);
bool read(Node const& node, double& into, Errors& errors);
bool read(Node const& node, std::string& into, Errors& errors);  ///< not empty
bool read(Node const& node, std::filesystem::path& into, Errors& errors);
bool read(Node const& node, Duration& into, Errors& errors);
bool read(Node const& node, Time& into, Errors& errors);
bool read(Node const& node, Size& into, Errors& errors);
bool read(Node const& node, Ip& into, Errors& errors);
bool read(Node const& node, Prefix& into, Errors& errors);
bool read(Node const& node, SocketAddress& into, Errors& errors);

template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, std::int64_t> && !std::same_as<T, std::uint64_t>)
bool read(Node const& node, T& into, Errors& errors) {
  std::int64_t wide = 0;
  if (!read(node, wide, errors)) return false;
  if (!std::in_range<T>(wide)) {
    errors.add(node.at, "\"" + node.text + "\" is not between " + std::to_string(std::numeric_limits<T>::min()) +
                            " and " + std::to_string(std::numeric_limits<T>::max()));
    return false;
  }
  into = static_cast<T>(wide);
  return true;
}
template <class T>
bool read(Node const& node, std::optional<T>& into, Errors& errors) {
  T value{};
  if (!read(node, value, errors)) return false;
  into = std::move(value);
  return true;
}
/// A list; each wrong item is an error of its own.
template <class T>
bool read(Node const& node, std::vector<T>& into, Errors& errors) {
  if (node.kind != Kind::sequence) {
    errors.add(node.at, "expected a list, found " + std::string(name(node.kind)));
    return false;
  }
  std::vector<T> values;
  for (auto const& item : node.items)
    if (T value{}; read(item, value, errors)) values.push_back(std::move(value));
  bool const whole = values.size() == node.items.size();
  if (whole) into = std::move(values);
  return whole;
}

std::string describe(double value);
std::string describe(std::int64_t value);
std::string describe(std::uint64_t value);
inline std::string describe(Duration value) { return to_string(value); }
inline std::string describe(Size value) { return to_string(value); }
template <std::integral T>
std::string describe(T value) {
  return std::to_string(value);
}

/// Reads a mapping key by key and afterwards complains of every key nobody asked for, naming the nearest known one.
/// Borrows the node and the errors. Usage: Mapping m(node, errors); m.required("name", x); m.optional("n", y, {1, 9});
/// m.finish();
class Mapping {
 public:
  /// A node that is no mapping is one error, and every key below is then silently absent.
  Mapping(Node const& node, Errors& errors);

  /// True when the key is there and its value was taken. Absent (or null) required keys are errors.
  template <class T>
  bool required(std::string_view key, T& into) {
    auto const* node = want(key, true);
    return node && read(*node, into, errors_);
  }
  template <class T>
  bool optional(std::string_view key, T& into) {
    auto const* node = want(key, false);
    return node && read(*node, into, errors_);
  }
  template <class T>
  bool required(std::string_view key, T& into, Range<T> range) {
    auto const* node = want(key, true);
    return node && ranged(*node, into, range);
  }
  template <class T>
  bool optional(std::string_view key, T& into, Range<T> range) {
    auto const* node = want(key, false);
    return node && ranged(*node, into, range);
  }
  /// One word of a table, such as {{"debug", Level::debug}, …}.
  template <class T>
  bool choice(std::string_view key, T& into, std::initializer_list<std::pair<std::string_view, T>> words,
              bool must = false) {
    auto const* node = want(key, must);
    if (!node) return false;
    std::string known;
    for (auto const& [word, value] : words) {
      if (node->kind == Kind::scalar && node->text == word) {
        into = value;
        return true;
      }
      known += (known.empty() ? "" : ", ") + std::string(word);
    }
    error(*node, "is none of: " + known);
    return false;
  }
  /// Calls `each` with every item of a list; absent means none.
  bool list(std::string_view key, std::function<void(Node const&)> const& each, bool must = false);
  /// Calls `inside` with the mapping below `key` and then finishes it; absent means not called.
  bool mapping(std::string_view key, std::function<void(Mapping&)> const& inside, bool must = false);

  /// The value of `key`, whatever it is, else nullptr; the key counts as known.
  Node const* find(std::string_view key) { return want(key, false); }
  /// Where `key` stands, or the mapping when it does not: for errors about it.
  Mark where(std::string_view key) const;
  Node const& node() const { return node_; }
  Errors& errors() { return errors_; }
  /// Adds an error at a value: `"<its text>" text`.
  void error(Node const& at, std::string_view text);

  /// Every key not asked for so far is an error.
  void finish();

 private:
  Node const* want(std::string_view key, bool must);
  template <class T>
  bool ranged(Node const& node, T& into, Range<T> range) {
    T value{};
    if (!read(node, value, errors_)) return false;
    if (value < range.least || value > range.most) {
      error(node, "is not between " + describe(range.least) + " and " + describe(range.most));
      return false;
    }
    into = std::move(value);
    return true;
  }
  Node const& node_;
  Errors& errors_;
  std::vector<std::string> known_;
  bool usable_ = true;
};

/// The word of `known` nearest to `word` when it is near enough to be a slip of the fingers, else empty.
std::string nearest(std::string_view word, std::vector<std::string> const& known);

}  // namespace greywatch::yaml
