#pragma once
#include "collector/sink/sinks.hpp"

namespace greywatch::yaml {
class Mapping;
}

namespace greywatch::collector {

/// Appends each alert as one NDJSON line to a file of mode 0640; opened again by `reopen` after a rotation. A line that
/// could not be written is counted as given up and logged.
Result<std::unique_ptr<Sink>, Refusal> make_file(SinkConfig const& config, Outbox& outbox);

/// Keys: path, sync.
void read_file(yaml::Mapping& mapping, SinkConfig& into);

}  // namespace greywatch::collector
