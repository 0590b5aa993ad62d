#include <cmath>

#include "agent/dissect/dnp3/message.hpp"

namespace greywatch::agent::dnp3 {
namespace {

void describe_link(Link const& link, FieldSink& sink) {
  sink.field("dnp3.link.length", std::uint64_t{link.length});
  sink.field("dnp3.link.dir", link.dir());
  sink.field("dnp3.link.prm", link.prm());
  if (link.prm()) {
    sink.field("dnp3.link.fcb", link.fcb());
    sink.field("dnp3.link.fcv", link.fcv());
    sink.field("dnp3.link.primary_function_code", std::uint64_t{link.function()});
  } else {
    sink.field("dnp3.link.dfc", link.fcv());
    sink.field("dnp3.link.secondary_function_code", std::uint64_t{link.function()});
  }
  if (auto const name = link_function(link.control); !name.empty()) sink.field("dnp3.link.function", name);
  sink.field("dnp3.link.destination", std::uint64_t{link.destination});
  sink.field("dnp3.link.source", std::uint64_t{link.source});
  sink.field("dnp3.link.crc", std::uint64_t{link.crc});
}

void describe_fragment(Fragment const& fragment, FieldSink& sink) {
  sink.field("dnp3.application.fir", fragment.fir());
  sink.field("dnp3.application.fin", fragment.fin());
  sink.field("dnp3.application.con", fragment.con());
  sink.field("dnp3.application.uns", fragment.uns());
  sink.field("dnp3.application.sequence", std::uint64_t{fragment.sequence()});
  sink.field("dnp3.function_code", std::uint64_t{fragment.code});
  if (fragment.function != nullptr) sink.field("dnp3.function", fragment.function->name);
  if (!fragment.is_response()) return;
  sink.field("dnp3.iin", std::uint64_t{fragment.iin});
  for (auto const& indication : indications()) sink.field(indication.name, (fragment.iin & indication.bit) != 0);
}

/// Data types of attributes. IEEE 1815-2012, group 0.
enum class DataType : std::uint8_t { vstr = 1, uint = 2, int_ = 3, flt = 4, ostr = 5, bstr = 6, time = 7 };

/// What a master writes is no attribute of the master: it has a name of its own.
void describe_attribute(ObjectHeader const& header, Bytes octets, bool written, FieldSink& sink) {
  if (octets.size() < 2) return;
  auto const value = octets.subspan(2);
  sink.field("dnp3.attribute", std::uint64_t{header.variation});
  sink.field("dnp3.attribute.data_type", std::uint64_t{octets[0]});
  sink.field("dnp3.attribute.length", std::uint64_t{octets[1]});
  auto const number = little_endian(value);
  auto const unused = 64 - 8 * std::min<std::size_t>(value.size(), 8);
  switch (static_cast<DataType>(octets[0])) {
    case DataType::vstr:
      sink.field(written ? "dnp3.attribute.written" : "dnp3.attribute.text", as_text(value));
      return;
    case DataType::uint:
    case DataType::time:
      sink.field("dnp3.attribute.number", number);
      return;
    case DataType::int_:
      sink.field("dnp3.attribute.signed",
                 value.empty() ? std::int64_t{0} : static_cast<std::int64_t>(number << unused) >> unused);
      return;
    case DataType::flt: {
      constexpr Part single{"", 0, 32, Kind::ieee754}, real{"", 0, 64, Kind::ieee754};
      sink.field("dnp3.attribute.float", dnp3::number(value.size() == 8 ? real : single, number));
      return;
    }
    default:
      describe_octets("dnp3.attribute.octets", value, sink);
  }
}

void describe_object(ObjectHeader const& header, Point const& point, bool request, FieldSink& sink) {
  switch (header.type->layout) {
    case Layout::nothing:
      return;
    case Layout::bits:
      sink.field("dnp3.bit", point.bits != 0);
      return;
    case Layout::bit_pairs:
      sink.field("dnp3.double_bit", std::uint64_t{point.bits});
      return;
    case Layout::string:
      if (header.group == 112 || header.group == 113)
        sink.field("dnp3.virtual_terminal", as_text(point.octets));
      else
        describe_octets("dnp3.octet_string", point.octets, sink);
      return;
    case Layout::attribute:
      describe_attribute(header, point.octets, request, sink);
      return;
    case Layout::elements:
      break;
  }
  Reader in(point.octets);
  for (auto element : header.type->elements) {
    if (element == Element::none) break;
    auto const part = take(element, in);
    if (!in) break;
    if (!part.empty()) describe(element, part, sink);
  }
}

void describe_header(ObjectHeader const& header, FieldSink& sink) {
  sink.field("dnp3.object", static_cast<std::uint64_t>(header.group << 8 | header.variation));
  sink.field("dnp3.group", std::uint64_t{header.group});
  sink.field("dnp3.variation", std::uint64_t{header.variation});
  if (header.type != nullptr) sink.field("dnp3.object_name", header.type->name);
  sink.field("dnp3.object_prefix_code", std::uint64_t{header.prefix_code});
  sink.field("dnp3.range_specifier_code", std::uint64_t{header.range_code});
  if (header.has_range()) {
    sink.field("dnp3.range.start", header.start);
    sink.field("dnp3.range.stop", header.stop);
  }
  if (header.has_count()) sink.field("dnp3.range.count", header.count);
}

}  // namespace

void describe(void const* message, FieldSink& sink) {
  auto const& said = *static_cast<Message const*>(message);
  describe_link(said.link, sink);
  if (said.transport) {
    sink.field("dnp3.transport.fir", said.transport->fir());
    sink.field("dnp3.transport.fin", said.transport->fin());
    sink.field("dnp3.transport.sequence", std::uint64_t{said.transport->sequence()});
  }
  if (!said.fragment) return;
  describe_fragment(*said.fragment, sink);
  ObjectHeaders headers(*said.fragment);
  while (auto const header = headers.next()) {
    describe_header(*header, sink);
    Points points(*header);
    while (auto const point = points.next()) {
      if (point->index) sink.field(header->has_index() ? "dnp3.index" : "dnp3.point_index", *point->index);
      if (point->size) sink.field("dnp3.object_size", std::uint64_t{*point->size});
      if (header->data && header->type != nullptr)
        describe_object(*header, *point, !said.fragment->is_response(), sink);
      else if (header->has_size())
        describe_octets("dnp3.octet_string", point->octets, sink);
    }
  }
  if (!headers.opaque.empty()) describe_octets("dnp3.opaque", headers.opaque, sink);
}

}  // namespace greywatch::agent::dnp3
