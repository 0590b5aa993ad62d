#pragma once
#include <string>
#include <string_view>

#include "common/event/finding.hpp"
#include "common/result.hpp"

namespace greywatch {

/// Appends one flat JSON object a line at a time to a string. Keys and values are escaped; octets that are no UTF-8
/// become U+FFFD; a non-finite number becomes null. Keeps no state between lines; allocates only in the string.
class JsonLine {
 public:
  explicit JsonLine(std::string& out) : out_(out) { out_ += '{'; }
  void text(std::string_view key, std::string_view value);
  void number(std::string_view key, std::uint64_t value);
  void number(std::string_view key, std::int64_t value);
  void number(std::string_view key, double value);
  void boolean(std::string_view key, bool value);
  /// A list: call `open_list`, then any number of `item`, then `close_list`.
  void open_list(std::string_view key);
  void item(std::string_view value);
  void item(std::uint64_t value);
  void item(std::int64_t value);
  void item(double value);
  void item(bool value);
  void close_list() { out_ += ']'; }
  /// A value that is JSON already, such as a nested object; not checked.
  void raw(std::string_view key, std::string_view json);
  /// Begins a nested value that the caller appends to the string itself.
  void nest(std::string_view name) { key(name); }
  /// Ends the object, for one that is nested in another.
  void close() { out_ += '}'; }
  /// Ends the object and the line.
  void end() { out_ += "}\n"; }

 private:
  void key(std::string_view name);
  void comma();
  std::string& out_;
  bool first_ = true;
  bool first_item_ = true;
};

/// Appends `finding` as one NDJSON line (DESIGN 3.2).
void write_ndjson(Finding const& finding, std::string& out);

/// Reads one NDJSON line. Unknown keys with a dot become fields; a wrong type or a missing required key (@timestamp,
/// event.kind, observer.name; for alerts also event.code and greywatch.class) is refused with its name.
Result<Finding, Refusal> read_finding(std::string_view line);

}  // namespace greywatch
