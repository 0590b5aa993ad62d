#include "agent/metrics.hpp"

#include <fmt/format.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>
#include <unistd.h>

#include <cstdio>

#include "common/metrics/writer.hpp"
#include "common/version.hpp"

namespace greywatch::agent {

namespace {

double of(std::uint64_t count) { return static_cast<double>(count); }

/// Resident memory of this process; 0 where /proc is hidden.
double resident_octets() {
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (!file) return 0;
  unsigned long size = 0, resident = 0;
  int const read = std::fscanf(file, "%lu %lu", &size, &resident);
  std::fclose(file);
  return read == 2 ? static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) : 0;
}

void write_capture(MetricWriter& out, WatchCounters const& watch) {
  std::string const& interface = watch.interface;
  MetricLabels const labels{{"interface", interface}};
  out.counter("greywatch_agent_packets_total", "Packets taken from the capture", of(watch.packets), labels);
  out.counter("greywatch_agent_octets_total", "Octets taken from the capture", of(watch.network.octets), labels);
  auto const dropped = [&](std::string_view cause, std::uint64_t count) {
    out.counter("greywatch_agent_dropped_packets_total",
                "What was captured, or should have been, and was given up; by cause", of(count),
                {{"interface", interface}, {"cause", std::string(cause)}});
  };
  dropped("kernel", watch.live.kernel_dropped);
  dropped("interface", watch.live.interface_dropped);
  watch.network.for_each(dropped);
  watch.network.for_each_event([&](std::string_view event, std::uint64_t count) {
    if (event == "flows_live") return;
    out.counter("greywatch_agent_network_events_total", "Noted in links, IP and TCP; nothing was lost", of(count),
                {{"interface", interface}, {"event", std::string(event)}});
  });
  out.gauge("greywatch_agent_flows", "Flows in the table", of(watch.network.flows_live), labels);
  out.gauge("greywatch_agent_duplicate_ratio", "Share of packets that were copies", watch.network.duplicate_ratio(),
            labels);
  out.gauge("greywatch_coverage_ratio", "Share of what passes that is seen and understood, 0 to 1", watch.coverage,
            labels);
}

void write_dissection(MetricWriter& out, WatchCounters const& watch) {
  using Family = DissectionCounters::Family;
  watch.dissection.for_each([&](Family family, std::string_view protocol, std::string_view kind, std::uint64_t count) {
    MetricLabels labels{{"interface", watch.interface}, {"protocol", std::string(protocol)}};
    switch (family) {
      case Family::messages:
        out.counter("greywatch_agent_messages_total", "Messages read, malformed ones included", of(count), labels);
        break;
      case Family::tolerated:
        labels.emplace_back("kind", kind);
        out.counter("greywatch_parser_tolerated_total", "Deviations of real stacks that were read all the same",
                    of(count), labels);
        break;
      case Family::error:
        labels.emplace_back("kind", kind);
        out.counter("greywatch_parser_errors_total", "What a parser could not read, or found no room for", of(count),
                    labels);
        break;
      case Family::unknown:
        labels.emplace_back("table", kind);
        out.counter("greywatch_parser_unknown_types_total", "Codes that the standard does not list", of(count), labels);
        break;
    }
  });
}

void write_detection(MetricWriter& out, WatchCounters const& watch) {
  auto const& counters = watch.detection;
  auto const finding = [&](char const* kind, std::uint64_t count) {
    out.counter("greywatch_agent_findings_total", "Findings given away, by kind", of(count),
                {{"interface", watch.interface}, {"kind", kind}});
  };
  finding("onset", counters.onsets);
  finding("update", counters.updates);
  finding("summary", counters.summaries);
  MetricLabels const labels{{"interface", watch.interface}};
  out.counter("greywatch_agent_findings_refused_total", "Findings lost because the way to the spool was full",
              of(watch.refused), labels);
  out.counter("greywatch_agent_findings_gathered_total", "Onsets beyond the budget, told in aggregated records",
              of(counters.gathered), labels);
  out.counter("greywatch_agent_table_replacements_total", "Newcomers to a full detection table", of(counters.replaced),
              labels);
}

void write_assets(MetricWriter& out, WatchCounters const& watch) {
  auto const& counters = watch.assets;
  MetricLabels const labels{{"interface", watch.interface}};
  out.gauge("greywatch_agent_assets", "Hosts in the passive inventory", of(counters.assets), labels);
  out.counter("greywatch_agent_assets_refused_total", "Messages of hosts that found the inventory full",
              of(counters.refused), labels);
  out.counter("greywatch_agent_asset_lists_full_total",
              "Lists of an asset (peers, roles, addresses) that had no room for something", of(counters.left_out),
              labels);
}

void write_rules(MetricWriter& out, WatchCounters const& watch) {
  auto const& counters = watch.rules;
  MetricLabels const labels{{"interface", watch.interface}};
  out.gauge("greywatch_agent_rules", "Rules evaluated on observations", of(counters.rules), labels);
  out.gauge("greywatch_agent_rules_pack", "Version of the rule pack in use on the interface, 0 for none",
            of(counters.version), labels);
  out.counter("greywatch_agent_rule_observations_total", "Observations shown to rules", of(counters.observations),
              labels);
  auto const result = [&](char const* word, std::uint64_t count) {
    out.counter("greywatch_agent_rule_matches_total", "What became of observations that matched a rule", of(count),
                {{"interface", watch.interface}, {"result", word}});
  };
  result("onset", counters.onsets);
  result("counted", counters.matches - counters.onsets - counters.held);
  result("held", counters.held);
}

void write_packs(MetricWriter& out, PackCounters const& packs) {
  out.gauge("greywatch_agent_pack_version", "Version of the rule pack that is kept, 0 for none", of(packs.version));
  out.counter("greywatch_agent_packs_total", "Rule packs, by what became of them", of(packs.accepted),
              {{"result", "accepted"}});
  out.counter("greywatch_agent_packs_total", "", of(packs.refused), {{"result", "refused"}});
}

void write_ship(MetricWriter& out, ShipCounters const& ship) {
  out.gauge("greywatch_spool_bytes", "Octets of the spool on disk", of(ship.spool.octets));
  out.gauge("greywatch_spool_records", "Findings that wait for the collector", of(ship.spool.waiting));
  out.counter("greywatch_spool_appended_total", "Findings spooled", of(ship.spool.appended));
  for (std::size_t i = 0; i < link::spool_classes; ++i)
    out.counter("greywatch_spool_dropped_findings_total", "Findings dropped for want of room, by class",
                of(ship.spool.dropped_by_class[i]), {{"class", std::string(name(static_cast<link::SpoolClass>(i)))}});
  out.counter("greywatch_spool_write_errors_total", "Writes that the disk refused", of(ship.spool.write_errors));
  out.counter("greywatch_spool_damaged_total", "Damaged stretches skipped", of(ship.spool.damaged));
  out.gauge("greywatch_uplink_connected", "1 while the collector is linked", ship.uplink.connected ? 1 : 0);
  out.counter("greywatch_uplink_connects_total", "Links made", of(ship.uplink.connects));
  out.counter("greywatch_uplink_failures_total", "Attempts that failed", of(ship.uplink.failures));
  out.counter("greywatch_uplink_findings_total", "Findings sent, resends included", of(ship.uplink.findings));
  out.counter("greywatch_uplink_bytes_total", "Octets of batches sent, compressed", of(ship.uplink.octets));
  if (ship.uplink.clock_offset_seconds)
    out.gauge("greywatch_clock_offset_seconds", "The collector's clock minus this one",
              *ship.uplink.clock_offset_seconds);
  if (ship.uplink.certificate_expires)
    out.gauge("greywatch_certificate_expiry_timestamp_seconds", "When the agent's certificate expires",
              static_cast<double>(ship.uplink.certificate_expires));
}

struct Families : prometheus::Collectable {
  explicit Families(std::function<AgentCounters()> given) : take(std::move(given)) {}
  std::vector<prometheus::MetricFamily> Collect() const override {
    std::vector<prometheus::MetricFamily> families;
    MetricWriter out(families);
    auto const counters = take();
    out.gauge("greywatch_build_info", "Version of the program", 1,
              {{"version", std::string(version)}, {"program", "agent"}});
    out.gauge("process_resident_memory_bytes", "Resident memory", resident_octets());
    for (auto const& watch : counters.watches) {
      write_capture(out, watch);
      write_dissection(out, watch);
      write_detection(out, watch);
      write_assets(out, watch);
      write_rules(out, watch);
    }
    write_packs(out, counters.packs);
    write_ship(out, counters.ship);
    return families;
  }
  std::function<AgentCounters()> take;
};

}  // namespace

struct MetricsEndpoint::Impl {
  Impl(std::string const& address, std::function<AgentCounters()> take)
      : families(std::make_shared<Families>(std::move(take))), exposer(address, 1) {
    exposer.RegisterCollectable(families);
  }
  std::shared_ptr<Families> families;
  prometheus::Exposer exposer;
};

MetricsEndpoint::MetricsEndpoint(yaml::SocketAddress const& address, std::function<AgentCounters()> take) {
  try {
    impl_ = std::make_unique<Impl>(yaml::to_string(address), std::move(take));
  } catch (std::exception const& error) {
    throw std::runtime_error(fmt::format("metrics cannot be served at {}: {}", yaml::to_string(address), error.what()));
  }
}
MetricsEndpoint::~MetricsEndpoint() = default;

}  // namespace greywatch::agent
