#include "agent/dissect/dnp3/element.hpp"

#include <algorithm>
#include <bit>

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::dnp3 {
namespace {

std::uint64_t bits(Part const& part, std::uint64_t element) {
  if (part.bits == 64) return element;
  return element >> part.first & ((std::uint64_t{1} << part.bits) - 1);
}

std::int64_t signed_bits(Part const& part, std::uint64_t element) {
  auto const unused = 64 - part.bits;
  return static_cast<std::int64_t>(bits(part, element) << unused) >> unused;
}

double floating(Part const& part, std::uint64_t element) {
  return part.bits == 64 ? std::bit_cast<double>(element)
                         : double{std::bit_cast<float>(static_cast<std::uint32_t>(bits(part, element)))};
}

/// Contents of a data set: length of what follows, descriptor code, data type, greatest length, ancillary value. Groups
/// 85 and 86
void describe_descriptors(Bytes octets, FieldSink& sink) {
  Reader in(octets);
  while (in.left() > 0) {
    Reader one(in.take(std::min<std::size_t>(in.u8(), in.left())));
    if (one.left() < 3) continue;
    sink.field("dnp3.data_set.descriptor_code", std::uint64_t{one.u8()});
    sink.field("dnp3.data_set.data_type", std::uint64_t{one.u8()});
    sink.field("dnp3.data_set.max_length", std::uint64_t{one.u8()});
    describe_octets("dnp3.data_set.ancillary", one.rest(), sink);
  }
}

void describe_values(std::string_view name, Bytes octets, FieldSink& sink) {
  Reader in(octets);
  while (in.left() > 0) describe_octets(name, in.take(std::min<std::size_t>(in.u8(), in.left())), sink);
}

}  // namespace

std::uint64_t little_endian(Bytes octets) {
  std::uint64_t value = 0;
  for (std::size_t n = std::min<std::size_t>(octets.size(), 8); n-- > 0;) value = value << 8 | octets[n];
  return value;
}

double number(Part const& part, std::uint64_t element) {
  switch (part.kind) {
    case Kind::signed_number:
      return static_cast<double>(signed_bits(part, element));
    case Kind::ieee754:
      return floating(part, element);
    default:
      return static_cast<double>(bits(part, element));
  }
}

void describe_octets(std::string_view name, Bytes octets, FieldSink& sink) {
  sink.field(name, text::hex(octets).view());
}

void describe(Element element, Bytes octets, FieldSink& sink) {
  auto const all = little_endian(octets);
  for (auto const& part : row(element).parts) {
    switch (part.kind) {
      case Kind::flag:
        sink.field(part.name, bits(part, all) != 0);
        break;
      case Kind::unsigned_number:
        sink.field(part.name, bits(part, all));
        break;
      case Kind::signed_number:
        sink.field(part.name, signed_bits(part, all));
        break;
      case Kind::ieee754:
        sink.field(part.name, floating(part, all));
        break;
      case Kind::text:
        sink.field(part.name, as_text(octets));
        break;
      case Kind::count:
        sink.field(part.name, std::uint64_t{octets.size()});
        break;
      case Kind::octets:
        describe_octets(part.name, octets, sink);
        break;
      case Kind::descriptors:
        describe_descriptors(octets, sink);
        break;
      case Kind::values:
        describe_values(part.name, octets, sink);
        break;
    }
  }
}

}  // namespace greywatch::agent::dnp3
