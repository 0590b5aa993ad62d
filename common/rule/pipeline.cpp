#include "common/rule/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

#include "common/rule/rule_reader.hpp"

namespace greywatch::rules {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_mappings = 1024;

SourceMapping read_mapping(const YAML::Node& node, Complaint& complain) {
  SourceMapping mapping;
  if (!node.IsMap()) {
    complain(node, "a mapping must be a map of logsource, events and fields");
    return mapping;
  }
  for (auto const& part : node) {
    auto const& key = part.first.Scalar();
    if (!part.second.IsMap()) {
      complain(part.second, fmt::format("{} must be a map", key));
    } else if (key == "logsource") {
      mapping.logsource = read_log_source(part.second, complain);
    } else if (key == "events") {
      for (auto const& line : part.second) {
        auto& values = mapping.events[line.first.Scalar()];
        if (line.second.IsScalar()) values.push_back(literal(line.second));
        if (line.second.IsSequence())
          for (auto const& value : line.second)
            if (value.IsScalar()) values.push_back(literal(value));
        if (values.empty()) complain(line.second, "a field of events needs a plain value or a list of them");
      }
    } else if (key == "fields") {
      for (auto const& line : part.second) {
        auto const ours = text(line.second, "a field's name", complain);
        if (ours.empty()) complain(line.second, "a field needs the name that it has here");
        mapping.fields[line.first.Scalar()] = ours;
      }
    } else {
      complain(part.first, fmt::format("unknown key \"{}\" of a mapping", key));
    }
  }
  if (mapping.logsource == LogSource{}) complain(node, "a mapping needs a logsource with category, product or service");
  return mapping;
}

/// How much of `source` the mapping asks for; 0 when something differs.
int fit(LogSource const& mapping, LogSource const& source) {
  int said = 0;
  for (auto part : {&LogSource::category, &LogSource::product, &LogSource::service}) {
    if ((mapping.*part).empty()) continue;
    if (mapping.*part != source.*part) return 0;
    ++said;
  }
  return said;
}

}  // namespace

std::string describe(LogSource const& source) {
  std::string text;
  auto const add = [&](std::string_view name, std::string const& value) {
    if (!value.empty()) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value);
  };
  add("product", source.product);
  add("category", source.category);
  add("service", source.service);
  return text.empty() ? "no log source" : text;
}

Result<void, Refusal> Pipelines::add(std::string const& content, std::string const& name) {
  Complaint complain(name);
  auto const found = documents(content, complain);
  for (auto const& document : found.value_or(std::vector<YAML::Node>{})) {
    if (!document.IsMap()) complain(document, "a pipeline must be a map");
    if (complain) break;
    for (auto const& part : document) {
      auto const& key = part.first.Scalar();
      if (key == "title" || key == "description") continue;
      if (key == "mappings" && part.second.IsSequence()) {
        for (auto const& one : part.second) {
          if (mappings_.size() >= most_mappings) complain(one, fmt::format("more than {} mappings", most_mappings));
          if (!complain) mappings_.push_back(read_mapping(one, complain));
        }
      } else if (key == "placeholders" && part.second.IsMap()) {
        for (auto const& one : part.second)
          placeholders_[one.first.Scalar()] = texts(one.second, "a placeholder's values", complain);
      } else {
        complain(part.first, fmt::format("\"{}\" is not supported in a pipeline: wanted are mappings (a list) and "
                                         "placeholders (a map)",
                                         key));
      }
    }
  }
  if (complain) return refuse(complain.text());
  return {};
}

Result<Pipelines, Refusal> Pipelines::load(fs::path const& folder) {
  Pipelines pipelines;
  std::error_code error;
  std::vector<fs::path> files;
  if (fs::is_directory(folder, error))
    for (auto const& entry : fs::directory_iterator(folder, error))
      if (entry.path().extension() == ".yml" || entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::ranges::sort(files);
  for (auto const& file : files) {
    std::ifstream in(file, std::ios::binary);
    std::string const content{std::istreambuf_iterator<char>(in), {}};
    if (!in.is_open() || in.bad()) return refuse(fmt::format("{}:1:1: cannot be read", file.string()));
    if (auto added = pipelines.add(content, file.string()); !added) return std::unexpected(added.error());
  }
  return pipelines;
}

SourceMapping const* Pipelines::find(LogSource const& source) const {
  SourceMapping const* best = nullptr;
  int said = 0;
  for (auto const& mapping : mappings_)
    if (auto const now = fit(mapping.logsource, source); now > said) best = &mapping, said = now;
  return best;
}

std::vector<std::string> const* Pipelines::placeholder(std::string_view name) const {
  auto const found = placeholders_.find(name);
  return found == placeholders_.end() ? nullptr : &found->second;
}

}  // namespace greywatch::rules
