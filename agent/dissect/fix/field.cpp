#include "agent/dissect/fix/field.hpp"

#include <algorithm>
#include <iterator>

namespace greywatch::agent::fix {
namespace {

/// FIX 5.0 SP2, volume 6, by tag. Names that versions changed are those of 5.0 SP2.
constexpr FieldRow rows[] = {
    {1, "fix.account", Kind::text},
    {6, "fix.avg_px", Kind::number},
    {7, "fix.begin_seq_no", Kind::integer},
    {11, "fix.cl_ord_id", Kind::text},
    {14, "fix.cum_qty", Kind::number},
    {15, "fix.currency", Kind::text},
    {16, "fix.end_seq_no", Kind::integer},
    {17, "fix.exec_id", Kind::text},
    {18, "fix.exec_inst", Kind::text},
    {19, "fix.exec_ref_id", Kind::text},
    {20, "fix.exec_trans_type", Kind::text},
    {21, "fix.handl_inst", Kind::text},
    {22, "fix.security_id_source", Kind::text},
    {23, "fix.ioi_id", Kind::text},
    {30, "fix.last_mkt", Kind::text},
    {31, "fix.last_px", Kind::number},
    {32, "fix.last_qty", Kind::number},
    {34, "fix.msg_seq_num", Kind::integer},
    {36, "fix.new_seq_no", Kind::integer},
    {37, "fix.order_id", Kind::text},
    {38, "fix.order_qty", Kind::number},
    {39, "fix.ord_status", Kind::text},
    {40, "fix.ord_type", Kind::text},
    {41, "fix.orig_cl_ord_id", Kind::text},
    {43, "fix.poss_dup_flag", Kind::text},
    {44, "fix.price", Kind::number},
    {45, "fix.ref_seq_num", Kind::integer},
    {48, "fix.security_id", Kind::text},
    {49, "fix.sender_comp_id", Kind::text},
    {50, "fix.sender_sub_id", Kind::text},
    {52, "fix.sending_time", Kind::text},
    {54, "fix.side", Kind::text},
    {55, "fix.symbol", Kind::text},
    {56, "fix.target_comp_id", Kind::text},
    {57, "fix.target_sub_id", Kind::text},
    {58, "fix.text", Kind::text},
    {59, "fix.time_in_force", Kind::text},
    {60, "fix.transact_time", Kind::text},
    {64, "fix.settl_date", Kind::text},
    {65, "fix.symbol_sfx", Kind::text},
    {66, "fix.list_id", Kind::text},
    {75, "fix.trade_date", Kind::text},
    {97, "fix.poss_resend", Kind::text},
    {98, "fix.encrypt_method", Kind::integer},
    {99, "fix.stop_px", Kind::number},
    {100, "fix.ex_destination", Kind::text},
    {102, "fix.cxl_rej_reason", Kind::integer},
    {103, "fix.ord_rej_reason", Kind::integer},
    {108, "fix.heart_bt_int", Kind::integer},
    {110, "fix.min_qty", Kind::number},
    {111, "fix.max_floor", Kind::number},
    {112, "fix.test_req_id", Kind::text},
    {115, "fix.on_behalf_of_comp_id", Kind::text},
    {116, "fix.on_behalf_of_sub_id", Kind::text},
    {117, "fix.quote_id", Kind::text},
    {122, "fix.orig_sending_time", Kind::text},
    {123, "fix.gap_fill_flag", Kind::text},
    {126, "fix.expire_time", Kind::text},
    {128, "fix.deliver_to_comp_id", Kind::text},
    {129, "fix.deliver_to_sub_id", Kind::text},
    {131, "fix.quote_req_id", Kind::text},
    {132, "fix.bid_px", Kind::number},
    {133, "fix.offer_px", Kind::number},
    {134, "fix.bid_size", Kind::number},
    {135, "fix.offer_size", Kind::number},
    {141, "fix.reset_seq_num_flag", Kind::text},
    {142, "fix.sender_location_id", Kind::text},
    {143, "fix.target_location_id", Kind::text},
    {146, "fix.no_related_sym", Kind::integer},
    {150, "fix.exec_type", Kind::text},
    {151, "fix.leaves_qty", Kind::number},
    {167, "fix.security_type", Kind::text},
    {200, "fix.maturity_month_year", Kind::text},
    {207, "fix.security_exchange", Kind::text},
    {262, "fix.md_req_id", Kind::text},
    {263, "fix.subscription_request_type", Kind::text},
    {264, "fix.market_depth", Kind::integer},
    {265, "fix.md_update_type", Kind::integer},
    {266, "fix.aggregated_book", Kind::text},
    {267, "fix.no_md_entry_types", Kind::integer},
    {268, "fix.no_md_entries", Kind::integer},
    {269, "fix.md_entry_type", Kind::text},
    {270, "fix.md_entry_px", Kind::number},
    {271, "fix.md_entry_size", Kind::number},
    {272, "fix.md_entry_date", Kind::text},
    {273, "fix.md_entry_time", Kind::text},
    {276, "fix.quote_condition", Kind::text},
    {277, "fix.trade_condition", Kind::text},
    {278, "fix.md_entry_id", Kind::text},
    {279, "fix.md_update_action", Kind::text},
    {280, "fix.md_entry_ref_id", Kind::text},
    {281, "fix.md_req_rej_reason", Kind::text},
    {290, "fix.md_entry_position_no", Kind::integer},
    {295, "fix.no_quote_entries", Kind::integer},
    {296, "fix.no_quote_sets", Kind::integer},
    {297, "fix.quote_status", Kind::integer},
    {298, "fix.quote_cancel_type", Kind::integer},
    {299, "fix.quote_entry_id", Kind::text},
    {300, "fix.quote_reject_reason", Kind::integer},
    {302, "fix.quote_set_id", Kind::text},
    {320, "fix.security_req_id", Kind::text},
    {321, "fix.security_request_type", Kind::integer},
    {322, "fix.security_response_id", Kind::text},
    {323, "fix.security_response_type", Kind::integer},
    {324, "fix.security_status_req_id", Kind::text},
    {326, "fix.security_trading_status", Kind::integer},
    {335, "fix.trad_ses_req_id", Kind::text},
    {336, "fix.trading_session_id", Kind::text},
    {340, "fix.trad_ses_status", Kind::integer},
    {347, "fix.message_encoding", Kind::text},
    {369, "fix.last_msg_seq_num_processed", Kind::integer},
    {371, "fix.ref_tag_id", Kind::integer},
    {372, "fix.ref_msg_type", Kind::text},
    {373, "fix.session_reject_reason", Kind::integer},
    {378, "fix.exec_restatement_reason", Kind::integer},
    {379, "fix.business_reject_ref_id", Kind::text},
    {380, "fix.business_reject_reason", Kind::integer},
    {383, "fix.max_message_size", Kind::integer},
    {423, "fix.price_type", Kind::integer},
    {432, "fix.expire_date", Kind::text},
    {434, "fix.cxl_rej_response_to", Kind::text},
    {447, "fix.party_id_source", Kind::text},
    {448, "fix.party_id", Kind::text},
    {452, "fix.party_role", Kind::integer},
    {453, "fix.no_party_ids", Kind::integer},
    {461, "fix.cfi_code", Kind::text},
    {464, "fix.test_message_indicator", Kind::text},
    {526, "fix.secondary_cl_ord_id", Kind::text},
    {528, "fix.order_capacity", Kind::text},
    {530, "fix.mass_cancel_request_type", Kind::text},
    {531, "fix.mass_cancel_response", Kind::text},
    {532, "fix.mass_cancel_reject_reason", Kind::text},
    {533, "fix.total_affected_orders", Kind::integer},
    {541, "fix.maturity_date", Kind::text},
    {548, "fix.cross_id", Kind::text},
    {549, "fix.cross_type", Kind::integer},
    {552, "fix.no_sides", Kind::integer},
    {553, "fix.username", Kind::text},
    {555, "fix.no_legs", Kind::integer},
    {560, "fix.security_request_result", Kind::integer},
    {568, "fix.trade_request_id", Kind::text},
    {569, "fix.trade_request_type", Kind::integer},
    {571, "fix.trade_report_id", Kind::text},
    {573, "fix.match_status", Kind::text},
    {584, "fix.mass_status_req_id", Kind::text},
    {585, "fix.mass_status_req_type", Kind::integer},
    {600, "fix.leg_symbol", Kind::text},
    {602, "fix.leg_security_id", Kind::text},
    {623, "fix.leg_ratio_qty", Kind::number},
    {624, "fix.leg_side", Kind::text},
    {625, "fix.trading_session_sub_id", Kind::text},
    {711, "fix.no_underlyings", Kind::integer},
    {715, "fix.clearing_business_date", Kind::text},
    {789, "fix.next_expected_msg_seq_num", Kind::integer},
    {790, "fix.ord_status_req_id", Kind::text},
    {828, "fix.trd_type", Kind::integer},
    {856, "fix.trade_report_type", Kind::integer},
    {880, "fix.trd_match_id", Kind::text},
    {893, "fix.last_fragment", Kind::text},
    {923, "fix.user_request_id", Kind::text},
    {924, "fix.user_request_type", Kind::integer},
    {926, "fix.user_status", Kind::integer},
    {1003, "fix.trade_id", Kind::text},
    {1022, "fix.md_feed_type", Kind::text},
    {1023, "fix.md_price_level", Kind::integer},
    {1128, "fix.appl_ver_id", Kind::text},
    {1137, "fix.default_appl_ver_id", Kind::text},
    {1180, "fix.appl_id", Kind::text},
    {1181, "fix.appl_seq_num", Kind::integer},
    {1300, "fix.market_segment_id", Kind::text},
    {1301, "fix.market_id", Kind::text},
    {1373, "fix.mass_action_type", Kind::integer},
    {1374, "fix.mass_action_scope", Kind::integer},
    {1409, "fix.session_status", Kind::integer},
};
static_assert(std::ranges::is_sorted(rows, {}, &FieldRow::tag));

/// Length fields and the data fields behind them. FIX 5.0 SP2, volume 6, datatype data.
struct DataRow {
  std::uint32_t length, data;
};
constexpr DataRow data_rows[] = {
    {90, 91},     {93, 89},     {95, 96},     {212, 213},   {348, 349},   {350, 351},   {352, 353},
    {354, 355},   {356, 357},   {358, 359},   {360, 361},   {362, 363},   {364, 365},   {445, 446},
    {618, 619},   {621, 622},   {1184, 1185}, {1277, 1278}, {1281, 1282}, {1397, 1398}, {1401, 1402},
    {1403, 1404}, {1468, 1469}, {1525, 1527}, {1578, 1579},
};

constexpr std::size_t most_digits = 9;

}  // namespace

std::optional<std::uint32_t> read_count(Bytes value) {
  if (value.empty() || value.size() > most_digits) return std::nullopt;
  std::uint32_t number = 0;
  for (auto octet : value) {
    if (octet < '0' || octet > '9') return std::nullopt;
    number = number * 10 + (octet - '0');
  }
  return number;
}

std::optional<Field> FieldReader::next() {
  if (at_ >= message_.size() || error_) return std::nullopt;
  auto const left = message_.subspan(at_);
  auto const refuse = [&](Defect defect, std::size_t offset) {
    error_ = Malformed{defect, at_ + offset, "field"};
    return std::nullopt;
  };
  auto const head = left.first(std::min(left.size(), most_digits + 1));
  auto const equals = static_cast<std::size_t>(std::ranges::find(head, std::uint8_t{'='}) - head.begin());
  if (equals == head.size()) return refuse(equals < most_digits + 1 ? Defect::truncated : Defect::bad_value, 0);
  auto const number = read_count(head.first(equals));
  if (!number || *number == 0) return refuse(Defect::bad_value, 0);
  auto const rest = left.subspan(equals + 1);
  std::size_t octets = 0;
  if (data_tag_ == *number) {
    if (rest.size() <= data_octets_) return refuse(Defect::truncated, equals + 1);
    if (rest[data_octets_] != soh) return refuse(Defect::bad_length, equals + 1);
    octets = data_octets_;
  } else {
    octets = static_cast<std::size_t>(std::ranges::find(rest, soh) - rest.begin());
    if (octets == rest.size()) return refuse(Defect::truncated, equals + 1);
  }
  Field const field{*number, rest.first(octets), at_};
  at_ += equals + 1 + octets + 1;
  data_tag_ = 0;
  auto const* const row = std::ranges::find(data_rows, field.tag, &DataRow::length);
  if (row != std::end(data_rows)) {
    auto const length = read_count(field.value);
    if (!length) return refuse(Defect::bad_value, 0);
    data_tag_ = row->data;
    data_octets_ = *length;
  }
  return field;
}

FieldRow const* find_field(std::uint32_t tag) {
  auto const* const row = std::ranges::lower_bound(rows, tag, {}, &FieldRow::tag);
  return row != std::end(rows) && row->tag == tag ? row : nullptr;
}

bool is_secret(std::uint32_t tag) {
  return tag == tag::password || tag == tag::new_password || tag == tag::raw_data || tag == tag::encrypted_password ||
         tag == tag::encrypted_new_password;
}

}  // namespace greywatch::agent::fix
