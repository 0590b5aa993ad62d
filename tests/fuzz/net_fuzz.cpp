// links: greywatch::agent_net
// Packets through the network. The first octet chooses the link type, the second the bounds; then packets follow, each
// behind an octet of flags (1, 2: how much later it came; 4: earlier instead; 8: the capture cut 16 octets off) and two
// of length.
#include <cstdlib>
#include <set>

#include "agent/net/community_id.hpp"
#include "agent/net/load.hpp"
#include "agent/net/network.hpp"

namespace {

using namespace greywatch;
using namespace greywatch::agent;

/// Touches everything that is lent, and stops at what must never be told.
struct Listener final : SegmentSink {
  void on_segment(Segment const& segment) override {
    if (segment.payload.empty() || !open.contains(&segment.flow)) std::abort();
    for (auto octet : segment.payload) sum += octet;
  }
  void on_conflict(Conflict const& conflict) override {
    if (!open.contains(&conflict.flow)) std::abort();
    for (auto octet : conflict.payload) sum += octet;
  }
  void on_state(Flow& flow, std::uint64_t) override {
    open.insert(&flow);
    if (flow.state != FlowState::open && flow.state != FlowState::opening) std::abort();
  }
  void on_close(Flow& flow) override {
    if (!open.erase(&flow)) std::abort();
    if (flow.state == FlowState::open || flow.state == FlowState::opening) std::abort();
    if (community_id(flow).empty() != (flow.transport == Transport::ethernet)) std::abort();
  }
  std::set<Flow*> open;
  std::uint64_t sum = 0;
};

NetworkOptions tight(std::uint8_t choice) {
  NetworkOptions options;
  options.flows = choice & 1 ? 3 : 64;
  options.reassembly_octets = choice & 2 ? 4096 : 65536;
  options.stream_octets = choice & 4 ? 2000 : 16384;
  options.holes = choice & 8 ? 1 : 16;
  options.tcp_window = choice & 16 ? 1 << 12 : 1 << 20;
  options.fragment_datagrams = choice & 32 ? 1 : 8;
  options.fragment_octets = choice & 32 ? 8192 : 200000;
  options.deduplicate = choice & 64;
  options.vlan_separates = choice & 128;
  options.duplicate_entries = 8;
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  constexpr LinkType links[] = {LinkType::ethernet, LinkType::raw_ip,   LinkType::linux_sll, LinkType::linux_sll2,
                                LinkType::bsd_null, LinkType::bsd_loop, LinkType::ipv4,      LinkType::ipv6};
  constexpr Duration steps[] = {std::chrono::microseconds(50), std::chrono::milliseconds(10), std::chrono::seconds(5),
                                std::chrono::hours(30)};
  Bytes input(data, size);
  if (input.size() < 2) return 0;
  auto const link = links[input[0] % std::size(links)];
  Listener listener;
  Network network(tight(input[1]), listener, HashKey{1, 2});
  input = input.subspan(2);
  auto now = from_unix_ns(1'700'000'000'000'000'000);
  for (std::uint64_t number = 1; input.size() >= 3; ++number) {
    auto const flags = input[0];
    std::size_t const length = load_be16(input.data() + 1);
    input = input.subspan(3);
    auto const octets = input.first(std::min(length, input.size()));
    input = input.subspan(octets.size());
    now += flags & 4 ? -steps[flags & 3] : steps[flags & 3];
    network.on_packet({.time = now,
                       .number = number,
                       .octets = octets,
                       .original_length = static_cast<std::uint32_t>(octets.size()) + (flags & 8 ? 16 : 0),
                       .link = link});
    if (network.counters().flows_live != listener.open.size()) std::abort();
  }
  network.finish();
  if (!listener.open.empty() || network.counters().flows_live) std::abort();
  return 0;
}
