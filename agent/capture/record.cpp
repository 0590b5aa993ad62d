#include "agent/capture/record.hpp"

#include <fmt/format.h>

namespace greywatch::agent {

bool is_read(std::uint32_t link) {
  switch (static_cast<LinkType>(link)) {
    case LinkType::bsd_null:
    case LinkType::ethernet:
    case LinkType::raw_ip:
    case LinkType::bsd_loop:
    case LinkType::linux_sll:
    case LinkType::ipv4:
    case LinkType::ipv6:
    case LinkType::linux_sll2:
      return link <= 0xFFFF;
  }
  return false;
}

bool Emission::begin(std::uint32_t link) {
  if (is_read(link)) {
    link_ = link;
    return true;
  }
  // The map's bound: a hostile file may name a new link type for every interface.
  if (counters_.unread_link_types.size() < 16 || counters_.unread_link_types.contains(link))
    ++counters_.unread_link_types[link];
  return false;
}

std::unexpected<Refusal> damaged(Source const& source, std::string_view what) {
  return refuse(fmt::format("{}: damaged at octet {}: {}", source.name(), source.offset(), what));
}

Result<void, Refusal> finished(Source const& source) {
  if (source.error())
    return refuse(fmt::format("{}: reading failed at octet {}: {}", source.name(), source.offset(),
                              std::strerror(source.error())));
  return {};
}

}  // namespace greywatch::agent
