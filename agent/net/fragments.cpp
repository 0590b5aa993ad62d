#include "agent/net/fragments.hpp"

#include <algorithm>
#include <cstring>

#include "agent/net/load.hpp"

namespace greywatch::agent {
namespace {

constexpr std::uint32_t longest_datagram = 65535;

std::uint64_t hash_of(HashKey const& key, IpPacket const& ip, std::uint32_t vlan) {
  auto const rest = std::uint64_t{vlan} << 32 | ip.id;
  auto const word = [](std::uint8_t const* at) { return load_raw<std::uint64_t>(at); };
  if (ip.version == 6) {
    return siphash_words(key, word(ip.source), word(ip.source + 8), word(ip.destination), word(ip.destination + 8),
                         rest);
  }
  auto const addresses = std::uint64_t{load_be32(ip.source)} << 32 | load_be32(ip.destination);
  return siphash_words(key, addresses, rest, ip.protocol);
}

}  // namespace

FragmentTable::FragmentTable(NetworkOptions const& options, HashKey const& key, NetworkCounters& counters)
    : datagrams_(std::max<std::size_t>(options.fragment_datagrams, 1)),
      most_octets_(options.fragment_octets),
      timeout_(options.fragment_timeout),
      key_(key),
      counters_(counters) {}

void FragmentTable::release(Datagram& datagram, bool keep_buffer) {
  datagram.used = false;
  if (keep_buffer) return;
  held_octets_ -= datagram.octets.capacity();
  std::vector<std::uint8_t>().swap(datagram.octets);
}

void FragmentTable::clear() {
  for (auto& datagram : datagrams_) {
    if (!datagram.used) continue;
    ++counters_.fragments_timed_out;
    release(datagram, false);
  }
}

FragmentTable::Datagram* FragmentTable::longest_waiting(Datagram const* except) {
  Datagram* oldest = nullptr;
  for (auto& datagram : datagrams_) {
    if (datagram.used && &datagram != except && (!oldest || datagram.since < oldest->since)) oldest = &datagram;
  }
  return oldest;
}

FragmentTable::Datagram* FragmentTable::find_or_open(std::uint64_t hash, IpPacket const& fragment, Time time) {
  Datagram* unused = nullptr;
  for (auto& datagram : datagrams_) {
    if (datagram.used && time - datagram.since > timeout_) {
      ++counters_.fragments_timed_out;
      release(datagram, true);
    }
    if (!datagram.used) {
      if (!unused) unused = &datagram;
    } else if (datagram.hash == hash) {
      return &datagram;
    }
  }
  if (!unused) {
    unused = longest_waiting();
    ++counters_.fragments_table_full;
    release(*unused, true);
  }
  unused->hash = hash;
  unused->since = time;
  unused->total = 0;
  unused->protocol = fragment.protocol;
  unused->ranges = 0;
  unused->used = true;
  return unused;
}

bool FragmentTable::make_room(Datagram& datagram, std::size_t octets) {
  if (datagram.octets.size() >= octets) return true;
  // The first fragment tells little about the whole; two steps keep small datagrams small and growth rare.
  std::size_t const wanted = octets <= 8192 ? 8192 : longest_datagram + 1;
  std::size_t const grown = wanted - datagram.octets.capacity();
  if (held_octets_ + grown > most_octets_) {
    for (auto& other : datagrams_) {
      if (!other.used) release(other, false);
    }
  }
  while (held_octets_ + grown > most_octets_) {
    auto* oldest = longest_waiting(&datagram);
    if (!oldest) return false;
    ++counters_.fragments_octets_full;
    release(*oldest, false);
  }
  held_octets_ -= datagram.octets.capacity();
  std::vector<std::uint8_t> larger(wanted);
  std::copy(datagram.octets.begin(), datagram.octets.end(), larger.begin());
  datagram.octets.swap(larger);
  held_octets_ += datagram.octets.capacity();
  return true;
}

bool FragmentTable::insert(Datagram& datagram, IpPacket const& fragment) {
  Range const fresh{fragment.fragment_offset,
                    fragment.fragment_offset + static_cast<std::uint32_t>(fragment.payload.size())};
  if (fresh.end > longest_datagram || (fragment.more_fragments && fragment.payload.size() % 8) ||
      fresh.begin == fresh.end) {
    return ++counters_.fragments_bad, false;
  }
  auto* const begin = datagram.received.data();
  auto* const end = begin + datagram.ranges;
  auto const highest = datagram.ranges ? end[-1].end : 0;
  if (!fragment.more_fragments) {
    if ((datagram.total && datagram.total != fresh.end) || highest > fresh.end) return ++counters_.fragments_bad, false;
    datagram.total = fresh.end;
  } else if (datagram.total && fresh.end > datagram.total) {
    return ++counters_.fragments_bad, false;
  }
  if (!make_room(datagram, fresh.end)) return ++counters_.fragments_octets_full, false;

  auto* const octets = datagram.octets.data();
  bool differs = false, overlaps = false;
  Range whole = fresh;
  auto copied = fresh.begin;  // everything of `fresh` before it is in the buffer
  auto const copy_until = [&](std::uint32_t until) {
    if (until > copied) std::memcpy(octets + copied, fragment.payload.data() + (copied - fresh.begin), until - copied);
    copied = std::max(copied, until);
  };
  auto* const first = std::find_if(begin, end, [&](Range const& range) { return range.end >= fresh.begin; });
  auto* last = first;
  for (; last != end && last->begin <= fresh.end; ++last) {
    auto const from = std::max(last->begin, fresh.begin), to = std::min(last->end, fresh.end);
    copy_until(std::min(last->begin, fresh.end));
    if (to > from) {
      overlaps = true;
      differs |= std::memcmp(octets + from, fragment.payload.data() + (from - fresh.begin), to - from) != 0;
      copied = std::max(copied, to);
    }
    whole.begin = std::min(whole.begin, last->begin);
    whole.end = std::max(whole.end, last->end);
  }
  copy_until(fresh.end);
  bool const exact_copy =
      overlaps && !differs && last == first + 1 && whole.begin == first->begin && whole.end == first->end;
  if (overlaps && fragment.version == 6 && !exact_copy) return ++counters_.fragments_overlapping, false;
  if (differs) ++counters_.fragments_conflicting;

  if (first == last) {
    if (datagram.ranges == datagram.received.size()) return ++counters_.fragments_bad, false;
    std::copy_backward(first, end, end + 1);
    ++datagram.ranges;
  } else {
    std::copy(last, end, first + 1);
    datagram.ranges = static_cast<std::uint8_t>(datagram.ranges - (last - first - 1));
  }
  *first = whole;
  return true;
}

std::optional<IpPacket> FragmentTable::take(IpPacket const& fragment, std::uint32_t vlan, Time time) {
  ++counters_.fragments;
  if (fragment.missing) return std::nullopt;
  auto* datagram = find_or_open(hash_of(key_, fragment, vlan), fragment, time);
  if (fragment.fragment_offset == 0) datagram->protocol = fragment.protocol;
  if (!insert(*datagram, fragment)) {
    release(*datagram, true);
    return std::nullopt;
  }
  bool const complete = datagram->total && datagram->ranges == 1 && datagram->received[0].begin == 0 &&
                        datagram->received[0].end == datagram->total;
  if (!complete) return std::nullopt;
  ++counters_.fragments_reassembled;
  release(*datagram, true);
  IpPacket whole = fragment;
  whole.protocol = datagram->protocol;
  whole.fragment = whole.more_fragments = false;
  whole.fragment_offset = 0;
  whole.payload = Bytes(datagram->octets).first(datagram->total);
  return whole;
}

}  // namespace greywatch::agent
