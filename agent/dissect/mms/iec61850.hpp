#pragma once
#include <optional>
#include <string_view>

#include "agent/dissect/asn1/ber.hpp"
#include "agent/observation.hpp"

/// What IEC 61850-8-1 (2011) makes of MMS: names of items, reports, controls.
namespace greywatch::agent::mms::iec61850 {

/// What an access means by the item's name, LN$FC$…: 8-1, 7.3.
struct Meaning {
  Operation operation;
  std::string_view service;  ///< "Oper", "SBO", "SBOw", "Cancel": the control service; "SGCB"; else empty
};
/// Of a read (write false) or write of the item; nothing when the name says no more than the MMS service does.
std::optional<Meaning> meaning_of(std::string_view item, bool write);

/// A report as it stands in the access results of an informationReport named RPT. 8-1, 17.2.3.
struct Report {
  std::string_view rpt_id;
  Bytes opt_flds;  ///< contents of the bit string, as of inclusion
  std::optional<std::uint64_t> sq_num, conf_rev, sub_sq_num;
  Bytes time_of_entry;
  std::optional<std::string_view> dat_set;
  std::optional<bool> buf_ovfl, more_segments_follow;
  std::optional<Bytes> entry_id;
  Bytes inclusion;
  std::uint32_t included = 0;  ///< members of the data set that the report has
  asn1::BerReader rest;        ///< data references, values and reasons
  explicit Report(asn1::BerReader const& in) : rest(in) {}
  bool option(std::size_t bit) const { return asn1::read_bit(opt_flds, bit); }
};
/// Bits of OptFlds. 8-1, table 36.
enum Option : std::size_t {
  sequence_number = 1,
  report_time_stamp = 2,
  reason_for_inclusion = 3,
  data_set_name = 4,
  data_reference = 5,
  buffer_overflow = 6,
  entry_id = 7,
  conf_revision = 8,
  segmentation = 9
};
std::optional<Report> read_report(asn1::Element const& results);

/// The structure of Oper, SBOw and Cancel. 8-1, 20. Absent elements have no contents.
struct Control {
  asn1::Element ctl_val;
  std::optional<std::int64_t> or_cat;
  std::optional<Bytes> or_ident;
  std::optional<std::uint64_t> ctl_num;
  Bytes t;  ///< UtcTime, or TimeOfDay of the first edition
  std::optional<bool> test;
  Bytes check;  ///< bit string: 0 synchrocheck, 1 interlock check
};
std::optional<Control> read_control(asn1::Element const& structure);

/// Why a control failed: the variable LastApplError. 8-1, 20.9.
struct LastApplError {
  std::string_view cntrl_obj;
  std::int64_t error = 0;
  std::optional<std::int64_t> or_cat;
  std::optional<Bytes> or_ident;
  std::optional<std::uint64_t> ctl_num;
  std::int64_t add_cause = 0;
};
std::optional<LastApplError> read_last_appl_error(asn1::Element const& structure);

/// Their fields, under "mms.report.", "mms.control." and "mms.last_appl_error.".
void describe(Report const& report, FieldSink& sink);
void describe(Control const& control, FieldSink& sink);
void describe(LastApplError const& error, FieldSink& sink);

}  // namespace greywatch::agent::mms::iec61850
