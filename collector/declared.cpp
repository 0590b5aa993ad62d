#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>

#include "collector/context.hpp"
#include "collector/inventory.hpp"

namespace greywatch::collector {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 7> kinds{"maintenance",   "weather", "rollout", "scan_wave",
                                                "market_stress", "crisis",  "exercise"};
constexpr std::array<std::string_view, 8> group_kinds{"fleet",   "region", "operator",     "vendor",
                                                      "carrier", "sector", "clock_domain", "node"};

constexpr std::size_t longest_text = 256, most_traits = 64;

/// Takes the members of one notice; the first refusal sticks.
class DeclaredReader {
 public:
  /// `published` stands for one that the notice leaves out.
  explicit DeclaredReader(Time published = {}) { declared_.published = published; }

  void take(std::string_view key, json::value const& value) {
    if (key == "published") return time(key, value, declared_.published);
    if (key == "start") return time(key, value, declared_.start);
    if (key == "end") return time(key, value, declared_.end);
    if (key == "kind") return word(key, value, kinds, declared_.kind);
    if (key == "group") return group(value);
    if (key == "classes") return classes(value);
    if (key == "traits") {
      return list(key, value, [&](std::string_view trait) {
        declared_.traits.emplace_back(trait);
        return trait.size() <= longest_text && declared_.traits.size() <= most_traits;
      });
    }
    if (key == "index") {
      declared_.index = value.is_number() ? value.to_number<double>() : -1;
      if (!(declared_.index >= 0 && declared_.index <= 1)) wrong(key, "is no number from 0 to 1");
      return;
    }
    if (key == "source") return text(key, value, declared_.source);
    // What a collector adds to the causes that it lists, so that a list can be read again.
    if (key == "id" || key == "received" || key == "via") return;
    wrong(key, "is no known key");
  }

  Result<Declared, Refusal> finish() {
    auto const needed = [&](std::string_view key, bool present) {
      if (!present) wrong(key, "is missing");
    };
    needed("published", declared_.published != Time{});
    needed("start", declared_.start != Time{});
    needed("end", declared_.end != Time{});
    needed("kind", !declared_.kind.empty());
    needed("group", !declared_.group_kind.empty());
    if (declared_.end <= declared_.start) wrong("end", "is not after start");
    if (!why_.empty()) return refuse(why_);
    return std::move(declared_);
  }

 private:
  void wrong(std::string_view key, std::string_view what) {
    if (why_.empty()) why_ = fmt::format("{} {}", key, what);
  }
  void text(std::string_view key, json::value const& value, std::string& into) {
    if (!value.is_string()) return wrong(key, "is no text");
    into = value.get_string();
    if (into.size() > longest_text) wrong(key, fmt::format("has more than {} octets", longest_text));
  }
  void time(std::string_view key, json::value const& value, Time& into) {
    auto const read = value.is_string() ? parse_rfc3339(value.get_string()) : refuse("no text");
    if (!read) return wrong(key, "is no RFC 3339 time");
    into = *read;
  }
  void word(std::string_view key, json::value const& value, std::span<std::string_view const> known,
            std::string& into) {
    text(key, value, into);
    if (std::ranges::find(known, into) == known.end())
      wrong(key, fmt::format("\"{}\" is none of: {}", into, fmt::join(known, ", ")));
  }
  template <class Each>
  void list(std::string_view key, json::value const& value, Each each) {
    if (!value.is_array()) return wrong(key, "is no list");
    for (auto const& item : value.get_array())
      if (!item.is_string() || !each(item.get_string())) return wrong(key, "holds something unknown");
  }
  void classes(json::value const& value) {
    list("classes", value, [&](std::string_view word) {
      auto const known = parse_class(word);
      if (known) declared_.classes.push_back(*known);
      return known.has_value() && declared_.classes.size() <= finding_classes;
    });
  }
  void group(json::value const& value) {
    if (!value.is_object()) return wrong("group", "is no object with kind and name");
    for (auto const& member : value.get_object()) {
      if (member.key() == "kind")
        word("group.kind", member.value(), group_kinds, declared_.group_kind);
      else if (member.key() == "name")
        text("group.name", member.value(), declared_.group_name);
      else
        wrong(fmt::format("group.{}", std::string_view(member.key())), "is no known key");
    }
    if (declared_.group_kind != "fleet" && declared_.group_name.empty()) wrong("group.name", "is missing");
  }

  Declared declared_;
  std::string why_;
};

Result<Declared, Refusal> read(std::string_view text, DeclaredReader reader) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 4;
  auto const root = json::parse(text, error, {}, options);
  if (error) return refuse(fmt::format("not JSON: {}", error.message()));
  if (!root.is_object()) return refuse("not a JSON object");
  for (auto const& member : root.get_object()) reader.take(member.key(), member.value());
  return reader.finish();
}

}  // namespace

bool explains(Declared const& cause, Node const& node, FindingClass kind, Time time) {
  if (cause.kind == "market_stress" || cause.kind == "crisis") return false;
  if (time < cause.published || time < cause.start || time >= cause.end) return false;
  if (!cause.classes.empty() && std::ranges::find(cause.classes, kind) == cause.classes.end()) return false;
  auto const& of = cause.group_kind;
  auto const& name = of == "region"         ? node.region
                     : of == "operator"     ? node.operator_name
                     : of == "vendor"       ? node.vendor
                     : of == "carrier"      ? node.carrier
                     : of == "sector"       ? node.sector
                     : of == "clock_domain" ? node.clock_domain
                                            : node.name;
  return of == "fleet" || name == cause.group_name;
}

Result<Declared, Refusal> read_declared(std::string_view ndjson_line) { return read(ndjson_line, DeclaredReader()); }

Result<ContextEntry, Refusal> read_context(std::string_view json, Time received, std::string via) {
  auto declared = read(json, DeclaredReader(received));
  if (!declared) return std::unexpected(declared.error());
  if (declared->source.empty()) return refuse("source is missing: it says who says so");
  return make_entry(std::move(*declared), received, std::move(via));
}

}  // namespace greywatch::collector
