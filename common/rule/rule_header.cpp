#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/event/ndjson.hpp"
#include "common/rule/rule_reader.hpp"

namespace greywatch::rules {

namespace {

constexpr std::array<std::string_view, 5> statuses{"stable", "test", "experimental", "deprecated", "unsupported"};
constexpr std::array<std::string_view, 5> relations{"derived", "obsolete", "merged", "renamed", "similar"};
constexpr std::size_t max_title_octets = 256;  // Sigma rules specification 2.0.0, "Title"
constexpr std::size_t max_examples = 64;

bool is_date(std::string_view text) {
  constexpr std::string_view form = "0000-00-00";
  return text.size() == form.size() && std::ranges::equal(text, form, [](char c, char wanted) {
           return wanted == '-' ? c == '-' : c >= '0' && c <= '9';
         });
}

bool is_tag(std::string_view tag) {
  auto const dot = tag.find('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < tag.size() && std::ranges::all_of(tag, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
         });
}

/// "T1692.001" from "attack.t1692.001"; "" from tags that name no technique.
std::string technique(std::string_view tag) {
  constexpr std::string_view prefix = "attack.t";
  if (!tag.starts_with(prefix) || tag.size() <= prefix.size()) return {};
  auto const digits = tag.substr(prefix.size());
  if (digits.find_first_not_of("0123456789.") != std::string_view::npos) return {};
  return "T" + std::string(digits);
}

void write_value(JsonLine& line, std::string_view key, YamlScalar const& value) {
  std::visit(
      [&](auto const& held) {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, bool>)
          line.boolean(key, held);
        else if constexpr (std::is_same_v<T, std::string>)
          line.text(key, held);
        else if constexpr (!std::is_same_v<T, Null>)
          line.number(key, held);
      },
      value);
}

std::string read_event(const YAML::Node& node, Complaint& complain) {
  std::string out;
  if (!node.IsMap()) {
    complain(node, "an event of an example must be a map of fields");
    return out;
  }
  JsonLine line(out);
  for (auto const& field : node) {
    auto const& key = field.first.Scalar();
    if (field.second.IsScalar() || field.second.IsNull()) {
      write_value(line, key, scalar(field.second));
    } else if (field.second.IsSequence()) {
      line.open_list(key);
      for (auto const& item : field.second) {
        if (!item.IsScalar()) {
          complain(item, "a list in an example must hold plain values");
          return out;
        }
        std::visit(
            [&](auto const& held) {
              using T = std::decay_t<decltype(held)>;
              if constexpr (std::is_same_v<T, std::string>)
                line.item(std::string_view(held));
              else if constexpr (!std::is_same_v<T, Null>)
                line.item(held);
            },
            scalar(item));
      }
      line.close_list();
    } else {
      complain(field.second, "a field of an example must be a plain value or a list of them; write keys with dots");
      return out;
    }
  }
  line.end();
  return out;
}

std::vector<Example> read_examples(const YAML::Node& node, Complaint& complain) {
  std::vector<Example> out;
  if (!node.IsDefined() || node.IsNull()) return out;
  if (!node.IsSequence() || node.size() > max_examples) {
    complain(node, fmt::format("examples must be a list of at most {}", max_examples));
    return out;
  }
  for (auto const& item : node) {
    Example example{.place = complain.place(item)};
    if (item.IsSequence())
      for (auto const& event : item) example.lines.push_back(read_event(event, complain));
    else
      example.lines.push_back(read_event(item, complain));
    out.push_back(std::move(example));
  }
  return out;
}

/// greywatch: {class, examples: {hit, miss}}.
void read_own(const YAML::Node& node, Header& header, Complaint& complain) {
  if (!node.IsDefined()) return;
  if (!node.IsMap()) return complain(node, "greywatch must be a map");
  for (auto const& item : node) {
    auto const& key = item.first.Scalar();
    if (key == "class") {
      header.classification = parse_class(text(item.second, "greywatch.class", complain));
      if (!header.classification)
        complain(item.second, "greywatch.class must be recon, access, command, market, timing or loss");
    } else if (key == "examples") {
      if (!item.second.IsMap()) return complain(item.second, "greywatch.examples must be a map of hit and miss");
      for (auto const& kind : item.second) {
        auto const& word = kind.first.Scalar();
        if (word == "hit")
          header.hits = read_examples(kind.second, complain);
        else if (word == "miss")
          header.misses = read_examples(kind.second, complain);
        else
          complain(kind.first, fmt::format("unknown key greywatch.examples.{}", word));
      }
    } else {
      complain(item.first, fmt::format("unknown key greywatch.{}", key));
    }
  }
}

void read_related(const YAML::Node& node, Reading const& reading) {
  if (!node.IsDefined() || node.IsNull()) return;
  if (!node.IsSequence()) return reading.warn(node, "related must be a list");
  for (auto const& item : node) {
    auto const type = text(entry(item, "type"), "related.type", reading.complain);
    if (std::ranges::find(relations, type) == relations.end() ||
        text(entry(item, "id"), "related.id", reading.complain).empty())
      reading.warn(item, "related needs an id and a type: derived, obsolete, merged, renamed or similar");
  }
}

}  // namespace

void Reading::warn(const YAML::Node& where, std::string_view text) const {
  warnings.push_back(fmt::format("{}: {}", complain.place(where), text));
}

Header read_header(const YAML::Node& document, Reading const& reading) {
  auto& complain = reading.complain;
  Header header{.place = complain.place(document)};
  auto const word = [&](std::string_view key) { return text(entry(document, key), key, complain); };
  auto const list = [&](std::string_view key) { return texts(entry(document, key), key, complain); };
  header.title = word("title");
  if (header.title.empty()) complain(document, "title is missing");
  if (header.title.size() > max_title_octets)
    reading.warn(entry(document, "title"), fmt::format("title is longer than {} octets", max_title_octets));
  header.id = word("id");
  header.name = word("name");
  header.description = word("description");
  header.status = word("status");
  if (!header.status.empty() && std::ranges::find(statuses, header.status) == statuses.end())
    reading.warn(entry(document, "status"), fmt::format("unknown status \"{}\"", header.status));
  if (header.status == "unsupported")
    reading.warn(entry(document, "status"), "the rule says itself that it is unsupported");
  if (auto const level = word("level"); !level.empty()) {
    header.level = parse_level(level);
    if (!header.level) reading.warn(entry(document, "level"), fmt::format("unknown level \"{}\"", level));
  }
  for (auto const* key : {"date", "modified"})
    if (auto const date = word(key); !date.empty() && !is_date(date))
      reading.warn(entry(document, key), fmt::format("{} is not written YYYY-MM-DD", key));
  header.tags = list("tags");
  header.references = list("references");
  header.falsepositives = list("falsepositives");
  header.fields = list("fields");
  header.authors = list("author");
  read_related(entry(document, "related"), reading);
  for (auto const& tag : header.tags) {
    if (!is_tag(tag))
      reading.warn(entry(document, "tags"),
                   fmt::format("\"{}\" is no tag: wanted is namespace.name in lower case", tag));
    if (auto id = technique(tag); !id.empty()) header.techniques.push_back(std::move(id));
  }
  read_own(entry(document, "greywatch"), header, complain);
  return header;
}

}  // namespace greywatch::rules
