#pragma once
#include "collector/sink/sinks.hpp"

namespace greywatch::yaml {
class Mapping;
}

namespace greywatch::collector {

/// Posts each alert to one URL from a thread of its own, in order, signed as in Standard Webhooks 1.0 when there is a
/// secret.
///
/// What is not answered with 2xx is tried again under the same id, after 1 s, 2 s, 4 s … up to `most_backoff`, each
/// with jitter, or after what Retry-After asks. 400, 413 and 422 refuse that message for good; 410 disables the sink
/// until the next start. Redirects are not followed, certificates are always verified. Tries use wall time for the
/// signature's timestamp and steady time for the schedule.
Result<std::unique_ptr<Sink>, Refusal> make_webhook(SinkConfig const& config, Outbox& outbox);

/// Keys: url, format, secrets, authorization, ca, certificate, key, proxy, external_url, timeout, backoff,
/// most_backoff, give_up, group_wait, most_pending.
void read_webhook(yaml::Mapping& mapping, SinkConfig& into);

}  // namespace greywatch::collector
