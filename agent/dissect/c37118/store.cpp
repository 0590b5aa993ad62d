#include "agent/dissect/c37118/store.hpp"

#include <cstring>

namespace greywatch::agent::c37118 {
namespace {

constexpr std::size_t most_kept = 65536;  // of Emitter::keep
constexpr std::uint16_t first_fragment = 1, last_fragment = 65535;

}  // namespace

/// Stands behind each configuration.
struct Store::Trailer {
  std::uint32_t octets, data_octets;
  std::uint16_t idcode;
  Layout layout;
  bool is_void;  ///< fragments that were given up

  static Trailer read(Bytes octets) {
    Trailer trailer{};
    std::memcpy(&trailer, octets.data(), sizeof trailer);
    return trailer;
  }
};

std::optional<Configuration> Store::find(std::uint16_t idcode) const {
  auto kept = emitter_.kept();
  kept = kept.first(kept.size() - fragments_.octets);
  while (kept.size() >= sizeof(Trailer)) {
    auto const trailer = Trailer::read(kept.last(sizeof(Trailer)));
    kept = kept.first(kept.size() - sizeof trailer);
    auto const octets = kept.last(trailer.octets);
    if (trailer.idcode == idcode && !trailer.is_void)
      return known_configuration(octets, trailer.layout, trailer.data_octets);
    kept = kept.first(kept.size() - octets.size());
  }
  return std::nullopt;
}

bool Store::put(std::uint16_t idcode, Configuration const& configuration) {
  auto const octets = configuration.octets;
  abandon_fragments();
  make_room(octets.size());
  return emitter_.keep(octets) && close({.octets = static_cast<std::uint32_t>(octets.size()),
                                         .data_octets = configuration.data_octets,
                                         .idcode = idcode,
                                         .layout = configuration.layout,
                                         .is_void = false});
}

Bytes Store::take_fragment(std::uint16_t idcode, std::uint16_t cont_idx, Bytes octets) {
  if (cont_idx == first_fragment) {
    abandon_fragments();
    // Older configurations must not cost the one that replaces them its place.
    if (emitter_.kept().size() > most_kept / 2) emitter_.drop();
    fragments_ = {.octets = 0, .idcode = idcode, .next = first_fragment};
  }
  bool const expected =
      fragments_.next != 0 && fragments_.idcode == idcode &&
      (cont_idx == fragments_.next || (cont_idx == last_fragment && fragments_.next > first_fragment));
  bool const room = emitter_.kept().size() + octets.size() + sizeof(Trailer) <= most_kept;
  if (!expected || !room || !emitter_.keep(octets)) {
    abandon_fragments();
    return {};
  }
  fragments_.octets += static_cast<std::uint32_t>(octets.size());
  ++fragments_.next;
  return cont_idx == last_fragment ? emitter_.kept().last(fragments_.octets) : Bytes();
}

bool Store::finish_fragments(Configuration const& configuration) {
  auto const done = std::exchange(fragments_, {});
  return close({.octets = done.octets,
                .data_octets = configuration.data_octets,
                .idcode = done.idcode,
                .layout = configuration.layout,
                .is_void = false});
}

void Store::abandon_fragments() {
  auto const done = std::exchange(fragments_, {});
  if (done.octets != 0)
    close({.octets = done.octets, .data_octets = 0, .idcode = 0, .layout = Layout::variable, .is_void = true});
}

bool Store::close(Trailer const& trailer) {
  std::uint8_t octets[sizeof trailer];
  std::memcpy(octets, &trailer, sizeof trailer);
  if (emitter_.keep(octets)) return true;
  emitter_.drop();  // what has no trailer cannot be gone through
  return false;
}

void Store::make_room(std::size_t octets) {
  if (emitter_.kept().size() + octets + sizeof(Trailer) > most_kept) emitter_.drop();
}

}  // namespace greywatch::agent::c37118
