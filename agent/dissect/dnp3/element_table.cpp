#include "agent/dissect/dnp3/element.hpp"

#include <iterator>

namespace greywatch::agent::dnp3 {
namespace parts {

using enum Kind;

// Flags. The lowest five bits are alike; bits without a name are reserved.
constexpr Part binary_flags[] = {
    {"dnp3.binary_input.online", 0, 1, flag},       {"dnp3.binary_input.restart", 1, 1, flag},
    {"dnp3.binary_input.comm_lost", 2, 1, flag},    {"dnp3.binary_input.remote_forced", 3, 1, flag},
    {"dnp3.binary_input.local_forced", 4, 1, flag}, {"dnp3.binary_input.chatter_filter", 5, 1, flag},
    {"dnp3.binary_input.state", 7, 1, flag}};
constexpr Part double_bit_flags[] = {{"dnp3.binary_input.online", 0, 1, flag},
                                     {"dnp3.binary_input.restart", 1, 1, flag},
                                     {"dnp3.binary_input.comm_lost", 2, 1, flag},
                                     {"dnp3.binary_input.remote_forced", 3, 1, flag},
                                     {"dnp3.binary_input.local_forced", 4, 1, flag},
                                     {"dnp3.binary_input.chatter_filter", 5, 1, flag},
                                     {"dnp3.double_bit_input.state", 6, 2, unsigned_number}};
constexpr Part output_flags[] = {
    {"dnp3.binary_output.online", 0, 1, flag},       {"dnp3.binary_output.restart", 1, 1, flag},
    {"dnp3.binary_output.comm_lost", 2, 1, flag},    {"dnp3.binary_output.remote_forced", 3, 1, flag},
    {"dnp3.binary_output.local_forced", 4, 1, flag}, {"dnp3.binary_output.state", 7, 1, flag}};
constexpr Part counter_flags[] = {{"dnp3.counter.online", 0, 1, flag},       {"dnp3.counter.restart", 1, 1, flag},
                                  {"dnp3.counter.comm_lost", 2, 1, flag},    {"dnp3.counter.remote_forced", 3, 1, flag},
                                  {"dnp3.counter.local_forced", 4, 1, flag}, {"dnp3.counter.rollover", 5, 1, flag},
                                  {"dnp3.counter.discontinuity", 6, 1, flag}};
constexpr Part analog_flags[] = {
    {"dnp3.analog_input.online", 0, 1, flag},       {"dnp3.analog_input.restart", 1, 1, flag},
    {"dnp3.analog_input.comm_lost", 2, 1, flag},    {"dnp3.analog_input.remote_forced", 3, 1, flag},
    {"dnp3.analog_input.local_forced", 4, 1, flag}, {"dnp3.analog_input.over_range", 5, 1, flag},
    {"dnp3.analog_input.reference_err", 6, 1, flag}};
constexpr Part analog_output_flags[] = {
    {"dnp3.analog_output.online", 0, 1, flag},       {"dnp3.analog_output.restart", 1, 1, flag},
    {"dnp3.analog_output.comm_lost", 2, 1, flag},    {"dnp3.analog_output.remote_forced", 3, 1, flag},
    {"dnp3.analog_output.local_forced", 4, 1, flag}, {"dnp3.analog_output.over_range", 5, 1, flag},
    {"dnp3.analog_output.reference_err", 6, 1, flag}};
constexpr Part statistic_flags[] = {
    {"dnp3.security_statistic.online", 0, 1, flag},       {"dnp3.security_statistic.restart", 1, 1, flag},
    {"dnp3.security_statistic.comm_lost", 2, 1, flag},    {"dnp3.security_statistic.remote_forced", 3, 1, flag},
    {"dnp3.security_statistic.local_forced", 4, 1, flag}, {"dnp3.security_statistic.rollover", 5, 1, flag},
    {"dnp3.security_statistic.discontinuity", 6, 1, flag}};
// Values.
constexpr Part count16[] = {{"dnp3.counter.value", 0, 16, unsigned_number}};
constexpr Part count32[] = {{"dnp3.counter.value", 0, 32, unsigned_number}};
constexpr Part analog16[] = {{"dnp3.analog_input.value", 0, 16, signed_number}};
constexpr Part analog32[] = {{"dnp3.analog_input.value", 0, 32, signed_number}};
constexpr Part analog_float[] = {{"dnp3.analog_input.float", 0, 32, ieee754}};
constexpr Part analog_double[] = {{"dnp3.analog_input.double", 0, 64, ieee754}};
constexpr Part setpoint16[] = {{"dnp3.analog_output.value", 0, 16, signed_number}};
constexpr Part setpoint32[] = {{"dnp3.analog_output.value", 0, 32, signed_number}};
constexpr Part setpoint_float[] = {{"dnp3.analog_output.float", 0, 32, ieee754}};
constexpr Part setpoint_double[] = {{"dnp3.analog_output.double", 0, 64, ieee754}};
constexpr Part deadband16[] = {{"dnp3.deadband.value", 0, 16, unsigned_number}};
constexpr Part deadband32[] = {{"dnp3.deadband.value", 0, 32, unsigned_number}};
constexpr Part deadband_float[] = {{"dnp3.deadband.float", 0, 32, ieee754}};
constexpr Part bcd16[] = {{"dnp3.bcd", 0, 16, unsigned_number}};
constexpr Part bcd32[] = {{"dnp3.bcd", 0, 32, unsigned_number}};
constexpr Part bcd64[] = {{"dnp3.bcd", 0, 64, unsigned_number}};
constexpr Part unsigned8[] = {{"dnp3.unsigned", 0, 8, unsigned_number}};
// Commands. 11.9 (groups 12, 13, 41, 43).
constexpr Part crob_code[] = {{"dnp3.crob.op_type", 0, 4, unsigned_number},
                              {"dnp3.crob.queue", 4, 1, flag},
                              {"dnp3.crob.clear", 5, 1, flag},
                              {"dnp3.crob.tcc", 6, 2, unsigned_number}};
constexpr Part crob_count[] = {{"dnp3.crob.count", 0, 8, unsigned_number}};
constexpr Part crob_on_time[] = {{"dnp3.crob.on_time", 0, 32, unsigned_number}};
constexpr Part crob_off_time[] = {{"dnp3.crob.off_time", 0, 32, unsigned_number}};
constexpr Part control_status[] = {{"dnp3.control_status", 0, 7, unsigned_number}};
constexpr Part commanded_status[] = {{"dnp3.control_status", 0, 7, unsigned_number},
                                     {"dnp3.commanded_state", 7, 1, flag}};
// Time. Milliseconds since 1970 of the outstation's clock, which is UTC by the standard.
constexpr Part time48[] = {{"dnp3.time", 0, 48, unsigned_number}};
constexpr Part relative_time[] = {{"dnp3.relative_time", 0, 16, unsigned_number}};
constexpr Part interval32[] = {{"dnp3.interval", 0, 32, unsigned_number}};
constexpr Part interval_units[] = {{"dnp3.interval_units", 0, 8, unsigned_number}};
constexpr Part delay_coarse[] = {{"dnp3.time_delay_coarse", 0, 16, unsigned_number}};
constexpr Part delay_fine[] = {{"dnp3.time_delay", 0, 16, unsigned_number}};
// Files.
constexpr Part name_offset[] = {{"dnp3.file.name_offset", 0, 16, unsigned_number}};
constexpr Part name_size[] = {{"dnp3.file.name_size", 0, 16, unsigned_number}};
constexpr Part password_offset[] = {{"dnp3.file.password_offset", 0, 16, unsigned_number}};
constexpr Part password_size[] = {{"dnp3.file.password_size", 0, 16, unsigned_number}};
constexpr Part file_time[] = {{"dnp3.file.time", 0, 48, unsigned_number}};
constexpr Part file_type[] = {{"dnp3.file.type", 0, 16, unsigned_number}};
constexpr Part permissions[] = {{"dnp3.file.permissions", 0, 16, unsigned_number}};
constexpr Part authentication_key[] = {{"dnp3.file.authentication_key", 0, 32, unsigned_number}};
constexpr Part file_size[] = {{"dnp3.file.size", 0, 32, unsigned_number}};
constexpr Part file_mode[] = {{"dnp3.file.mode", 0, 16, unsigned_number}};
constexpr Part block_size[] = {{"dnp3.file.max_block_size", 0, 16, unsigned_number}};
constexpr Part request_id[] = {{"dnp3.file.request_id", 0, 16, unsigned_number}};
constexpr Part file_handle[] = {{"dnp3.file.handle", 0, 32, unsigned_number}};
constexpr Part block_number[] = {{"dnp3.file.block_number", 0, 31, unsigned_number},
                                 {"dnp3.file.last_block", 31, 1, flag}};
constexpr Part file_status[] = {{"dnp3.file.status", 0, 8, unsigned_number}};
// Storage, private registration, data sets, active configuration.
constexpr Part fill_state[] = {{"dnp3.storage.state", 0, 8, unsigned_number}};
constexpr Part group8[] = {{"dnp3.storage.group", 0, 8, unsigned_number}};
constexpr Part variation8[] = {{"dnp3.storage.variation", 0, 8, unsigned_number}};
constexpr Part vendor32[] = {{"dnp3.private.vendor", 0, 32, octets}};
constexpr Part object_id[] = {{"dnp3.private.object_id", 0, 16, unsigned_number}};
constexpr Part data_length[] = {{"dnp3.private.length", 0, 16, unsigned_number}};
constexpr Part object_count[] = {{"dnp3.private.count", 0, 16, unsigned_number}};
constexpr Part characteristics[] = {{"dnp3.data_set.characteristics", 0, 8, unsigned_number}};
constexpr Part activate_delay[] = {{"dnp3.activate.delay", 0, 32, unsigned_number}};
constexpr Part activate_status[] = {{"dnp3.activate.status", 0, 8, unsigned_number}};
// Secure authentication.
constexpr Part sequence32[] = {{"dnp3.authentication.sequence", 0, 32, unsigned_number}};
constexpr Part user[] = {{"dnp3.authentication.user", 0, 16, unsigned_number}};
constexpr Part mac_algorithm[] = {{"dnp3.authentication.mac_algorithm", 0, 8, unsigned_number}};
constexpr Part reason[] = {{"dnp3.authentication.reason", 0, 8, unsigned_number}};
constexpr Part key_wrap_algorithm[] = {{"dnp3.authentication.key_wrap_algorithm", 0, 8, unsigned_number}};
constexpr Part key_status[] = {{"dnp3.authentication.key_status", 0, 8, unsigned_number}};
constexpr Part challenge_length[] = {{"dnp3.authentication.challenge_length", 0, 16, unsigned_number}};
constexpr Part association_id[] = {{"dnp3.authentication.association_id", 0, 16, unsigned_number}};
constexpr Part error_code[] = {{"dnp3.authentication.error_code", 0, 8, unsigned_number}};
constexpr Part key_change_method[] = {{"dnp3.authentication.key_change_method", 0, 8, unsigned_number}};
constexpr Part certificate_type[] = {{"dnp3.authentication.certificate_type", 0, 8, unsigned_number}};
constexpr Part user_operation[] = {{"dnp3.authentication.user_operation", 0, 8, unsigned_number}};
constexpr Part status_change_sequence[] = {{"dnp3.authentication.status_change_sequence", 0, 32, unsigned_number}};
constexpr Part user_role[] = {{"dnp3.authentication.user_role", 0, 16, unsigned_number}};
constexpr Part role_expiry[] = {{"dnp3.authentication.role_expiry_interval", 0, 16, unsigned_number}};
constexpr Part user_name_length[] = {{"dnp3.authentication.user_name_length", 0, 16, unsigned_number}};
constexpr Part public_key_length[] = {{"dnp3.authentication.public_key_length", 0, 16, unsigned_number}};
constexpr Part certification_length[] = {{"dnp3.authentication.certification_length", 0, 16, unsigned_number}};
constexpr Part update_key_length[] = {{"dnp3.authentication.update_key_length", 0, 16, unsigned_number}};
constexpr Part statistic32[] = {{"dnp3.security_statistic.value", 0, 32, unsigned_number}};
// What takes the octets that are left.
constexpr Part credentials[] = {{"dnp3.file.credentials_octets", 0, 0, count}};
constexpr Part file_name[] = {{"dnp3.file.name", 0, 0, text}};
constexpr Part file_data[] = {{"dnp3.file.data", 0, 0, octets}};
constexpr Part plain_text[] = {{"dnp3.text", 0, 0, text}};
constexpr Part opaque[] = {{"dnp3.octet_string", 0, 0, octets}};
constexpr Part authentication_data[] = {{"dnp3.authentication.data", 0, 0, octets}};
constexpr Part descriptor_list[] = {{"dnp3.data_set.descriptor_code", 0, 0, descriptors}};
constexpr Part value_list[] = {{"dnp3.data_set.value", 0, 0, values}};

}  // namespace parts

namespace {

constexpr ElementRow rows[] = {
    {Element::none, {}},
    {Element::binary_flags, parts::binary_flags},
    {Element::double_bit_flags, parts::double_bit_flags},
    {Element::output_flags, parts::output_flags},
    {Element::counter_flags, parts::counter_flags},
    {Element::analog_flags, parts::analog_flags},
    {Element::analog_output_flags, parts::analog_output_flags},
    {Element::statistic_flags, parts::statistic_flags},
    {Element::count16, parts::count16},
    {Element::count32, parts::count32},
    {Element::analog16, parts::analog16},
    {Element::analog32, parts::analog32},
    {Element::analog_float, parts::analog_float},
    {Element::analog_double, parts::analog_double},
    {Element::setpoint16, parts::setpoint16},
    {Element::setpoint32, parts::setpoint32},
    {Element::setpoint_float, parts::setpoint_float},
    {Element::setpoint_double, parts::setpoint_double},
    {Element::deadband16, parts::deadband16},
    {Element::deadband32, parts::deadband32},
    {Element::deadband_float, parts::deadband_float},
    {Element::bcd16, parts::bcd16},
    {Element::bcd32, parts::bcd32},
    {Element::bcd64, parts::bcd64},
    {Element::unsigned8, parts::unsigned8},
    {Element::crob_code, parts::crob_code},
    {Element::crob_count, parts::crob_count},
    {Element::crob_on_time, parts::crob_on_time},
    {Element::crob_off_time, parts::crob_off_time},
    {Element::control_status, parts::control_status},
    {Element::commanded_status, parts::commanded_status},
    {Element::time48, parts::time48},
    {Element::relative_time, parts::relative_time},
    {Element::interval32, parts::interval32},
    {Element::interval_units, parts::interval_units},
    {Element::delay_coarse, parts::delay_coarse},
    {Element::delay_fine, parts::delay_fine},
    {Element::name_offset, parts::name_offset},
    {Element::name_size, parts::name_size},
    {Element::password_offset, parts::password_offset},
    {Element::password_size, parts::password_size},
    {Element::file_time, parts::file_time},
    {Element::file_type, parts::file_type},
    {Element::permissions, parts::permissions},
    {Element::authentication_key, parts::authentication_key},
    {Element::file_size, parts::file_size},
    {Element::file_mode, parts::file_mode},
    {Element::block_size, parts::block_size},
    {Element::request_id, parts::request_id},
    {Element::file_handle, parts::file_handle},
    {Element::block_number, parts::block_number},
    {Element::file_status, parts::file_status},
    {Element::fill_state, parts::fill_state},
    {Element::group8, parts::group8},
    {Element::variation8, parts::variation8},
    {Element::vendor32, parts::vendor32},
    {Element::object_id, parts::object_id},
    {Element::data_length, parts::data_length},
    {Element::object_count, parts::object_count},
    {Element::characteristics, parts::characteristics},
    {Element::activate_delay, parts::activate_delay},
    {Element::activate_status, parts::activate_status},
    {Element::sequence32, parts::sequence32},
    {Element::user, parts::user},
    {Element::mac_algorithm, parts::mac_algorithm},
    {Element::reason, parts::reason},
    {Element::key_wrap_algorithm, parts::key_wrap_algorithm},
    {Element::key_status, parts::key_status},
    {Element::challenge_length, parts::challenge_length},
    {Element::association_id, parts::association_id},
    {Element::error_code, parts::error_code},
    {Element::key_change_method, parts::key_change_method},
    {Element::certificate_type, parts::certificate_type},
    {Element::user_operation, parts::user_operation},
    {Element::status_change_sequence, parts::status_change_sequence},
    {Element::user_role, parts::user_role},
    {Element::role_expiry, parts::role_expiry},
    {Element::user_name_length, parts::user_name_length},
    {Element::public_key_length, parts::public_key_length},
    {Element::certification_length, parts::certification_length},
    {Element::update_key_length, parts::update_key_length},
    {Element::statistic32, parts::statistic32},
    {Element::credentials, parts::credentials},
    {Element::file_name, parts::file_name},
    {Element::file_data, parts::file_data},
    {Element::plain_text, parts::plain_text},
    {Element::opaque, parts::opaque},
    {Element::authentication_data, parts::authentication_data},
    {Element::descriptor_list, parts::descriptor_list},
    {Element::value_list, parts::value_list},
};

constexpr bool in_order() {
  for (std::size_t at = 0; at < std::size(rows); ++at) {
    if (static_cast<std::size_t>(rows[at].element) != at) return false;
  }
  return true;
}
static_assert(in_order() && std::size(rows) == static_cast<std::size_t>(Element::value_list) + 1,
              "rows are looked up by their element's number");

}  // namespace

ElementRow const& row(Element element) { return rows[static_cast<std::size_t>(element)]; }

}  // namespace greywatch::agent::dnp3
