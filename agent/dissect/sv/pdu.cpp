#include "agent/dissect/sv/pdu.hpp"

namespace greywatch::agent::sv {
namespace {

using asn1::BerReader;
using asn1::Element;

constexpr std::uint32_t no_asdu_tag = 0, security_tag = 1, seq_asdu_tag = 2;
constexpr std::size_t gm_identity_octets = 8;

struct Row {
  std::string_view name;
  bool optional;
};
constexpr Row rows[Asdu::tags] = {
    {"sv_id", false},     {"dat_set", true},  {"smp_cnt", false}, {"conf_rev", false}, {"refr_tm", true},
    {"smp_synch", false}, {"smp_rate", true}, {"sample", false},  {"smp_mod", true},   {"gm_identity", true},
};

/// Numbers have fixed sizes here and no sign. IEC 61850-9-2:2011, table 15.
bool read_number(Bytes contents, std::size_t most, std::uint32_t& value) {
  if (contents.empty() || contents.size() > most) return false;
  value = 0;
  for (auto octet : contents) value = value << 8 | octet;
  return true;
}

bool read_element(Element const& element, Asdu& asdu) {
  auto const contents = element.contents;
  switch (static_cast<Asdu::Tag>(element.tag)) {
    case Asdu::sv_id_tag:
      asdu.sv_id = as_text(contents);
      return true;
    case Asdu::dat_set_tag:
      asdu.dat_set = as_text(contents);
      return true;
    case Asdu::smp_cnt_tag:
      return read_number(contents, 4, asdu.smp_cnt);
    case Asdu::conf_rev_tag:
      return read_number(contents, 4, asdu.conf_rev);
    case Asdu::refr_tm_tag:
      asdu.refr_tm = iec61850::read_utc_time(contents);
      return contents.size() == iec61850::utc_time_octets;
    case Asdu::smp_synch_tag:
      return read_number(contents, 1, asdu.smp_synch);
    case Asdu::smp_rate_tag:
      return read_number(contents, 4, asdu.smp_rate);
    case Asdu::sample_tag:
      asdu.sample = contents;
      return true;
    case Asdu::smp_mod_tag:
      return read_number(contents, 2, asdu.smp_mod);
    case Asdu::gm_identity_tag:
      asdu.gm_identity = contents;
      return contents.size() == gm_identity_octets;
    case Asdu::tags:
      break;
  }
  return false;
}

/// 9-2LE and IEC 61869-9: each channel is an INT32 and a quality of 32 bits.
constexpr std::size_t channel_octets = 8;

void describe_sample(Bytes sample, FieldSink& sink) {
  iec61850::name_octets("sv.sample", sample, sink);
  if (sample.size() % channel_octets != 0) return;
  Reader in(sample);
  while (in.left() != 0) {
    sink.field("sv.value", std::int64_t{static_cast<std::int32_t>(in.be32())});
    auto const quality = in.be32();
    sink.field("sv.quality", std::uint64_t{quality});
    sink.field("sv.validity", std::uint64_t{quality & 3});
  }
}

void describe_asdu(Asdu const& asdu, FieldSink& sink) {
  static constexpr iec61850::UtcTimeNames refr_tm_names{"sv.refr_tm", "sv.leap_seconds_known", "sv.clock_failure",
                                                        "sv.clock_not_synchronized", "sv.time_accuracy"};
  auto const number = [&](Asdu::Tag tag, std::string_view name, std::uint32_t value) {
    if (asdu.has(tag)) sink.field(name, std::uint64_t{value});
  };
  if (asdu.has(Asdu::sv_id_tag)) sink.field("sv.sv_id", asdu.sv_id);
  if (asdu.has(Asdu::dat_set_tag)) sink.field("sv.dat_set", asdu.dat_set);
  number(Asdu::smp_cnt_tag, "sv.smp_cnt", asdu.smp_cnt);
  number(Asdu::conf_rev_tag, "sv.conf_rev", asdu.conf_rev);
  if (asdu.has(Asdu::refr_tm_tag)) describe(asdu.refr_tm, refr_tm_names, sink);
  number(Asdu::smp_synch_tag, "sv.smp_synch", asdu.smp_synch);
  number(Asdu::smp_rate_tag, "sv.smp_rate", asdu.smp_rate);
  if (asdu.has(Asdu::sample_tag)) describe_sample(asdu.sample, sink);
  number(Asdu::smp_mod_tag, "sv.smp_mod", asdu.smp_mod);
  iec61850::name_octets("sv.gm_identity", asdu.gm_identity, sink);
}

bool is_asdu(Element const& element) { return element.is_universal(asn1::sequence) && element.constructed; }

void read_asdus(Element const& sequence, Pdu& pdu) {
  BerReader in(sequence);
  std::uint32_t count = 0;
  while (auto const element = in.next()) {
    if (!is_asdu(*element)) {
      pdu.malformed = Malformed{Defect::bad_value, element->offset, "asdu"};
      return;
    }
    if (count == most_asdus) {
      pdu.malformed = Malformed{Defect::bad_length, element->offset, "no_asdu"};
      return;
    }
    auto const asdu = read_asdu(*element);
    if (asdu.malformed) pdu.malformed = asdu.malformed;
    if (count++ == 0) {
      pdu.first = pdu.last = asdu;
      pdu.own = 1;
    } else if (asdu.sv_id == pdu.first.sv_id) {
      pdu.own_in_order = pdu.own_in_order && follows(asdu.smp_cnt, pdu.last.smp_cnt);
      pdu.last = asdu;
      ++pdu.own;
    }
    if (pdu.malformed) return;
  }
  if (in.failed()) pdu.malformed = in.error("asdu");
  // Without any, nothing was said.
  else if (count != pdu.no_asdu || count == 0)
    pdu.malformed = Malformed{Defect::bad_value, sequence.offset, "no_asdu"};
}

}  // namespace

Asdu read_asdu(Element const& element) {
  Asdu asdu;
  BerReader in(element);
  std::uint32_t next = 0;
  auto const refuse = [&](Malformed why) {
    if (!asdu.malformed) asdu.malformed = why;
  };
  auto const miss = [&](std::uint32_t until, std::size_t at) {
    for (; next < until; ++next)
      if (!rows[next].optional) refuse({Defect::bad_value, at, rows[next].name});
  };
  while (auto const part = in.next()) {
    if (part->tag_class != asn1::TagClass::context || part->tag < next || part->tag >= Asdu::tags) {
      refuse({Defect::bad_value, part->offset, "element"});
      return asdu;
    }
    miss(part->tag, part->offset);
    next = part->tag + 1;
    if (read_element(*part, asdu))
      asdu.present = static_cast<std::uint16_t>(asdu.present | 1u << part->tag);
    else
      refuse({Defect::bad_value, part->offset, rows[part->tag].name});
  }
  if (in.failed())
    refuse(in.error(next < Asdu::tags ? rows[next].name : std::string_view("element")));
  else
    miss(Asdu::tags, element.offset + element.contents.size());
  return asdu;
}

Pdu read_pdu(Bytes contents, std::size_t offset) {
  Pdu pdu;
  BerReader in(contents, offset);
  auto element = in.next();
  if (!element || !element->is_context(no_asdu_tag) || !read_number(element->contents, 2, pdu.no_asdu)) {
    pdu.malformed = in.failed() ? in.error("no_asdu") : Malformed{Defect::bad_value, offset, "no_asdu"};
    return pdu;
  }
  pdu.has_no_asdu = true;
  element = in.next();
  if (element && element->is_context(security_tag)) {
    pdu.security = element->contents;
    element = in.next();
  }
  if (!element || !element->is_context(seq_asdu_tag) || !element->constructed) {
    pdu.malformed = in.failed() ? in.error("seq_asdu") : Malformed{Defect::bad_value, offset, "seq_asdu"};
    return pdu;
  }
  pdu.asdus = element->contents;
  pdu.asdus_at = element->offset;
  read_asdus(*element, pdu);
  if (!pdu.malformed && !in.done())
    pdu.malformed = Malformed{Defect::trailing, element->offset + element->contents.size(), "element"};
  return pdu;
}

void describe(Pdu const& pdu, FieldSink& sink) {
  if (!pdu.has_no_asdu) return;
  sink.field("sv.no_asdu", std::uint64_t{pdu.no_asdu});
  iec61850::name_octets("sv.security", pdu.security, sink);
  BerReader in(pdu.asdus, pdu.asdus_at);
  for (std::uint32_t count = 0; count < most_asdus; ++count) {
    auto const element = in.next();
    if (!element || !is_asdu(*element)) return;
    auto const asdu = read_asdu(*element);
    describe_asdu(asdu, sink);
    if (asdu.malformed) return;
  }
}

}  // namespace greywatch::agent::sv
