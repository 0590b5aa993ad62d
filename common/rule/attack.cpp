#include "common/rule/attack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "common/rule/rule_yaml.hpp"

namespace greywatch::rules {

namespace {

/// "T0803" or "T1691.001".
bool is_technique(std::string_view id) {
  constexpr std::string_view plain = "T0000", sub = "T0000.000";
  auto const form = id.size() == plain.size() ? plain : sub;
  return id.size() == form.size() && std::ranges::equal(id, form, [](char c, char wanted) {
           return wanted == '0' ? c >= '0' && c <= '9' : c == wanted;
         });
}

}  // namespace

Result<AttackTable, Refusal> AttackTable::parse(std::string const& file, std::string const& content) {
  Complaint complain(file);
  AttackTable table;
  auto const found = documents(content, complain);
  if (found && (found->size() != 1 || !found->front().IsMap())) complain.at(YAML::Mark(), "wanted is one map");
  if (complain) return refuse(complain.text());
  auto const& root = found->front();
  table.version_ = text(entry(root, "version"), "version", complain);
  table.framework_ = text(entry(root, "framework"), "framework", complain);
  if (table.version_.empty() || table.framework_.empty()) complain(root, "version or framework is missing");
  auto const techniques = entry(root, "techniques");
  if (!techniques.IsSequence()) complain(root, "techniques must be a list");
  if (complain) return refuse(complain.text());
  for (auto const& node : techniques) {
    Technique technique{.id = text(entry(node, "id"), "id", complain),
                        .name = text(entry(node, "name"), "name", complain),
                        .tactics = texts(entry(node, "tactics"), "tactics", complain)};
    if (!is_technique(technique.id) || technique.name.empty() || technique.tactics.empty())
      complain(node, "a technique needs an id such as T1692.001, a name and tactics");
    table.techniques_.push_back(std::move(technique));
  }
  std::ranges::sort(table.techniques_, {}, &Technique::id);
  auto const twice = std::ranges::adjacent_find(table.techniques_, {}, &Technique::id);
  if (twice != table.techniques_.end()) complain(techniques, fmt::format("{} is there twice", twice->id));
  auto const revoked = entry(root, "revoked");
  if (revoked.IsMap()) {
    for (auto const& line : revoked) {
      auto const& old = line.first.Scalar();
      auto const now = text(line.second, "revoked", complain);
      if (table.find(old)) complain(line.first, fmt::format("{} is revoked and a technique too", old));
      if (!table.find(now)) complain(line.second, fmt::format("{} is replaced by {}, which is unknown", old, now));
      table.revoked_.emplace(old, now);
    }
  } else if (revoked.IsDefined()) {
    complain(revoked, "revoked must be a map");
  }
  if (complain) return refuse(complain.text());
  return table;
}

Result<AttackTable, Refusal> AttackTable::load(std::filesystem::path const& file) {
  std::ifstream in(file, std::ios::binary);
  std::string content(max_file_octets + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(in.gcount()));
  if (!in.is_open() || in.bad()) return refuse(fmt::format("{}: cannot be read", file.string()));
  return parse(file.string(), content);
}

Technique const* AttackTable::find(std::string_view id) const {
  auto const at = std::ranges::lower_bound(techniques_, id, {}, &Technique::id);
  return at != techniques_.end() && at->id == id ? &*at : nullptr;
}

std::string_view AttackTable::replacement(std::string_view id) const {
  auto const at = revoked_.find(id);
  return at == revoked_.end() ? std::string_view() : std::string_view(at->second);
}

}  // namespace greywatch::rules
