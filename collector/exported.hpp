#pragma once
#include <memory>
#include <vector>

#include "collector/ingest/ingest.hpp"
#include "collector/intake.hpp"
#include "collector/line.hpp"
#include "collector/metrics.hpp"
#include "collector/roster.hpp"
#include "collector/sink/sinks.hpp"
#include "collector/store/store.hpp"
#include "collector/web/server.hpp"

namespace greywatch::collector {

/// Gives the metrics what store, ingest, line, sinks and nodes count themselves, read at each scrape (docs/metrics.md).
/// All must outlive the next `Metrics::remove_sources`.
void export_store(Metrics& metrics, Store const& store, Line const& line);
void export_ingest(Metrics& metrics, Ingest const& ingest);
void export_nodes(Metrics& metrics, Roster& roster);
void export_line(Metrics& metrics, Line const& line);
void export_sinks(Metrics& metrics, std::vector<std::unique_ptr<Sink>> const& sinks);
/// Declared causes, by the way they came and what became of them.
void export_context(Metrics& metrics, ContextIntake const& intake);
void export_web(Metrics& metrics, Server const& server);
/// greywatch_build_info and process_start_time_seconds.
void export_process(Metrics& metrics);

}  // namespace greywatch::collector
