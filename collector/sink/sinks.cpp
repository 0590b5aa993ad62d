#include "collector/sink/sinks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "collector/sink/file.hpp"
#include "collector/sink/webhook.hpp"
#include "common/yaml.hpp"

namespace greywatch::collector {

namespace {

/// All sinks there are: a new one is a file pair and a row.
struct SinkKind {
  std::string_view name;
  void (*read)(yaml::Mapping&, SinkConfig&);
  Result<std::unique_ptr<Sink>, Refusal> (*make)(SinkConfig const&, Outbox&);
};
constexpr std::array<SinkKind, 2> kinds{{
    {"webhook", read_webhook, make_webhook},
    {"file", read_file, make_file},
}};

SinkKind const* find(std::string_view name) {
  auto const found = std::ranges::find(kinds, name, &SinkKind::name);
  return found == kinds.end() ? nullptr : &*found;
}

std::ptrdiff_t rank(std::string_view severity) {
  constexpr std::array<std::string_view, 3> order{"watch", "elevated", "alert"};
  return std::ranges::find(order, severity) - order.begin();
}

}  // namespace

bool read_sink(yaml::Node const& node, SinkConfig& into, yaml::Errors& errors) {
  auto const before = errors.lines().size();
  yaml::Mapping mapping(node, errors);
  mapping.required("name", into.name);
  mapping.choice<std::string>("min_severity", into.min_severity,
                              {{"watch", "watch"}, {"elevated", "elevated"}, {"alert", "alert"}});
  mapping.optional("resolved", into.resolved);
  if (mapping.required("kind", into.kind)) {
    if (auto const* kind = find(into.kind)) {
      kind->read(mapping, into);
      mapping.finish();
    } else {
      std::string known;
      for (auto const& one : kinds) known += fmt::format("{}{}", known.empty() ? "" : ", ", one.name);
      mapping.error(*node.find("kind"), "is no kind of sink; one of: " + known);
    }
  }
  return errors.lines().size() == before;
}

Result<std::unique_ptr<Sink>, Refusal> make_sink(SinkConfig const& config, Outbox& outbox) {
  auto const* kind = find(config.kind);
  if (!kind) return refuse(fmt::format("sink \"{}\": there is no kind \"{}\"", config.name, config.kind));
  return kind->make(config, outbox);
}

bool wanted(SinkConfig const& config, Alert const& alert) {
  return rank(alert.severity) >= rank(config.min_severity) && (alert.firing || config.resolved);
}

}  // namespace greywatch::collector
