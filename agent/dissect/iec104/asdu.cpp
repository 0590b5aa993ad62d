#include "agent/dissect/iec104/asdu.hpp"

#include <algorithm>

namespace greywatch::agent::iec104 {

namespace {

/// Do objects of fixed size fill the ASDU to the octet?
bool fits(Asdu const& asdu) {
  if (asdu.count == 0 || asdu.type->segmented()) return false;
  std::size_t const address = asdu.sizes.object_address, elements = asdu.type->octets;
  return asdu.objects.size() == (asdu.sequence ? address + asdu.count * elements : asdu.count * (address + elements));
}

}  // namespace

std::optional<Malformed> broken_rule(Bytes octets, Asdu const& asdu) {
  if (asdu.known < identifier_octets(asdu.sizes)) {
    return Malformed{Defect::truncated, octets.size(), "data_unit_identifier"};
  }
  if (!asdu.type || fits(asdu)) return std::nullopt;
  Objects objects(asdu);
  while (objects.next()) {
  }
  auto const end = octets.size() - objects.unread();
  if (objects.missing() > 0) return Malformed{Defect::truncated, end, "information_object"};
  if (objects.unread() > 0) return Malformed{Defect::trailing, end, "information_object"};
  return std::nullopt;
}

Result<Asdu> read_asdu(Bytes octets, FieldSizes const& sizes) {
  Asdu asdu;
  peek_asdu(octets, sizes, asdu);
  if (auto const why = broken_rule(octets, asdu)) return fail(*why);
  return asdu;
}

std::optional<FieldSizes> deviating_sizes(Bytes octets) {
  // The usual profile of -101, then its neighbours; rarer ones would only explain away what was cut off.
  constexpr FieldSizes candidates[] = {{1, 1, 2}, {1, 2, 2}, {1, 2, 3}, {2, 2, 2}};
  for (auto const& sizes : candidates) {
    auto const asdu = read_asdu(octets, sizes);
    if (asdu && asdu->type && asdu->count > 0 && permits(*asdu->type, asdu->cause)) return sizes;
  }
  return std::nullopt;
}

std::size_t Objects::element_octets() const {
  if (!asdu_.type) return in_.left();
  std::size_t const fixed = asdu_.type->octets;
  if (!asdu_.type->segmented()) return fixed;
  auto ahead = in_;
  auto const before = ahead.take(fixed);
  return before.empty() ? fixed : fixed + before.back();  // LOS is the last octet before the segment
}

std::optional<Object> Objects::next() {
  lone_address_.reset();
  if (left_ == 0) return std::nullopt;
  if (!asdu_.type && !first_) return std::nullopt;
  auto const addressed = !asdu_.without_addresses && (first_ || !asdu_.sequence);
  if (addressed) {
    auto const octets = asdu_.sizes.object_address;
    if (in_.left() < octets) return std::nullopt;
    address_ = static_cast<std::uint32_t>(little_endian(in_.take(octets)));
  } else if (!first_) {
    ++address_;
  }
  first_ = false;
  auto const wanted = element_octets();
  if (in_.left() < wanted) {
    if (addressed) lone_address_ = address_;
    return std::nullopt;
  }
  --left_;
  return Object{address_, in_.take(wanted)};
}

}  // namespace greywatch::agent::iec104
