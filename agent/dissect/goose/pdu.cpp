#include "agent/dissect/goose/pdu.hpp"

#include "agent/dissect/asn1/ber.hpp"
#include "agent/dissect/goose/data.hpp"

namespace greywatch::agent::goose {
namespace {

/// How each element is called, by its tag, and whether it may be absent.
struct Row {
  std::string_view name;
  bool optional;
};
constexpr Row rows[Pdu::tags] = {
    {"gocb_ref", false},
    {"time_allowed_to_live", false},
    {"dat_set", false},
    {"go_id", true},
    {"t", false},
    {"st_num", false},
    {"sq_num", false},
    {"simulation", true},
    {"conf_rev", false},
    {"nds_com", true},
    {"num_dat_set_entries", false},
    {"all_data", false},
    {"security", true},
};

bool read_boolean(Bytes contents, bool& value) {
  if (contents.size() != 1) return false;
  value = contents[0] != 0;
  return true;
}

/// False when the contents have no value of their type.
bool read_element(asn1::Element const& element, Pdu& pdu) {
  auto const contents = element.contents;
  switch (static_cast<Pdu::Tag>(element.tag)) {
    case Pdu::gocb_ref_tag:
      pdu.gocb_ref = as_text(contents);
      return true;
    case Pdu::time_allowed_to_live_tag:
      return iec61850::read_u32(contents, pdu.time_allowed_to_live);
    case Pdu::dat_set_tag:
      pdu.dat_set = as_text(contents);
      return true;
    case Pdu::go_id_tag:
      pdu.go_id = as_text(contents);
      return true;
    case Pdu::t_tag:
      pdu.t = iec61850::read_utc_time(contents);
      return contents.size() == iec61850::utc_time_octets;
    case Pdu::st_num_tag:
      return iec61850::read_u32(contents, pdu.st_num);
    case Pdu::sq_num_tag:
      return iec61850::read_u32(contents, pdu.sq_num);
    case Pdu::simulation_tag:
      return read_boolean(contents, pdu.simulation);
    case Pdu::conf_rev_tag:
      return iec61850::read_u32(contents, pdu.conf_rev);
    case Pdu::nds_com_tag:
      return read_boolean(contents, pdu.nds_com);
    case Pdu::num_dat_set_entries_tag:
      return iec61850::read_u32(contents, pdu.num_dat_set_entries);
    case Pdu::all_data_tag:
      pdu.all_data = contents;
      return element.constructed;
    case Pdu::security_tag:
      pdu.security = contents;
      return true;
    case Pdu::tags:
      break;
  }
  return false;
}

void check_all_data(Pdu& pdu, std::size_t offset) {
  auto const data = check_data(pdu.all_data, offset);
  pdu.unknown_data = data.unknown_tag;
  if (pdu.malformed) return;
  if (data.malformed)
    pdu.malformed = data.malformed;
  else if (data.entries != pdu.num_dat_set_entries)
    pdu.malformed = Malformed{Defect::bad_value, offset, "num_dat_set_entries"};
}

}  // namespace

Pdu read_pdu(Bytes contents, std::size_t offset) {
  Pdu pdu;
  asn1::BerReader in(contents, offset);
  std::uint32_t next = 0;
  auto const refuse = [&](Malformed why) {
    if (!pdu.malformed) pdu.malformed = why;
  };
  auto const miss = [&](std::uint32_t until, std::size_t at) {
    for (; next < until; ++next)
      if (!rows[next].optional) refuse({Defect::bad_value, at, rows[next].name});
  };
  while (auto const element = in.next()) {
    if (element->tag_class != asn1::TagClass::context || element->tag < next || element->tag >= Pdu::tags) {
      refuse({Defect::bad_value, element->offset, "element"});
      return pdu;
    }
    miss(element->tag, element->offset);
    next = element->tag + 1;
    if (!read_element(*element, pdu)) {
      refuse({Defect::bad_value, element->offset, rows[element->tag].name});
      continue;
    }
    pdu.present |= 1u << element->tag;
    if (element->tag == Pdu::all_data_tag) check_all_data(pdu, element->offset);
  }
  if (in.failed())
    refuse(in.error(next < Pdu::tags ? rows[next].name : std::string_view("element")));
  else
    miss(Pdu::tags, offset + contents.size());
  return pdu;
}

void describe(Pdu const& pdu, FieldSink& sink) {
  static constexpr iec61850::UtcTimeNames t_names{"goose.t", "goose.leap_seconds_known", "goose.clock_failure",
                                                  "goose.clock_not_synchronized", "goose.time_accuracy"};
  auto const number = [&](Pdu::Tag tag, std::string_view name, std::uint32_t value) {
    if (pdu.has(tag)) sink.field(name, std::uint64_t{value});
  };
  auto const text = [&](Pdu::Tag tag, std::string_view name, std::string_view value) {
    if (pdu.has(tag)) sink.field(name, value);
  };
  auto const flag = [&](Pdu::Tag tag, std::string_view name, bool value) {
    if (pdu.has(tag)) sink.field(name, value);
  };
  text(Pdu::gocb_ref_tag, "goose.gocb_ref", pdu.gocb_ref);
  number(Pdu::time_allowed_to_live_tag, "goose.time_allowed_to_live", pdu.time_allowed_to_live);
  text(Pdu::dat_set_tag, "goose.dat_set", pdu.dat_set);
  text(Pdu::go_id_tag, "goose.go_id", pdu.go_id);
  if (pdu.has(Pdu::t_tag)) describe(pdu.t, t_names, sink);
  number(Pdu::st_num_tag, "goose.st_num", pdu.st_num);
  number(Pdu::sq_num_tag, "goose.sq_num", pdu.sq_num);
  flag(Pdu::simulation_tag, "goose.simulation", pdu.simulation);
  number(Pdu::conf_rev_tag, "goose.conf_rev", pdu.conf_rev);
  flag(Pdu::nds_com_tag, "goose.nds_com", pdu.nds_com);
  number(Pdu::num_dat_set_entries_tag, "goose.num_dat_set_entries", pdu.num_dat_set_entries);
  describe_data(pdu.all_data, sink);
  iec61850::name_octets("goose.security", pdu.security, sink);
}

}  // namespace greywatch::agent::goose
