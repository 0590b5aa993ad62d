#pragma once
#include <string>
#include <string_view>

#include "collector/alert.hpp"

namespace greywatch::collector {

/// {"type":"resilience.alert.v1","timestamp":…,"data":{the alert}}: a Standard Webhooks event. `data.state` tells
/// firing from resolved; the timestamp is the event time of that state.
std::string own_payload(Alert const& alert);

/// The webhook payload of Prometheus Alertmanager, version 4, with this one alert; `receiver` is the sink's name. The
/// fingerprint is derived from the alert's id, so that a raised severity and the end keep it.
std::string alertmanager_payload(Alert const& alert, std::string_view receiver, std::string_view external_url);

/// Identifies the message about this state of this alert: letters, digits, '-' and '_'.
std::string message_id(Alert const& alert);

}  // namespace greywatch::collector
