#include "agent/dissect/iec104/asdu.hpp"

#include <algorithm>

namespace greywatch::agent::iec104 {

std::size_t identifier_octets(FieldSizes const& sizes) { return std::size_t{2} + sizes.cause + sizes.common_address; }

Asdu peek_asdu(Bytes octets, FieldSizes const& sizes) {
  Reader in(octets);
  Asdu asdu{.type_id = in.u8(), .sizes = sizes};
  asdu.known = static_cast<std::uint8_t>(std::min(octets.size(), identifier_octets(sizes)));
  asdu.type = find_type(asdu.type_id);
  asdu.without_addresses = without_object(asdu.type_id);
  auto const structure = in.u8();
  asdu.sequence = (structure & 0x80) != 0;
  asdu.count = structure & 0x7f;
  auto const cause = in.u8();
  asdu.cause = cause & 0x3f;
  asdu.negative = (cause & 0x40) != 0;
  asdu.test = (cause & 0x80) != 0;
  if (sizes.cause == 2) asdu.originator_address = in.u8();
  asdu.common_address = sizes.common_address == 1 ? in.u8() : in.le16();
  asdu.objects = in.rest();
  return asdu;
}

Result<Asdu> read_asdu(Bytes octets, FieldSizes const& sizes) {
  auto const asdu = peek_asdu(octets, sizes);
  if (asdu.known < identifier_octets(sizes)) return fail({Defect::truncated, octets.size(), "data_unit_identifier"});
  if (!asdu.type) return asdu;
  Objects objects(asdu);
  while (objects.next()) {
  }
  auto const end = octets.size() - objects.unread();
  if (objects.missing() > 0) return fail({Defect::truncated, end, "information_object"});
  if (objects.unread() > 0) return fail({Defect::trailing, end, "information_object"});
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

std::size_t Objects::element_octets() {
  if (!asdu_.type) return in_.left();
  std::size_t sum = 0;
  std::size_t segment_length_at = 0;
  for (auto element : asdu_.type->elements) {
    if (element == Element::none) break;
    if (element == Element::los) segment_length_at = sum;
    if (element == Element::segment) {
      auto ahead = in_;
      auto const before = ahead.take(sum);
      return before.empty() ? sum : sum + before[segment_length_at];
    }
    sum += octets(element);
  }
  return sum;
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
