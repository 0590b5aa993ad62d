#include "agent/dissect/goose/data.hpp"

#include <algorithm>
#include <cmath>

#include "agent/dissect/iec61850/values.hpp"

namespace greywatch::agent::goose {
namespace {

using asn1::BerReader;
using asn1::Element;

/// The alternatives and how many octets their contents may have.
struct Alternative {
  std::uint32_t tag;
  bool constructed;
  std::size_t least, most;
};
constexpr auto any = std::size_t(-1);
constexpr Alternative alternatives[] = {
    {array, true, 0, any},
    {structure, true, 0, any},
    {boolean, false, 1, 1},
    {bit_string, false, 1, any},
    {integer, false, 1, 9},
    {unsigned_integer, false, 1, 9},
    {floating_point, false, 5, 9},
    {real, false, 0, any},
    {octet_string, false, 0, any},
    {visible_string, false, 0, any},
    {generalized_time, false, 0, any},
    {binary_time, false, 4, 6},
    {bcd, false, 1, 9},
    {boolean_array, false, 1, any},
    {obj_id, false, 1, any},
    {mms_string, false, 0, any},
    {utc_time, false, iec61850::utc_time_octets, iec61850::utc_time_octets},
};

Alternative const* find(Element const& element) {
  if (element.tag_class != asn1::TagClass::context) return nullptr;
  auto const* row = std::ranges::find(alternatives, element.tag, &Alternative::tag);
  return row != std::end(alternatives) ? row : nullptr;
}

bool is_good(Element const& element, Alternative const& row) {
  auto const size = element.contents.size();
  if (element.constructed != row.constructed || size < row.least || size > row.most) return false;
  bool const bits = row.tag == bit_string || row.tag == boolean_array;
  return !bits || (element.contents[0] < 8 && (size > 1 || element.contents[0] == 0));
}

void check(BerReader level, unsigned depth, DataSummary& summary) {
  while (auto const element = level.next()) {
    if (depth == 0) ++summary.entries;
    auto const* row = find(*element);
    if (!row) {
      if (!summary.unknown_tag) summary.unknown_tag = element->tag;
      continue;
    }
    if (!is_good(*element, *row)) {
      summary.malformed = Malformed{Defect::bad_value, element->offset, "data"};
      return;
    }
    if (!element->constructed) continue;
    if (depth + 1 == deepest_data) {
      summary.malformed = Malformed{Defect::too_deep, element->offset, "data"};
      return;
    }
    check(BerReader(*element), depth + 1, summary);
    if (summary.malformed) return;
  }
  if (level.failed()) summary.malformed = level.error("data");
}

/// An integer of up to nine octets: those that fixed-length encodings put in front of eight repeat its sign.
Bytes last_eight(Bytes contents) { return contents.size() == 9 ? contents.subspan(1) : contents; }

/// ISO 9506-2, 14.4.2.2: an octet with the width of the exponent, then the number after IEEE 754.
void name_float(Bytes contents, FieldSink& sink) {
  Reader in(contents);
  auto const exponent = in.u8();
  if (exponent == 8 && contents.size() == 5)
    sink.field("goose.float_value", double{in.be_float()});
  else if (exponent == 11 && contents.size() == 9)
    sink.field("goose.float_value", std::bit_cast<double>(in.be64()));
  else
    iec61850::name_octets("goose.floating_point", contents, sink);
}

/// IEC 61850-8-1:2011, 8.2.1: a quality is a bit string of 13. As a number its bit 0 is the lowest one.
constexpr std::size_t quality_bits = 13;
void name_bits(Bytes contents, FieldSink& sink) {
  iec61850::name_octets("goose.bit_string", contents.subspan(1), sink);
  if (asn1::bit_count(contents) != quality_bits) return;
  std::uint64_t quality = 0;
  for (std::size_t bit = 0; bit < quality_bits; ++bit) quality |= std::uint64_t{asn1::read_bit(contents, bit)} << bit;
  sink.field("goose.quality", quality);
}

void name_value(Element const& element, FieldSink& sink) {
  auto const contents = element.contents;
  switch (element.tag) {
    case boolean:
      return sink.field("goose.boolean", contents[0] != 0);
    case bit_string:
      return name_bits(contents, sink);
    case integer:
      return sink.field("goose.integer", asn1::read_signed(last_eight(contents)).value_or(0));
    case unsigned_integer:
      return sink.field("goose.unsigned", asn1::read_unsigned(last_eight(contents)).value_or(0));
    case floating_point:
      return name_float(contents, sink);
    case real:
      return iec61850::name_octets("goose.real", contents, sink);
    case octet_string:
      return iec61850::name_octets("goose.octet_string", contents, sink);
    case visible_string:
      return sink.field("goose.visible_string", as_text(contents));
    case generalized_time:
      return sink.field("goose.generalized_time", as_text(contents));
    case binary_time:
      return iec61850::name_octets("goose.binary_time", contents, sink);
    case bcd:
      return sink.field("goose.bcd", asn1::read_signed(last_eight(contents)).value_or(0));
    case boolean_array:
      return iec61850::name_octets("goose.boolean_array", contents.subspan(1), sink);
    case obj_id: {
      char text[128];
      return sink.field("goose.obj_id", asn1::write_oid(contents, text));
    }
    case mms_string:
      return sink.field("goose.mms_string", as_text(contents));
    case utc_time:
      return iec61850::name_time("goose.utc_time", iec61850::read_utc_time(contents), sink);
    default:
      return;
  }
}

/// False at what is malformed: nothing more is named then.
bool describe_level(BerReader level, unsigned depth, FieldSink& sink) {
  while (auto const element = level.next()) {
    auto const* row = find(*element);
    if (row && !is_good(*element, *row)) return false;
    sink.field("goose.data", std::uint64_t{element->tag});
    if (!row) {
      iec61850::name_octets("goose.data_raw", element->contents, sink);
      continue;
    }
    if (!element->constructed) {
      name_value(*element, sink);
      continue;
    }
    if (depth + 1 == deepest_data || !describe_level(BerReader(*element), depth + 1, sink)) return false;
  }
  return !level.failed();
}

}  // namespace

DataSummary check_data(Bytes octets, std::size_t offset) {
  DataSummary summary;
  check(BerReader(octets, offset), 0, summary);
  return summary;
}

void describe_data(Bytes octets, FieldSink& sink) { describe_level(BerReader(octets), 0, sink); }

}  // namespace greywatch::agent::goose
