#include "agent/dissect/mms/iec61850.hpp"

#include <algorithm>

#include "agent/dissect/mms/value.hpp"

namespace greywatch::agent::mms::iec61850 {

namespace {

using asn1::BerReader;
using asn1::Element;

/// Tags of Data. ISO 9506-2.
enum Datum : std::uint32_t {
  structure = 2,
  boolean = 3,
  bit_string = 4,
  integer = 5,
  natural = 6,
  octet_string = 9,
  visible_string = 10,
  binary_time = 12,
  utc_time = 17
};

/// The next part of a name, up to the next "$".
std::string_view next_part(std::string_view& rest) {
  auto const end = std::min(rest.find('$'), rest.size());
  auto const part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

constexpr Meaning controls[] = {
    {Operation::control, "Oper"},
    {Operation::control, "Cancel"},
    {Operation::select, "SBOw"},
    {Operation::select, "SBO"},
};

/// Functional constraints whose values are the configuration of a device. 7-2, table B.1.
constexpr std::string_view configured[] = {"CF", "DC", "EX", "SE", "SG", "GO", "GS", "MS", "US"};

void take_origin(Element const& element, std::optional<std::int64_t>& category, std::optional<Bytes>& identity) {
  BerReader in(element);
  if (auto const part = in.next()) category = asn1::read_signed(part->contents);
  if (auto const part = in.next()) identity = part->contents;
}

/// Takes the elements of a report in their order; one that is not what it must be ends it.
class Taker {
 public:
  explicit Taker(BerReader& in) : in_(in) {}
  Bytes take(std::uint32_t tag) {
    auto const element = in_.next_if(asn1::TagClass::context, tag);
    if (!element) fits_ = false;
    return element ? element->contents : Bytes{};
  }
  std::optional<std::uint64_t> take_number() {
    auto element = in_.next_if(asn1::TagClass::context, natural);
    if (!element) element = in_.next_if(asn1::TagClass::context, integer);
    if (!element) fits_ = false;
    return element ? asn1::read_unsigned(element->contents) : std::nullopt;
  }
  std::optional<bool> take_boolean() {
    auto const contents = take(boolean);
    return contents.empty() ? std::nullopt : std::optional(contents[0] != 0);
  }
  bool fits() const { return fits_; }

 private:
  BerReader& in_;
  bool fits_ = true;
};

}  // namespace

std::optional<Meaning> meaning_of(std::string_view item, bool write) {
  auto rest = item;
  next_part(rest);  // the logical node
  auto const constraint = next_part(rest);
  if (constraint == "CO") {
    while (!rest.empty()) {
      auto const part = next_part(rest);
      auto const row = std::ranges::find(controls, part, &Meaning::service);
      if (row == std::end(controls)) continue;
      if (write || row->service == "SBO") return *row;
      return std::nullopt;
    }
    return write ? std::optional(Meaning{Operation::control, {}}) : std::nullopt;
  }
  if (!write) return std::nullopt;
  if (constraint == "SP" && next_part(rest) == "SGCB") return Meaning{Operation::configure, "SGCB"};
  if (std::ranges::find(configured, constraint) != std::end(configured)) return Meaning{Operation::configure, {}};
  return std::nullopt;
}

std::optional<Report> read_report(Element const& results) {
  Report report{BerReader(results)};
  Taker in(report.rest);
  report.rpt_id = as_text(in.take(visible_string));
  report.opt_flds = in.take(bit_string);
  if (!in.fits() || asn1::bit_count(report.opt_flds) < 9) return std::nullopt;
  if (report.option(sequence_number)) report.sq_num = in.take_number();
  if (report.option(report_time_stamp)) report.time_of_entry = in.take(binary_time);
  if (report.option(data_set_name)) report.dat_set = as_text(in.take(visible_string));
  if (report.option(buffer_overflow)) report.buf_ovfl = in.take_boolean();
  if (report.option(entry_id)) report.entry_id = in.take(octet_string);
  if (report.option(conf_revision)) report.conf_rev = in.take_number();
  if (report.option(segmentation)) {
    report.sub_sq_num = in.take_number();
    report.more_segments_follow = in.take_boolean();
  }
  report.inclusion = in.take(bit_string);
  if (!in.fits()) return std::nullopt;
  auto const bits = asn1::bit_count(report.inclusion);
  for (std::size_t bit = 0; bit < bits; ++bit) report.included += asn1::read_bit(report.inclusion, bit) ? 1u : 0u;
  return report;
}

std::optional<Control> read_control(Element const& whole) {
  if (!whole.is_context(structure)) return std::nullopt;
  BerReader in(whole);
  auto const value = in.next();
  if (!value) return std::nullopt;
  Control control{.ctl_val = *value};
  while (auto const part = in.next()) {
    switch (part->tag) {
      case structure:
        take_origin(*part, control.or_cat, control.or_ident);
        break;
      case integer:
      case natural:
        control.ctl_num = asn1::read_unsigned(part->contents);
        break;
      case utc_time:  // the last one: operTm, where there is one, stands before origin
      case binary_time:
        control.t = part->contents;
        break;
      case boolean:
        if (!part->contents.empty()) control.test = part->contents[0] != 0;
        break;
      case bit_string:
        control.check = part->contents;
        break;
      default:
        break;
    }
  }
  if (!control.or_cat && !control.ctl_num) return std::nullopt;
  return control;
}

std::optional<LastApplError> read_last_appl_error(Element const& whole) {
  if (!whole.is_context(structure)) return std::nullopt;
  BerReader in(whole);
  auto const object = in.next_if(asn1::TagClass::context, visible_string);
  auto const error = in.next_if(asn1::TagClass::context, integer);
  auto const origin = in.next_if(asn1::TagClass::context, structure);
  if (!object || !error || !origin) return std::nullopt;
  LastApplError read{.cntrl_obj = as_text(object->contents), .error = asn1::read_signed(error->contents).value_or(0)};
  take_origin(*origin, read.or_cat, read.or_ident);
  if (auto const count = in.next()) read.ctl_num = asn1::read_unsigned(count->contents);
  if (auto const cause = in.next()) read.add_cause = asn1::read_signed(cause->contents).value_or(0);
  return read;
}

namespace {

/// ReasonCode. 8-1, table 37; application trigger is of edition 2.
constexpr std::string_view reasons[] = {"",          "data_change",           "quality_change",     "data_update",
                                        "integrity", "general_interrogation", "application_trigger"};

void describe_rest(Report const& report, FieldSink& sink) {
  auto in = report.rest;
  for (std::uint32_t n = 0; report.option(data_reference) && n < report.included; ++n)
    if (auto const reference = in.next_if(asn1::TagClass::context, visible_string))
      tell("mms.report.data_reference", Kind::text, reference->contents, sink);
  for (std::uint32_t n = 0; n < report.included && in.next(); ++n) {
  }
  if (!report.option(reason_for_inclusion)) return;
  while (auto const reason = in.next_if(asn1::TagClass::context, bit_string))
    for (std::size_t bit = 1; bit < std::size(reasons); ++bit)
      if (asn1::read_bit(reason->contents, bit)) sink.field("mms.report.reason", reasons[bit]);
}

}  // namespace

void describe(Report const& report, FieldSink& sink) {
  tell("mms.report.rpt_id", Kind::text, as_bytes(report.rpt_id), sink);
  tell("mms.report.opt_flds", Kind::bits, report.opt_flds, sink);
  if (report.sq_num) sink.field("mms.report.sq_num", *report.sq_num);
  if (report.option(report_time_stamp)) tell("mms.report.time_of_entry", Kind::binary_time, report.time_of_entry, sink);
  if (report.dat_set) tell("mms.report.dat_set", Kind::text, as_bytes(*report.dat_set), sink);
  if (report.buf_ovfl) sink.field("mms.report.buf_ovfl", *report.buf_ovfl);
  if (report.entry_id) tell_octets("mms.report.entry_id", *report.entry_id, sink);
  if (report.conf_rev) sink.field("mms.report.conf_rev", *report.conf_rev);
  if (report.sub_sq_num) sink.field("mms.report.sub_sq_num", *report.sub_sq_num);
  if (report.more_segments_follow) sink.field("mms.report.more_segments_follow", *report.more_segments_follow);
  tell("mms.report.inclusion", Kind::bits, report.inclusion, sink);
  sink.field("mms.report.included", std::uint64_t{report.included});
  describe_rest(report, sink);
}

void describe(Control const& control, FieldSink& sink) {
  if (auto const value = number(control.ctl_val)) sink.field("mms.control.ctl_val", *value);
  if (control.or_cat) sink.field("mms.control.or_cat", *control.or_cat);
  if (control.or_ident) tell_octets("mms.control.or_ident", *control.or_ident, sink);
  if (control.ctl_num) sink.field("mms.control.ctl_num", *control.ctl_num);
  tell("mms.control.t", control.t.size() == 8 ? Kind::utc_time : Kind::binary_time, control.t, sink);
  if (control.test) sink.field("mms.control.test", *control.test);
  if (control.check.empty()) return;
  sink.field("mms.control.synchrocheck", asn1::read_bit(control.check, 0));
  sink.field("mms.control.interlock_check", asn1::read_bit(control.check, 1));
}

void describe(LastApplError const& error, FieldSink& sink) {
  tell("mms.last_appl_error.cntrl_obj", Kind::text, as_bytes(error.cntrl_obj), sink);
  sink.field("mms.last_appl_error.error", error.error);
  if (error.or_cat) sink.field("mms.last_appl_error.or_cat", *error.or_cat);
  if (error.or_ident) tell_octets("mms.last_appl_error.or_ident", *error.or_ident, sink);
  if (error.ctl_num) sink.field("mms.last_appl_error.ctl_num", *error.ctl_num);
  sink.field("mms.last_appl_error.add_cause", error.add_cause);
}

}  // namespace greywatch::agent::mms::iec61850
