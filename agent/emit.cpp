#include "agent/emit.hpp"

#include "common/event/ndjson.hpp"

namespace greywatch::agent {

namespace {

void write_endpoint(JsonLine& line, bool source, Endpoint const& endpoint, std::optional<Mac> mac) {
  if (endpoint.ip) line.text(source ? "source.ip" : "destination.ip", to_string(endpoint.ip));
  if (mac) line.text(source ? "source.mac" : "destination.mac", to_string(*mac));
  if (endpoint.port) line.number(source ? "source.port" : "destination.port", std::uint64_t{*endpoint.port});
}

}  // namespace

void ObservationWriter::write(Observation const& observation, std::string& out) {
  columns_.clear();
  auto const& source = observation.flow.sender(observation.way);
  auto const& destination = observation.flow.receiver(observation.way);
  JsonLine line(out);
  line.text("@timestamp", to_rfc3339(observation.time));
  line.text("event.kind", "observation");
  if (!node_.empty()) line.text("observer.name", node_);
  write_endpoint(line, true, source, source.mac);
  write_endpoint(line, false, destination, destination.mac);
  if (observation.flow.vlan) line.number("vlan.id", std::uint64_t{*observation.flow.vlan});
  if (observation.vlan_priority) line.number("vlan.priority", std::uint64_t{*observation.vlan_priority});
  line.text("network.protocol", observation.protocol);
  if (community_id_)
    if (auto const id = community_id_(observation.flow); !id.empty()) line.text("network.community_id", id);
  line.text("greywatch.operation", name(observation.operation));
  line.text("greywatch.role", name(observation.role));
  line.text("greywatch.status", name(observation.status));
  if (observation.malformed) {
    line.text("greywatch.malformed.defect", name(observation.malformed->defect));
    line.number("greywatch.malformed.offset", std::uint64_t{observation.malformed->offset});
    if (!observation.malformed->field.empty()) line.text("greywatch.malformed.field", observation.malformed->field);
  }
  if (!observation.violations.empty()) {
    line.open_list("greywatch.violations");
    for (auto const& violation : observation.violations) line.item(violation.code);
    line.close_list();
  }
  line.number("frame.number", observation.frame);
  observation.fields(columns_);
  for (auto const& [name, values] : columns_.all()) {
    if (values.size() == 1) {
      std::visit(
          [&](auto value) {
            using T = decltype(value);
            if constexpr (std::is_same_v<T, bool>)
              line.boolean(name, value);
            else if constexpr (std::is_same_v<T, std::string_view>)
              line.text(name, value);
            else
              line.number(name, value);
          },
          values[0]);
    } else {
      line.open_list(name);
      for (auto const& value : values) std::visit([&](auto plain) { line.item(plain); }, value);
      line.close_list();
    }
  }
  line.end();
}

}  // namespace greywatch::agent
