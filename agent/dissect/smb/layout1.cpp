#include <algorithm>

#include "agent/dissect/smb/layout.hpp"

namespace greywatch::agent::smb {
namespace {

using enum Type;

constexpr Column negotiate_core[] = {{"smb.dialect_index", u16}};
constexpr Column negotiate_lanman[] = {{"smb.dialect_index", u16},
                                       {"smb.security_mode", u16},
                                       {"smb.max_buffer_size", u16},
                                       {"smb.max_multiplex", u16},
                                       {"smb.max_circuits", u16},
                                       {"", gap2},
                                       {"smb.session_key", u32},
                                       {"", gap2},
                                       {"", gap2},
                                       {"", gap2},
                                       {"smb.challenge_octets", u16},
                                       {"", gap2}};
constexpr Column negotiate_nt[] = {{"smb.dialect_index", u16},   {"smb.security_mode", u8},
                                   {"smb.max_multiplex", u16},   {"smb.max_circuits", u16},
                                   {"smb.max_buffer_size", u32}, {"smb.max_raw_size", u32},
                                   {"smb.session_key", u32},     {"smb.capabilities", u32},
                                   {"smb.system_time", time},    {"", gap2},
                                   {"smb.challenge_octets", u8}};
constexpr Column session_setup_old[] = {{"", gap4},
                                        {"smb.max_buffer_size", u16},
                                        {"smb.max_multiplex", u16},
                                        {"smb.circuit", u16},
                                        {"smb.session_key", u32},
                                        {"", gap2},
                                        {"", gap4}};
constexpr Column session_setup_extended[] = {
    {"", gap4},           {"smb.max_buffer_size", u16}, {"smb.max_multiplex", u16},
    {"smb.circuit", u16}, {"smb.session_key", u32},     {"smb.security_blob_octets", u16},
    {"", gap4},           {"smb.capabilities", u32}};
constexpr Column session_setup_nt[] = {{"", gap4},
                                       {"smb.max_buffer_size", u16},
                                       {"smb.max_multiplex", u16},
                                       {"smb.circuit", u16},
                                       {"smb.session_key", u32},
                                       {"", gap2},
                                       {"", gap2},
                                       {"", gap4},
                                       {"smb.capabilities", u32}};
constexpr Column session_setup_done[] = {{"", gap4}, {"smb.session_setup.action", u16}};
constexpr Column session_setup_goes_on[] = {
    {"", gap4}, {"smb.session_setup.action", u16}, {"smb.security_blob_octets", u16}};
constexpr Column tree_connect_request[] = {{"", gap4}, {"smb.tree_connect.flags", u16}, {"", gap2}};
constexpr Column tree_connect_core[] = {{"smb.max_buffer_size", u16}, {"smb.tree_id_given", u16}};
constexpr Column tree_connect_response[] = {{"", gap4}, {"smb.tree_connect.support", u16}};
constexpr Column tree_connect_response_long[] = {
    {"", gap4}, {"smb.tree_connect.support", u16}, {"smb.maximal_access", u32}, {"", gap4}};
constexpr Column create_request[] = {{"", gap4},
                                     {"", gap1},
                                     {"", gap2},
                                     {"smb.create_flags", u32},
                                     {"", gap4},
                                     {"smb.desired_access", u32},
                                     {"smb.allocation_size", u64},
                                     {"smb.file_attributes", u32},
                                     {"smb.share_access", u32},
                                     {"smb.create_disposition", u32},
                                     {"smb.create_options", u32},
                                     {"smb.impersonation_level", u32},
                                     {"", gap1}};
constexpr Column create_response[] = {{"", gap4},
                                      {"smb.oplock_level", u8},
                                      {"smb.fid", u16},
                                      {"smb.create_action", u32},
                                      {"smb.creation_time", time},
                                      {"smb.last_access_time", time},
                                      {"smb.last_write_time", time},
                                      {"smb.change_time", time},
                                      {"smb.file_attributes", u32},
                                      {"smb.allocation_size", u64},
                                      {"smb.end_of_file", u64},
                                      {"smb.file_type", u16},
                                      {"", gap2},
                                      {"smb.is_directory", u8}};
constexpr Column open_andx_request[] = {{"", gap4}, {"", gap2}, {"smb.access_mode", u16}};
constexpr Column open_andx_response[] = {{"", gap4}, {"smb.fid", u16}};
constexpr Column open_request[] = {{"smb.access_mode", u16}, {"", gap2}};
constexpr Column fid[] = {{"smb.fid", u16}};
constexpr Column chained_fid[] = {{"", gap4}, {"smb.fid", u16}};
constexpr Column read_andx_request[] = {
    {"", gap4}, {"smb.fid", u16}, {"smb.file_offset", u32}, {"smb.read.length", u16}};
constexpr Column read_andx_response[] = {{"", gap4}, {"", gap2}, {"", gap2}, {"", gap2}, {"smb.data_octets", u16}};
constexpr Column write_andx_request[] = {{"", gap4}, {"smb.fid", u16},        {"smb.file_offset", u32},
                                         {"", gap4}, {"smb.write.mode", u16}, {"", gap2},
                                         {"", gap2}, {"smb.data_octets", u16}};
constexpr Column write_andx_response[] = {{"", gap4}, {"smb.write.count", u16}};
constexpr Column read_request[] = {{"smb.fid", u16}, {"smb.read.length", u16}, {"smb.file_offset", u32}};
constexpr Column write_request[] = {{"smb.fid", u16}, {"smb.data_octets", u16}, {"smb.file_offset", u32}};
constexpr Column count[] = {{"smb.write.count", u16}};
constexpr Column transaction_request[] = {{"smb.transaction.total_parameters", u16},
                                          {"smb.transaction.total_data", u16},
                                          {"smb.transaction.max_parameters", u16},
                                          {"smb.transaction.max_data", u16},
                                          {"", gap1},
                                          {"", gap1},
                                          {"smb.transaction.flags", u16},
                                          {"", gap4},
                                          {"", gap2},
                                          {"smb.transaction.parameters", u16},
                                          {"", gap2},
                                          {"smb.transaction.data", u16},
                                          {"", gap2},
                                          {"smb.transaction.setup_count", u8},
                                          {"", gap1}};
constexpr Column transaction_response[] = {{"smb.transaction.total_parameters", u16},
                                           {"smb.transaction.total_data", u16},
                                           {"", gap2},
                                           {"smb.transaction.parameters", u16},
                                           {"", gap2},
                                           {"", gap2},
                                           {"smb.transaction.data", u16},
                                           {"", gap2},
                                           {"", gap2},
                                           {"smb.transaction.setup_count", u8},
                                           {"", gap1}};
constexpr Column nt_transact_request[] = {{"", gap1},
                                          {"", gap2},
                                          {"smb.transaction.total_parameters", u32},
                                          {"smb.transaction.total_data", u32},
                                          {"smb.transaction.max_parameters", u32},
                                          {"smb.transaction.max_data", u32},
                                          {"smb.transaction.parameters", u32},
                                          {"", gap4},
                                          {"smb.transaction.data", u32},
                                          {"", gap4},
                                          {"smb.transaction.setup_count", u8},
                                          {"smb.nt_transact.function", u16}};
constexpr Column echo_request[] = {{"smb.echo.count", u16}};
constexpr Column echo_response[] = {{"smb.echo.sequence", u16}};

// One row a layout.
// clang-format off
constexpr Layout1 layouts[] = {
    {0x72, true, 1, negotiate_core},
    {0x72, true, 13, negotiate_lanman},
    {0x72, true, 17, negotiate_nt},
    {0x73, false, 10, session_setup_old},
    {0x73, false, 12, session_setup_extended},
    {0x73, false, 13, session_setup_nt},
    {0x73, true, 3, session_setup_done},
    {0x73, true, 4, session_setup_goes_on},
    {0x70, true, 2, tree_connect_core},
    {0x75, false, 4, tree_connect_request},
    {0x75, true, 3, tree_connect_response},
    {0x75, true, 7, tree_connect_response_long},
    {0xa2, false, 24, create_request},
    {0xa2, true, 34, create_response},
    {0x2d, false, 15, open_andx_request},
    {0x2d, true, 15, open_andx_response},
    {0x02, false, 2, open_request},
    {0x02, true, 7, fid},
    {0x03, true, 1, fid},
    {0x0f, true, 1, fid},
    {0x04, false, 3, fid},
    {0x05, false, 1, fid},
    {0x0a, false, 5, read_request},
    {0x0b, false, 5, write_request},
    {0x0b, true, 1, count},
    {0x24, false, 8, chained_fid},
    {0x2e, false, 10, read_andx_request},
    {0x2e, true, 12, read_andx_response},
    {0x2f, false, 12, write_andx_request},
    {0x2f, true, 6, write_andx_response},
    {0x25, false, 14, transaction_request},
    {0x25, true, 10, transaction_response},
    {0x32, false, 14, transaction_request},
    {0x32, true, 10, transaction_response},
    {0xa0, false, 19, nt_transact_request},
    {0x2b, false, 1, echo_request},
    {0x2b, true, 1, echo_response},
};
// clang-format on

}  // namespace

Layout1 const* find_layout1(std::uint8_t command, bool response, std::uint8_t words, bool& any) {
  Layout1 const* found = nullptr;
  any = false;
  for (auto const& row : layouts) {
    if (row.command != command || row.response != response) continue;
    any = true;
    if (row.words <= words && (found == nullptr || row.words > found->words)) found = &row;
  }
  return found;
}

bool is_chained(std::uint8_t command) {
  switch (command) {
    case 0x24:
    case 0x2d:
    case 0x2e:
    case 0x2f:
    case 0x73:
    case 0x74:
    case 0x75:
    case 0xa2:
      return true;
    default:
      return false;
  }
}

}  // namespace greywatch::agent::smb
