#include "common/rule/finding_view.hpp"

#include <algorithm>
#include <charconv>

namespace greywatch::rules {

namespace {

enum class Key : std::uint8_t {
  timestamp,
  id,
  code,
  kind,
  message,
  node,
  source_ip,
  destination_ip,
  source_mac,
  destination_mac,
  source_port,
  destination_port,
  vlan,
  protocol,
  community_id,
  techniques,
  framework,
  rule,
  detector,
  classification,
  p,
  traits,
  count,
  first,
  last,
  coverage,
  frame
};

struct Row {
  std::string_view name;
  Key key;
};

/// Keys of a finding that are no evidence fields, by name.
constexpr std::array rows = {
    Row{"@timestamp", Key::timestamp},
    Row{"destination.ip", Key::destination_ip},
    Row{"destination.mac", Key::destination_mac},
    Row{"destination.port", Key::destination_port},
    Row{"event.code", Key::code},
    Row{"event.id", Key::id},
    Row{"event.kind", Key::kind},
    Row{"frame.number", Key::frame},
    Row{"greywatch.class", Key::classification},
    Row{"greywatch.count", Key::count},
    Row{"greywatch.coverage", Key::coverage},
    Row{"greywatch.detector", Key::detector},
    Row{"greywatch.first", Key::first},
    Row{"greywatch.last", Key::last},
    Row{"greywatch.p", Key::p},
    Row{"greywatch.traits", Key::traits},
    Row{"message", Key::message},
    Row{"network.community_id", Key::community_id},
    Row{"network.protocol", Key::protocol},
    Row{"observer.name", Key::node},
    Row{"rule.id", Key::rule},
    Row{"source.ip", Key::source_ip},
    Row{"source.mac", Key::source_mac},
    Row{"source.port", Key::source_port},
    Row{"threat.framework", Key::framework},
    Row{"threat.technique.id", Key::techniques},
    Row{"vlan.id", Key::vlan},
};
static_assert(std::ranges::is_sorted(rows, {}, &Row::name));

Values text(std::string_view value) { return value.empty() ? Values() : Values(Value(value)); }
Values number(std::uint64_t value) { return Values(Value(value)); }

/// Dotted quad without allocation; IPv6 goes the long way, through a string that is short-lived.
std::string_view dotted(Ip const& ip, std::array<char, 48>& into) {
  char* at = into.data();
  for (int i = 0; i < 4; ++i) {
    if (i) *at++ = '.';
    at = std::to_chars(at, into.data() + into.size(), ip.octets[static_cast<std::size_t>(i)]).ptr;
  }
  return {into.data(), static_cast<std::size_t>(at - into.data())};
}

}  // namespace

std::string_view FindingView::keep(Slot slot, std::string_view value) const {
  auto& kept = kept_[slot];
  kept.length = std::min(value.size(), kept.octets.size());
  std::copy_n(value.data(), kept.length, kept.octets.data());
  return {kept.octets.data(), kept.length};
}

Values FindingView::values(std::string_view name) const {
  auto const row = std::ranges::lower_bound(rows, name, {}, &Row::name);
  if (row == rows.end() || row->name != name) {
    for (auto const& field : finding_.fields) {
      if (field.name != name) continue;
      return std::visit(
          [](auto const& value) -> Values {
            using T = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<T, std::vector<Scalar>>)
              return Values(std::span<Scalar const>(value));
            else if constexpr (std::is_same_v<T, std::string>)
              return Values(Value(std::string_view(value)));
            else
              return Values(Value(value));
          },
          field.value);
    }
    return {};
  }
  auto const address = [&](Ip const& ip, Slot slot) -> Values {
    if (!ip) return {};
    auto& kept = kept_[slot];
    if (kept.length == 0) {
      if (ip.version == 4)
        kept.length = dotted(ip, kept.octets).size();
      else
        keep(slot, to_string(ip));
    }
    return Values(Value(std::string_view(kept.octets.data(), kept.length)));
  };
  auto const mac = [&](std::optional<Mac> const& value, Slot slot) {
    return value ? Values(Value(keep(slot, to_string(*value)))) : Values();
  };
  auto const instant = [&](Time value, Slot slot) { return Values(Value(keep(slot, to_rfc3339(value)))); };
  bool const alert = finding_.kind == FindingKind::alert;
  bool const judged = is_judged(finding_.kind);
  switch (row->key) {
    case Key::timestamp:
      return instant(finding_.time, time);
    case Key::id:
      return text(finding_.id);
    case Key::code:
      return text(finding_.code);
    case Key::kind:
      return text(greywatch::name(finding_.kind));
    case Key::message:
      return text(finding_.message);
    case Key::node:
      return text(finding_.node);
    case Key::source_ip:
      return address(finding_.source.ip, source_ip);
    case Key::destination_ip:
      return address(finding_.destination.ip, destination_ip);
    case Key::source_mac:
      return mac(finding_.source.mac, source_mac);
    case Key::destination_mac:
      return mac(finding_.destination.mac, destination_mac);
    case Key::source_port:
      return finding_.source.port ? number(*finding_.source.port) : Values();
    case Key::destination_port:
      return finding_.destination.port ? number(*finding_.destination.port) : Values();
    case Key::vlan:
      return finding_.vlan ? number(*finding_.vlan) : Values();
    case Key::protocol:
      return text(finding_.protocol);
    case Key::community_id:
      return text(finding_.community_id);
    case Key::techniques:
      return Values(std::span<std::string const>(finding_.techniques));
    case Key::framework:
      return text(finding_.framework);
    case Key::rule:
      return text(finding_.rule);
    case Key::detector:
      return text(finding_.detector);
    case Key::classification:
      return judged ? text(greywatch::name(finding_.classification)) : Values();
    case Key::p:
      return judged ? Values(Value(finding_.p)) : Values();
    case Key::traits:
      return Values(std::span<std::string const>(finding_.traits));
    case Key::count:
      return alert ? number(finding_.count) : Values();
    case Key::first:
      return alert ? instant(finding_.first, first) : Values();
    case Key::last:
      return alert ? instant(finding_.last, last) : Values();
    case Key::coverage:
      return finding_.coverage ? Values(Value(*finding_.coverage)) : Values();
    case Key::frame:
      return finding_.frame ? number(finding_.frame) : Values();
  }
  return {};
}

void FindingView::texts(std::vector<std::string_view>& out) const {
  auto const add = [&](Values const& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      auto const value = values[i];
      if (auto const* found = std::get_if<std::string_view>(&value)) out.push_back(*found);
    }
  };
  for (auto const& row : rows)
    if (row.key != Key::timestamp && row.key != Key::first && row.key != Key::last) add(values(row.name));
  for (auto const& field : finding_.fields) add(values(field.name));
}

}  // namespace greywatch::rules
