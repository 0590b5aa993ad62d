#include "collector/sink/payload.hpp"

#include <fmt/format.h>

#include "common/event/ndjson.hpp"
#include "common/hash.hpp"

namespace greywatch::collector {

namespace {

std::string join(std::vector<std::string> const& texts) { return fmt::format("{}", fmt::join(texts, ", ")); }

}  // namespace

std::string own_payload(Alert const& alert) {
  std::string data, body;
  write_json(alert, data);
  JsonLine object(body);
  object.text("type", "resilience.alert.v1");
  object.text("timestamp", to_rfc3339(alert.updated));
  object.raw("data", data);
  object.close();
  return body;
}

std::string alertmanager_payload(Alert const& alert, std::string_view receiver, std::string_view external_url) {
  std::string_view const status = alert.firing ? "firing" : "resolved";
  std::string group, labels, annotations, one, body;
  JsonLine group_object(group);
  group_object.text("alertname", "GreywatchCampaign");
  group_object.text("scope", alert.scope);
  group_object.close();

  JsonLine label_object(labels);
  label_object.text("alertname", "GreywatchCampaign");
  label_object.text("scope", alert.scope);
  label_object.text("severity", alert.severity);
  label_object.text("alert_id", alert.id);
  label_object.close();

  JsonLine annotation_object(annotations);
  annotation_object.text("summary", alert.title);
  annotation_object.text("description", alert.text);
  annotation_object.text("score", fmt::format("{:.1f}", alert.score.score));
  annotation_object.text("nodes", join(alert.nodes));
  annotation_object.text("operators", join(alert.operators));
  annotation_object.text("regions", join(alert.regions));
  annotation_object.text("techniques", join(alert.techniques));
  annotation_object.close();

  JsonLine alert_object(one);
  alert_object.text("status", status);
  alert_object.raw("labels", labels);
  alert_object.raw("annotations", annotations);
  alert_object.text("startsAt", to_rfc3339(alert.since));
  alert_object.text("endsAt", alert.firing ? "0001-01-01T00:00:00Z" : to_rfc3339(alert.updated));
  alert_object.text("generatorURL", external_url);
  alert_object.text("fingerprint", fmt::format("{:016x}", siphash({}, as_bytes(alert.id))));
  alert_object.close();

  JsonLine object(body);
  object.text("version", "4");
  object.text("groupKey", fmt::format("{{}}:{{alertname=\"GreywatchCampaign\", scope=\"{}\"}}", alert.scope));
  object.number("truncatedAlerts", std::uint64_t{0});
  object.text("status", status);
  object.text("receiver", receiver);
  object.raw("groupLabels", group);
  object.raw("commonLabels", labels);
  object.raw("commonAnnotations", annotations);
  object.text("externalURL", external_url);
  object.raw("alerts", "[" + one + "]");
  object.close();
  return body;
}

std::string message_id(Alert const& alert) {
  return fmt::format("msg_{}_{}_{}_{}", alert.id, alert.firing ? "firing" : "resolved", alert.severity,
                     unix_ns(alert.updated) / 1'000'000);
}

}  // namespace greywatch::collector
