#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"
#include "common/rule/item.hpp"

namespace greywatch::rules {

/// What a rule's `logsource` says; empty where it says nothing.
struct LogSource {
  std::string category, product, service;
  bool operator==(LogSource const&) const = default;
};
/// "product windows, category process_creation".
std::string describe(LogSource const& source);

/// One kind of log source and how its events and fields are called here.
struct SourceMapping {
  LogSource logsource;  ///< a rule's must say the same in every attribute that is set here
  std::map<std::string, std::vector<Literal>> events;  ///< which events are of this source: field and its values
  std::map<std::string, std::string> fields;           ///< their name of a field to ours
};

/// Field-mapping pipelines: what lets rules that were written for other products' logs run on our events. Files hold
/// YAML documents of `mappings` and `placeholders`; docs/rules.md has the form.
class Pipelines {
 public:
  /// Adds what a file holds. The refusal names file, line and column.
  Result<void, Refusal> add(std::string const& text, std::string const& name);
  /// Reads every .yml below `folder`, in order of their paths. A folder that is not there holds none.
  static Result<Pipelines, Refusal> load(std::filesystem::path const& folder);

  /// The mapping of a log source that says most about it, the first of equals; null when there is none.
  SourceMapping const* find(LogSource const& source) const;
  /// What `%name%` stands for; null when nothing says so.
  std::vector<std::string> const* placeholder(std::string_view name) const;
  std::size_t size() const { return mappings_.size(); }

 private:
  std::vector<SourceMapping> mappings_;
  std::map<std::string, std::vector<std::string>, std::less<>> placeholders_;
};

}  // namespace greywatch::rules
