#include <algorithm>

#include "agent/dissect/smb/layout.hpp"

namespace greywatch::agent::smb {
namespace {

using enum Type;

constexpr Column negotiate_request[] = {{"smb.dialect_count", u16},
                                        {"smb.security_mode", u16},
                                        {"", gap2},
                                        {"smb.capabilities", u32},
                                        {"smb.client_guid", guid}};
constexpr Column negotiate_response[] = {{"smb.security_mode", u16},
                                         {"smb.negotiated_dialect", u16},
                                         {"smb.negotiate_context.count", u16},
                                         {"smb.server_guid", guid},
                                         {"smb.capabilities", u32},
                                         {"smb.max_transact_size", u32},
                                         {"smb.max_read_size", u32},
                                         {"smb.max_write_size", u32},
                                         {"smb.system_time", time},
                                         {"smb.boot_time", time},
                                         {"", gap2},
                                         {"smb.security_blob_octets", u16},
                                         {"", gap4}};
constexpr Column session_setup_request[] = {{"smb.session_setup.flags", u8},
                                            {"smb.security_mode", u8},
                                            {"smb.capabilities", u32},
                                            {"smb.channel", u32},
                                            {"", gap2},
                                            {"smb.security_blob_octets", u16},
                                            {"smb.previous_session_id", u64}};
constexpr Column session_setup_response[] = {{"smb.session_flags", u16}, {"", gap2}, {"smb.security_blob_octets", u16}};
constexpr Column reserved[] = {{"", gap2}};
constexpr Column tree_connect_request[] = {{"smb.tree_connect.flags", u16}, {"", gap2}, {"", gap2}};
constexpr Column tree_connect_response[] = {{"smb.share_type", u8},
                                            {"", gap1},
                                            {"smb.share_flags", u32},
                                            {"smb.share_capabilities", u32},
                                            {"smb.maximal_access", u32}};
constexpr Column create_request[] = {{"", gap1},
                                     {"smb.oplock_level", u8},
                                     {"smb.impersonation_level", u32},
                                     {"", gap8},
                                     {"", gap8},
                                     {"smb.desired_access", u32},
                                     {"smb.file_attributes", u32},
                                     {"smb.share_access", u32},
                                     {"smb.create_disposition", u32},
                                     {"smb.create_options", u32},
                                     {"", gap2},
                                     {"", gap2},
                                     {"", gap4},
                                     {"", gap4}};
constexpr Column create_response[] = {{"smb.oplock_level", u8},
                                      {"", gap1},
                                      {"smb.create_action", u32},
                                      {"smb.creation_time", time},
                                      {"smb.last_access_time", time},
                                      {"smb.last_write_time", time},
                                      {"smb.change_time", time},
                                      {"smb.allocation_size", u64},
                                      {"smb.end_of_file", u64},
                                      {"smb.file_attributes", u32},
                                      {"", gap4},
                                      {"smb.file_id", guid},
                                      {"", gap4},
                                      {"", gap4}};
constexpr Column close_request[] = {{"smb.close.flags", u16}, {"", gap4}, {"smb.file_id", guid}};
constexpr Column close_response[] = {{"smb.close.flags", u16},      {"", gap4},
                                     {"smb.creation_time", time},   {"smb.last_access_time", time},
                                     {"smb.last_write_time", time}, {"smb.change_time", time},
                                     {"smb.allocation_size", u64},  {"smb.end_of_file", u64},
                                     {"smb.file_attributes", u32}};
constexpr Column flush_request[] = {{"", gap2}, {"", gap4}, {"smb.file_id", guid}};
constexpr Column read_request[] = {{"", gap1},
                                   {"smb.read.flags", u8},
                                   {"smb.read.length", u32},
                                   {"smb.file_offset", u64},
                                   {"smb.file_id", guid},
                                   {"smb.minimum_count", u32},
                                   {"smb.channel", u32},
                                   {"smb.remaining", u32},
                                   {"", gap2},
                                   {"", gap2}};
constexpr Column read_response[] = {
    {"", gap1}, {"", gap1}, {"smb.data_octets", u32}, {"smb.data_remaining", u32}, {"", gap4}};
constexpr Column write_request[] = {{"", gap2},
                                    {"smb.data_octets", u32},
                                    {"smb.file_offset", u64},
                                    {"smb.file_id", guid},
                                    {"smb.channel", u32},
                                    {"smb.remaining", u32},
                                    {"", gap2},
                                    {"", gap2},
                                    {"smb.write.flags", u32}};
constexpr Column write_response[] = {
    {"", gap2}, {"smb.write.count", u32}, {"smb.write.remaining", u32}, {"", gap2}, {"", gap2}};
constexpr Column lock_request[] = {{"smb.lock.count", u16}, {"smb.lock.sequence", u32}, {"smb.file_id", guid}};
constexpr Column ioctl_request[] = {{"", gap2},
                                    {"smb.ioctl.function", u32},
                                    {"smb.file_id", guid},
                                    {"", gap4},
                                    {"smb.ioctl.input_octets", u32},
                                    {"smb.ioctl.max_input", u32},
                                    {"", gap4},
                                    {"smb.ioctl.output_octets", u32},
                                    {"smb.ioctl.max_output", u32},
                                    {"smb.ioctl.flags", u32},
                                    {"", gap4}};
constexpr Column ioctl_response[] = {
    {"", gap2}, {"smb.ioctl.function", u32},      {"smb.file_id", guid},    {"", gap4}, {"smb.ioctl.input_octets", u32},
    {"", gap4}, {"smb.ioctl.output_octets", u32}, {"smb.ioctl.flags", u32}, {"", gap4}};
constexpr Column query_directory_request[] = {{"smb.find.information_class", u8},
                                              {"smb.find.flags", u8},
                                              {"smb.find.file_index", u32},
                                              {"smb.file_id", guid},
                                              {"", gap2},
                                              {"", gap2},
                                              {"smb.find.output_octets", u32}};
constexpr Column output[] = {{"", gap2}, {"smb.output_octets", u32}};
constexpr Column notify_request[] = {{"smb.notify.flags", u16},
                                     {"smb.notify.output_octets", u32},
                                     {"smb.file_id", guid},
                                     {"smb.notify.completion_filter", u32},
                                     {"", gap4}};
constexpr Column query_info_request[] = {{"smb.info_type", u8},
                                         {"smb.info_class", u8},
                                         {"smb.info.max_output", u32},
                                         {"", gap2},
                                         {"", gap2},
                                         {"", gap4},
                                         {"smb.info.additional", u32},
                                         {"smb.info.flags", u32},
                                         {"smb.file_id", guid}};
constexpr Column set_info_request[] = {
    {"smb.info_type", u8},        {"smb.info_class", u8}, {"smb.info.octets", u32}, {"", gap2}, {"", gap2},
    {"smb.info.additional", u32}, {"smb.file_id", guid}};
constexpr Column oplock[] = {{"smb.oplock_level", u8}, {"", gap1}, {"", gap4}, {"smb.file_id", guid}};
constexpr Column lease_notification[] = {{"smb.lease.epoch", u16},
                                         {"smb.lease.flags", u32},
                                         {"smb.lease.key", guid},
                                         {"smb.lease.state", u32},
                                         {"smb.lease.new_state", u32},
                                         {"", gap4},
                                         {"", gap4},
                                         {"", gap4}};
constexpr Column lease_acknowledgement[] = {
    {"", gap2}, {"smb.lease.flags", u32}, {"smb.lease.key", guid}, {"smb.lease.state", u32}, {"", gap8}};

// One row a layout.
// clang-format off
constexpr Layout2 layouts[] = {
    {0, false, 36, negotiate_request},
    {0, true, 65, negotiate_response},
    {1, false, 25, session_setup_request},
    {1, true, 9, session_setup_response},
    {2, false, 4, reserved},
    {2, true, 4, reserved},
    {3, false, 9, tree_connect_request},
    {3, true, 16, tree_connect_response},
    {4, false, 4, reserved},
    {4, true, 4, reserved},
    {5, false, 57, create_request},
    {5, true, 89, create_response},
    {6, false, 24, close_request},
    {6, true, 60, close_response},
    {7, false, 24, flush_request},
    {7, true, 4, reserved},
    {8, false, 49, read_request},
    {8, true, 17, read_response},
    {9, false, 49, write_request},
    {9, true, 17, write_response},
    {10, false, 48, lock_request},
    {10, true, 4, reserved},
    {11, false, 57, ioctl_request},
    {11, true, 49, ioctl_response},
    {12, false, 4, reserved},
    {13, false, 4, reserved},
    {13, true, 4, reserved},
    {14, false, 33, query_directory_request},
    {14, true, 9, output},
    {15, false, 32, notify_request},
    {15, true, 9, output},
    {16, false, 41, query_info_request},
    {16, true, 9, output},
    {17, false, 33, set_info_request},
    {17, true, 2, {}},
    {18, false, 24, oplock},
    {18, true, 24, oplock},
    {18, false, 36, lease_acknowledgement},
    {18, true, 36, lease_acknowledgement},
    {18, true, 44, lease_notification},
};
// clang-format on

}  // namespace

Layout2 const* find_layout2(std::uint16_t command, bool response, std::uint16_t structure_size, bool& any) {
  any = false;
  for (auto const& row : layouts) {
    if (row.command != command || row.response != response) continue;
    any = true;
    if (row.structure_size == structure_size) return &row;
  }
  return nullptr;
}

}  // namespace greywatch::agent::smb
