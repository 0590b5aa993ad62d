#include "agent/rule/observation_view.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace greywatch::agent {

using rules::Value;
using rules::Values;

namespace {

constexpr std::size_t most_names = 48, most_values = 32, most_text = 256;

enum class Key : std::uint8_t {
  timestamp,
  destination_ip,
  destination_mac,
  destination_port,
  kind,
  frame,
  defect,
  malformed_field,
  offset,
  operation,
  role,
  status,
  violations,
  community_id,
  protocol,
  node,
  source_ip,
  source_mac,
  source_port,
  vlan,
  vlan_priority
};
struct Row {
  std::string_view name;
  Key key;
};
constexpr std::array rows = {
    Row{"@timestamp", Key::timestamp},
    Row{"destination.ip", Key::destination_ip},
    Row{"destination.mac", Key::destination_mac},
    Row{"destination.port", Key::destination_port},
    Row{"event.kind", Key::kind},
    Row{"frame.number", Key::frame},
    Row{"greywatch.malformed.defect", Key::defect},
    Row{"greywatch.malformed.field", Key::malformed_field},
    Row{"greywatch.malformed.offset", Key::offset},
    Row{"greywatch.operation", Key::operation},
    Row{"greywatch.role", Key::role},
    Row{"greywatch.status", Key::status},
    Row{"greywatch.violations", Key::violations},
    Row{"network.community_id", Key::community_id},
    Row{"network.protocol", Key::protocol},
    Row{"observer.name", Key::node},
    Row{"source.ip", Key::source_ip},
    Row{"source.mac", Key::source_mac},
    Row{"source.port", Key::source_port},
    Row{"vlan.id", Key::vlan},
    Row{"vlan.priority", Key::vlan_priority},
};
static_assert(std::ranges::is_sorted(rows, {}, &Row::name));

Values text(std::string_view value) { return value.empty() ? Values() : Values(Value(value)); }
Values number(std::uint64_t value) { return Values(Value(value)); }

Scalar scalar_of(Value const& value) {
  return std::visit(
      [](auto const& plain) -> Scalar {
        using T = std::decay_t<decltype(plain)>;
        if constexpr (std::is_same_v<T, std::string_view>)
          return std::string(plain.substr(0, most_text));
        else if constexpr (std::is_same_v<T, std::monostate>)
          return false;
        else
          return plain;
      },
      value);
}

}  // namespace

void ObservationView::start(Observation const& observation) {
  observation_ = &observation;
  gathered_ = false;
  columns_.clear();
}

void ObservationView::gather() const {
  if (gathered_) return;
  gathered_ = true;
  observation_->fields(columns_);
}

Values ObservationView::address(Ip const& ip, Slot slot) const {
  if (!ip) return {};
  auto& into = kept_[slot];
  ::inet_ntop(ip.version == 4 ? AF_INET : AF_INET6, ip.octets.data(), into.data(), into.size());
  return text(into.data());
}

Values ObservationView::hardware(std::optional<Mac> const& mac, Slot slot) const {
  if (!mac) return {};
  constexpr std::string_view digits = "0123456789abcdef";
  auto* at = kept_[slot].data();
  for (auto const octet : mac->octets) {
    if (at != kept_[slot].data()) *at++ = ':';
    *at++ = digits[octet >> 4];
    *at++ = digits[octet & 15];
  }
  return text({kept_[slot].data(), static_cast<std::size_t>(at - kept_[slot].data())});
}

Values ObservationView::instant() const {
  auto& into = kept_[time];
  auto const written = rfc3339(observation_->time);
  std::ranges::copy(written.view(), into.begin());
  return text({into.data(), written.view().size()});
}

Values ObservationView::values(std::string_view name) const {
  auto const row = std::ranges::lower_bound(rows, name, {}, &Row::name);
  if (row == rows.end() || row->name != name) {
    gather();
    for (auto const& column : columns_.all())
      if (column.name == name) return Values(std::span<Value const>(column.values));
    return {};
  }
  auto const& seen = *observation_;
  auto const& source = seen.flow.sender(seen.way);
  auto const& destination = seen.flow.receiver(seen.way);
  switch (row->key) {
    case Key::timestamp:
      return instant();
    case Key::destination_ip:
      return address(destination.ip, destination_ip);
    case Key::destination_mac:
      return hardware(destination.mac, destination_mac);
    case Key::destination_port:
      return destination.port ? number(*destination.port) : Values();
    case Key::kind:
      return text("observation");
    case Key::frame:
      return number(seen.frame);
    case Key::defect:
      return seen.malformed ? text(greywatch::name(seen.malformed->defect)) : Values();
    case Key::malformed_field:
      return seen.malformed ? text(seen.malformed->field) : Values();
    case Key::offset:
      return seen.malformed ? number(seen.malformed->offset) : Values();
    case Key::operation:
      return text(agent::name(seen.operation));
    case Key::role:
      return text(agent::name(seen.role));
    case Key::status:
      return text(agent::name(seen.status));
    case Key::violations:
      violations_.clear();
      for (auto const& violation : seen.violations) violations_.emplace_back(violation.code);
      return Values(std::span<Value const>(violations_));
    case Key::community_id: {
      if (!community_id_) return {};
      auto const id = community_id_(seen.flow);
      auto& into = kept_[community];
      auto const length = id.copy(into.data(), into.size());
      return text({into.data(), length});
    }
    case Key::protocol:
      return text(seen.protocol);
    case Key::node:
      return text(node_);
    case Key::source_ip:
      return address(source.ip, source_ip);
    case Key::source_mac:
      return hardware(source.mac, source_mac);
    case Key::source_port:
      return source.port ? number(*source.port) : Values();
    case Key::vlan:
      return seen.flow.vlan ? number(*seen.flow.vlan) : Values();
    case Key::vlan_priority:
      return seen.vlan_priority ? number(*seen.vlan_priority) : Values();
  }
  return {};
}

void ObservationView::texts(std::vector<std::string_view>& out) const {
  auto const add_all = [&](Values const& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto const value = all[i];
      if (auto const* found = std::get_if<std::string_view>(&value)) out.push_back(*found);
    }
  };
  for (auto const& row : rows)
    if (row.key != Key::timestamp) add_all(values(row.name));
  gather();
  for (auto const& column : columns_.all()) add_all(Values(std::span<Value const>(column.values)));
}

void ObservationView::copy_fields(std::vector<Field>& out) const {
  gather();
  std::uint64_t omitted = 0;
  for (auto const& [name, all] : columns_.all()) {
    if (out.size() >= most_names) {
      ++omitted;
      continue;
    }
    if (all.size() == 1) {
      std::visit(
          [&, &key = name](auto&& plain) { out.push_back({std::string(key), std::forward<decltype(plain)>(plain)}); },
          scalar_of(all.front()));
      continue;
    }
    std::vector<Scalar> list;
    for (std::size_t k = 0; k < std::min(all.size(), most_values); ++k) list.push_back(scalar_of(all[k]));
    omitted += all.size() - list.size();
    out.push_back({std::string(name), std::move(list)});
  }
  if (omitted) out.push_back({"greywatch.fields_omitted", omitted});
}

}  // namespace greywatch::agent
