#include <algorithm>
#include <iterator>

#include "agent/dissect/opcua/structures.hpp"

namespace greywatch::agent::opcua {
namespace {

using namespace structures;

constexpr Member service_fault_members[] = {{.type = Type::structure, .structure = &response_header}};
constexpr Structure service_fault{service_fault_members};
constexpr Member test_stack_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                                 {.name = "opcua.test_id", .type = Type::uint32},
                                                 {.name = "opcua.iteration", .type = Type::int32},
                                                 {.type = Type::variant}};
constexpr Structure test_stack_request{test_stack_request_members};
constexpr Member test_stack_response_members[] = {{.type = Type::structure, .structure = &response_header},
                                                  {.type = Type::variant}};
constexpr Structure test_stack_response{test_stack_response_members};
constexpr Member find_servers_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                                   {.name = "opcua.endpoint_url", .type = Type::string},
                                                   {.name = "opcua.locale_ids", .type = Type::string, .array = true},
                                                   {.name = "opcua.server_uris", .type = Type::string, .array = true}};
constexpr Structure find_servers_request{find_servers_request_members};
constexpr Member find_servers_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.type = Type::structure, .array = true, .structure = &application_description}};
constexpr Structure find_servers_response{find_servers_response_members};
constexpr Member get_endpoints_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.name = "opcua.endpoint_url", .type = Type::string},
    {.name = "opcua.locale_ids", .type = Type::string, .array = true},
    {.name = "opcua.profile_uris", .type = Type::string, .array = true}};
constexpr Structure get_endpoints_request{get_endpoints_request_members};
constexpr Member get_endpoints_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.type = Type::structure, .array = true, .structure = &endpoint_description}};
constexpr Structure get_endpoints_response{get_endpoints_response_members};
constexpr Member register_server_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                                      {.type = Type::structure, .structure = &registered_server}};
constexpr Structure register_server_request{register_server_request_members};
constexpr Member register_server_response_members[] = {{.type = Type::structure, .structure = &response_header}};
constexpr Structure register_server_response{register_server_response_members};
constexpr Member open_secure_channel_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.name = "opcua.client_protocol_version", .type = Type::uint32},
    {.name = "opcua.security_token_request_type", .type = Type::int32},
    {.name = "opcua.message_security_mode", .type = Type::int32},
    {.type = Type::byte_string},
    {.name = "opcua.requested_lifetime", .type = Type::uint32}};
constexpr Structure open_secure_channel_request{open_secure_channel_request_members};
constexpr Member open_secure_channel_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.name = "opcua.server_protocol_version", .type = Type::uint32},
    {.type = Type::structure, .structure = &security_token},
    {.type = Type::byte_string}};
constexpr Structure open_secure_channel_response{open_secure_channel_response_members};
constexpr Member close_secure_channel_request_members[] = {{.type = Type::structure, .structure = &request_header}};
constexpr Structure close_secure_channel_request{close_secure_channel_request_members};
constexpr Member close_secure_channel_response_members[] = {{.type = Type::structure, .structure = &response_header}};
constexpr Structure close_secure_channel_response{close_secure_channel_response_members};
constexpr Member create_session_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                                     {.type = Type::structure, .structure = &application_description},
                                                     {.name = "opcua.server_uri", .type = Type::string},
                                                     {.name = "opcua.endpoint_url", .type = Type::string},
                                                     {.name = "opcua.session_name", .type = Type::string},
                                                     {.type = Type::byte_string},
                                                     {.type = Type::byte_string},
                                                     {.name = "opcua.requested_session_timeout", .type = Type::doubled},
                                                     {.name = "opcua.max_response_message_size", .type = Type::uint32}};
constexpr Structure create_session_request{create_session_request_members};
constexpr Member create_session_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.type = Type::node_id},
    {.type = Type::node_id, .secret = true},
    {.name = "opcua.revised_session_timeout", .type = Type::doubled},
    {.type = Type::byte_string},
    {.type = Type::byte_string},
    {.type = Type::structure, .array = true, .structure = &endpoint_description},
    {.type = Type::structure, .array = true, .structure = &software_certificate},
    {.type = Type::structure, .structure = &signature_data},
    {.name = "opcua.max_request_message_size", .type = Type::uint32}};
constexpr Structure create_session_response{create_session_response_members};
constexpr Member activate_session_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.type = Type::structure, .structure = &signature_data},
    {.type = Type::structure, .array = true, .structure = &software_certificate},
    {.name = "opcua.locale_ids", .type = Type::string, .array = true},
    {.type = Type::extension_object},
    {.type = Type::structure, .structure = &signature_data}};
constexpr Structure activate_session_request{activate_session_request_members};
constexpr Member activate_session_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.type = Type::byte_string},
    {.name = "opcua.results", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure activate_session_response{activate_session_response_members};
constexpr Member close_session_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                                    {.name = "opcua.delete_subscriptions", .type = Type::boolean}};
constexpr Structure close_session_request{close_session_request_members};
constexpr Member close_session_response_members[] = {{.type = Type::structure, .structure = &response_header}};
constexpr Structure close_session_response{close_session_response_members};
constexpr Member cancel_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                             {.name = "opcua.request_handle", .type = Type::uint32}};
constexpr Structure cancel_request{cancel_request_members};
constexpr Member cancel_response_members[] = {{.type = Type::structure, .structure = &response_header},
                                              {.name = "opcua.cancel_count", .type = Type::uint32}};
constexpr Structure cancel_response{cancel_response_members};
constexpr Member add_nodes_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                                {.type = Type::structure, .array = true, .structure = &add_nodes_item}};
constexpr Structure add_nodes_request{add_nodes_request_members};
constexpr Member add_nodes_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.type = Type::structure, .array = true, .structure = &add_nodes_result},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure add_nodes_response{add_nodes_response_members};
constexpr Member add_references_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.type = Type::structure, .array = true, .structure = &add_references_item}};
constexpr Structure add_references_request{add_references_request_members};
constexpr Member add_references_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.name = "opcua.results", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure add_references_response{add_references_response_members};
constexpr Member delete_nodes_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.type = Type::structure, .array = true, .structure = &delete_nodes_item}};
constexpr Structure delete_nodes_request{delete_nodes_request_members};
constexpr Member delete_nodes_response_members[] = {{.type = Type::structure, .structure = &response_header},
                                                    {.name = "opcua.results", .type = Type::status_code, .array = true},
                                                    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure delete_nodes_response{delete_nodes_response_members};
constexpr Member delete_references_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.type = Type::structure, .array = true, .structure = &delete_references_item}};
constexpr Structure delete_references_request{delete_references_request_members};
constexpr Member delete_references_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.name = "opcua.results", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure delete_references_response{delete_references_response_members};
constexpr Member browse_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.type = Type::structure, .structure = &view_description},
    {.name = "opcua.requested_max_references_per_node", .type = Type::uint32},
    {.type = Type::structure, .array = true, .structure = &browse_description}};
constexpr Structure browse_request{browse_request_members};
constexpr Member browse_response_members[] = {{.type = Type::structure, .structure = &response_header},
                                              {.type = Type::structure, .array = true, .structure = &browse_result},
                                              {.type = Type::diagnostic_info, .array = true}};
constexpr Structure browse_response{browse_response_members};
constexpr Member browse_next_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                                  {.name = "opcua.release_continuation_points", .type = Type::boolean},
                                                  {.type = Type::byte_string, .array = true}};
constexpr Structure browse_next_request{browse_next_request_members};
constexpr Member browse_next_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.type = Type::structure, .array = true, .structure = &browse_result},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure browse_next_response{browse_next_response_members};
constexpr Member translate_browse_paths_to_node_ids_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.type = Type::structure, .array = true, .structure = &browse_path}};
constexpr Structure translate_browse_paths_to_node_ids_request{translate_browse_paths_to_node_ids_request_members};
constexpr Member translate_browse_paths_to_node_ids_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.type = Type::structure, .array = true, .structure = &browse_path_result},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure translate_browse_paths_to_node_ids_response{translate_browse_paths_to_node_ids_response_members};
constexpr Member register_nodes_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                                     {.type = Type::node_id, .array = true, .subject = true}};
constexpr Structure register_nodes_request{register_nodes_request_members};
constexpr Member register_nodes_response_members[] = {{.type = Type::structure, .structure = &response_header},
                                                      {.type = Type::node_id, .array = true}};
constexpr Structure register_nodes_response{register_nodes_response_members};
constexpr Member unregister_nodes_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                                       {.type = Type::node_id, .array = true, .subject = true}};
constexpr Structure unregister_nodes_request{unregister_nodes_request_members};
constexpr Member unregister_nodes_response_members[] = {{.type = Type::structure, .structure = &response_header}};
constexpr Structure unregister_nodes_response{unregister_nodes_response_members};
constexpr Member query_first_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.type = Type::structure, .structure = &view_description},
    {.type = Type::structure, .array = true, .structure = &node_type_description},
    {.type = Type::structure, .array = true, .structure = &filter_element},
    {.name = "opcua.max_data_sets_to_return", .type = Type::uint32},
    {.name = "opcua.max_references_to_return", .type = Type::uint32}};
constexpr Structure query_first_request{query_first_request_members};
constexpr Member query_first_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.type = Type::structure, .array = true, .structure = &query_data_set},
    {.type = Type::byte_string},
    {.type = Type::structure, .array = true, .structure = &parsing_result},
    {.type = Type::diagnostic_info, .array = true},
    {.type = Type::structure, .array = true, .structure = &filter_element_result},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure query_first_response{query_first_response_members};
constexpr Member query_next_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                                 {.name = "opcua.release_continuation_point", .type = Type::boolean},
                                                 {.type = Type::byte_string}};
constexpr Structure query_next_request{query_next_request_members};
constexpr Member query_next_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.type = Type::structure, .array = true, .structure = &query_data_set},
    {.type = Type::byte_string}};
constexpr Structure query_next_response{query_next_response_members};
constexpr Member read_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                           {.name = "opcua.max_age", .type = Type::doubled},
                                           {.name = "opcua.timestamps_to_return", .type = Type::int32},
                                           {.type = Type::structure, .array = true, .structure = &read_value_id}};
constexpr Structure read_request{read_request_members};
constexpr Member read_response_members[] = {{.type = Type::structure, .structure = &response_header},
                                            {.type = Type::data_value, .array = true},
                                            {.type = Type::diagnostic_info, .array = true}};
constexpr Structure read_response{read_response_members};
constexpr Member history_read_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.type = Type::extension_object},
    {.name = "opcua.timestamps_to_return", .type = Type::int32},
    {.name = "opcua.release_continuation_points", .type = Type::boolean},
    {.type = Type::structure, .array = true, .structure = &history_read_value_id}};
constexpr Structure history_read_request{history_read_request_members};
constexpr Member history_read_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.type = Type::structure, .array = true, .structure = &history_read_result},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure history_read_response{history_read_response_members};
constexpr Member write_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                            {.type = Type::structure, .array = true, .structure = &write_value}};
constexpr Structure write_request{write_request_members};
constexpr Member write_response_members[] = {{.type = Type::structure, .structure = &response_header},
                                             {.name = "opcua.results", .type = Type::status_code, .array = true},
                                             {.type = Type::diagnostic_info, .array = true}};
constexpr Structure write_response{write_response_members};
constexpr Member history_update_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                                     {.type = Type::extension_object, .array = true}};
constexpr Structure history_update_request{history_update_request_members};
constexpr Member history_update_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.type = Type::structure, .array = true, .structure = &history_update_result},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure history_update_response{history_update_response_members};
constexpr Member call_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                           {.type = Type::structure, .array = true, .structure = &call_method_request}};
constexpr Structure call_request{call_request_members};
constexpr Member call_response_members[] = {{.type = Type::structure, .structure = &response_header},
                                            {.type = Type::structure, .array = true, .structure = &call_method_result},
                                            {.type = Type::diagnostic_info, .array = true}};
constexpr Structure call_response{call_response_members};
constexpr Member create_monitored_items_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.name = "opcua.subscription_id", .type = Type::uint32},
    {.name = "opcua.timestamps_to_return", .type = Type::int32},
    {.type = Type::structure, .array = true, .structure = &create_item}};
constexpr Structure create_monitored_items_request{create_monitored_items_request_members};
constexpr Member create_monitored_items_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.type = Type::structure, .array = true, .structure = &create_item_result},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure create_monitored_items_response{create_monitored_items_response_members};
constexpr Member modify_monitored_items_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.name = "opcua.subscription_id", .type = Type::uint32},
    {.name = "opcua.timestamps_to_return", .type = Type::int32},
    {.type = Type::structure, .array = true, .structure = &modify_item}};
constexpr Structure modify_monitored_items_request{modify_monitored_items_request_members};
constexpr Member modify_monitored_items_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.type = Type::structure, .array = true, .structure = &modify_item_result},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure modify_monitored_items_response{modify_monitored_items_response_members};
constexpr Member set_monitoring_mode_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.name = "opcua.subscription_id", .type = Type::uint32},
    {.name = "opcua.monitoring_mode", .type = Type::int32},
    {.name = "opcua.monitored_item_ids", .type = Type::uint32, .array = true}};
constexpr Structure set_monitoring_mode_request{set_monitoring_mode_request_members};
constexpr Member set_monitoring_mode_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.name = "opcua.results", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure set_monitoring_mode_response{set_monitoring_mode_response_members};
constexpr Member set_triggering_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.name = "opcua.subscription_id", .type = Type::uint32},
    {.name = "opcua.triggering_item_id", .type = Type::uint32},
    {.name = "opcua.links_to_add", .type = Type::uint32, .array = true},
    {.name = "opcua.links_to_remove", .type = Type::uint32, .array = true}};
constexpr Structure set_triggering_request{set_triggering_request_members};
constexpr Member set_triggering_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.name = "opcua.add_results", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true},
    {.name = "opcua.remove_results", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure set_triggering_response{set_triggering_response_members};
constexpr Member delete_monitored_items_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.name = "opcua.subscription_id", .type = Type::uint32},
    {.name = "opcua.monitored_item_ids", .type = Type::uint32, .array = true}};
constexpr Structure delete_monitored_items_request{delete_monitored_items_request_members};
constexpr Member delete_monitored_items_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.name = "opcua.results", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure delete_monitored_items_response{delete_monitored_items_response_members};
constexpr Member create_subscription_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.name = "opcua.requested_publishing_interval", .type = Type::doubled},
    {.name = "opcua.requested_lifetime_count", .type = Type::uint32},
    {.name = "opcua.requested_max_keep_alive_count", .type = Type::uint32},
    {.name = "opcua.max_notifications_per_publish", .type = Type::uint32},
    {.name = "opcua.publishing_enabled", .type = Type::boolean},
    {.name = "opcua.priority", .type = Type::byte}};
constexpr Structure create_subscription_request{create_subscription_request_members};
constexpr Member create_subscription_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.name = "opcua.subscription_id", .type = Type::uint32},
    {.name = "opcua.revised_publishing_interval", .type = Type::doubled},
    {.name = "opcua.revised_lifetime_count", .type = Type::uint32},
    {.name = "opcua.revised_max_keep_alive_count", .type = Type::uint32}};
constexpr Structure create_subscription_response{create_subscription_response_members};
constexpr Member modify_subscription_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.name = "opcua.subscription_id", .type = Type::uint32},
    {.name = "opcua.requested_publishing_interval", .type = Type::doubled},
    {.name = "opcua.requested_lifetime_count", .type = Type::uint32},
    {.name = "opcua.requested_max_keep_alive_count", .type = Type::uint32},
    {.name = "opcua.max_notifications_per_publish", .type = Type::uint32},
    {.name = "opcua.priority", .type = Type::byte}};
constexpr Structure modify_subscription_request{modify_subscription_request_members};
constexpr Member modify_subscription_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.name = "opcua.revised_publishing_interval", .type = Type::doubled},
    {.name = "opcua.revised_lifetime_count", .type = Type::uint32},
    {.name = "opcua.revised_max_keep_alive_count", .type = Type::uint32}};
constexpr Structure modify_subscription_response{modify_subscription_response_members};
constexpr Member set_publishing_mode_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.name = "opcua.publishing_enabled", .type = Type::boolean},
    {.name = "opcua.subscription_ids", .type = Type::uint32, .array = true}};
constexpr Structure set_publishing_mode_request{set_publishing_mode_request_members};
constexpr Member set_publishing_mode_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.name = "opcua.results", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure set_publishing_mode_response{set_publishing_mode_response_members};
constexpr Member publish_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                              {.type = Type::structure, .array = true, .structure = &acknowledgement}};
constexpr Structure publish_request{publish_request_members};
constexpr Member publish_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.name = "opcua.subscription_id", .type = Type::uint32},
    {.name = "opcua.available_sequence_numbers", .type = Type::uint32, .array = true},
    {.name = "opcua.more_notifications", .type = Type::boolean},
    {.type = Type::structure, .structure = &notification_message},
    {.name = "opcua.results", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure publish_response{publish_response_members};
constexpr Member republish_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                                {.name = "opcua.subscription_id", .type = Type::uint32},
                                                {.name = "opcua.retransmit_sequence_number", .type = Type::uint32}};
constexpr Structure republish_request{republish_request_members};
constexpr Member republish_response_members[] = {{.type = Type::structure, .structure = &response_header},
                                                 {.type = Type::structure, .structure = &notification_message}};
constexpr Structure republish_response{republish_response_members};
constexpr Member transfer_subscriptions_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.name = "opcua.subscription_ids", .type = Type::uint32, .array = true},
    {.name = "opcua.send_initial_values", .type = Type::boolean}};
constexpr Structure transfer_subscriptions_request{transfer_subscriptions_request_members};
constexpr Member transfer_subscriptions_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.type = Type::structure, .array = true, .structure = &transfer_result},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure transfer_subscriptions_response{transfer_subscriptions_response_members};
constexpr Member delete_subscriptions_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.name = "opcua.subscription_ids", .type = Type::uint32, .array = true}};
constexpr Structure delete_subscriptions_request{delete_subscriptions_request_members};
constexpr Member delete_subscriptions_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.name = "opcua.results", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure delete_subscriptions_response{delete_subscriptions_response_members};
constexpr Member find_servers_on_network_request_members[] = {
    {.type = Type::structure, .structure = &request_header},
    {.name = "opcua.starting_record_id", .type = Type::uint32},
    {.name = "opcua.max_records_to_return", .type = Type::uint32},
    {.name = "opcua.server_capability_filter", .type = Type::string, .array = true}};
constexpr Structure find_servers_on_network_request{find_servers_on_network_request_members};
constexpr Member find_servers_on_network_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.type = Type::date_time},
    {.type = Type::structure, .array = true, .structure = &server_on_network}};
constexpr Structure find_servers_on_network_response{find_servers_on_network_response_members};
constexpr Member register_server2_request_members[] = {{.type = Type::structure, .structure = &request_header},
                                                       {.type = Type::structure, .structure = &registered_server},
                                                       {.type = Type::extension_object, .array = true}};
constexpr Structure register_server2_request{register_server2_request_members};
constexpr Member register_server2_response_members[] = {
    {.type = Type::structure, .structure = &response_header},
    {.name = "opcua.configuration_results", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure register_server2_response{register_server2_response_members};

constexpr Encoding rows[] = {
    {397, "ServiceFault", &service_fault, Operation::other, Role::response},
    {410, "TestStackRequest", &test_stack_request, Operation::diagnose, Role::request},
    {413, "TestStackResponse", &test_stack_response, Operation::diagnose, Role::response},
    {422, "FindServersRequest", &find_servers_request, Operation::read, Role::request},
    {425, "FindServersResponse", &find_servers_response, Operation::read, Role::response},
    {428, "GetEndpointsRequest", &get_endpoints_request, Operation::read, Role::request},
    {431, "GetEndpointsResponse", &get_endpoints_response, Operation::read, Role::response},
    {437, "RegisterServerRequest", &register_server_request, Operation::configure, Role::request},
    {440, "RegisterServerResponse", &register_server_response, Operation::configure, Role::response},
    {446, "OpenSecureChannelRequest", &open_secure_channel_request, Operation::session, Role::request},
    {449, "OpenSecureChannelResponse", &open_secure_channel_response, Operation::session, Role::response},
    {452, "CloseSecureChannelRequest", &close_secure_channel_request, Operation::session, Role::request},
    {455, "CloseSecureChannelResponse", &close_secure_channel_response, Operation::session, Role::response},
    {461, "CreateSessionRequest", &create_session_request, Operation::session, Role::request},
    {464, "CreateSessionResponse", &create_session_response, Operation::session, Role::response},
    {467, "ActivateSessionRequest", &activate_session_request, Operation::session, Role::request},
    {470, "ActivateSessionResponse", &activate_session_response, Operation::session, Role::response},
    {473, "CloseSessionRequest", &close_session_request, Operation::session, Role::request},
    {476, "CloseSessionResponse", &close_session_response, Operation::session, Role::response},
    {479, "CancelRequest", &cancel_request, Operation::session, Role::request},
    {482, "CancelResponse", &cancel_response, Operation::session, Role::response},
    {488, "AddNodesRequest", &add_nodes_request, Operation::configure, Role::request},
    {491, "AddNodesResponse", &add_nodes_response, Operation::configure, Role::response},
    {494, "AddReferencesRequest", &add_references_request, Operation::configure, Role::request},
    {497, "AddReferencesResponse", &add_references_response, Operation::configure, Role::response},
    {500, "DeleteNodesRequest", &delete_nodes_request, Operation::configure, Role::request},
    {503, "DeleteNodesResponse", &delete_nodes_response, Operation::configure, Role::response},
    {506, "DeleteReferencesRequest", &delete_references_request, Operation::configure, Role::request},
    {509, "DeleteReferencesResponse", &delete_references_response, Operation::configure, Role::response},
    {527, "BrowseRequest", &browse_request, Operation::diagnose, Role::request},
    {530, "BrowseResponse", &browse_response, Operation::diagnose, Role::response},
    {533, "BrowseNextRequest", &browse_next_request, Operation::diagnose, Role::request},
    {536, "BrowseNextResponse", &browse_next_response, Operation::diagnose, Role::response},
    {554, "TranslateBrowsePathsToNodeIdsRequest", &translate_browse_paths_to_node_ids_request, Operation::diagnose,
     Role::request},
    {557, "TranslateBrowsePathsToNodeIdsResponse", &translate_browse_paths_to_node_ids_response, Operation::diagnose,
     Role::response},
    {560, "RegisterNodesRequest", &register_nodes_request, Operation::read, Role::request},
    {563, "RegisterNodesResponse", &register_nodes_response, Operation::read, Role::response},
    {566, "UnregisterNodesRequest", &unregister_nodes_request, Operation::read, Role::request},
    {569, "UnregisterNodesResponse", &unregister_nodes_response, Operation::read, Role::response},
    {615, "QueryFirstRequest", &query_first_request, Operation::read, Role::request},
    {618, "QueryFirstResponse", &query_first_response, Operation::read, Role::response},
    {621, "QueryNextRequest", &query_next_request, Operation::read, Role::request},
    {624, "QueryNextResponse", &query_next_response, Operation::read, Role::response},
    {631, "ReadRequest", &read_request, Operation::read, Role::request},
    {634, "ReadResponse", &read_response, Operation::read, Role::response},
    {664, "HistoryReadRequest", &history_read_request, Operation::read, Role::request},
    {667, "HistoryReadResponse", &history_read_response, Operation::read, Role::response},
    {673, "WriteRequest", &write_request, Operation::write, Role::request},
    {676, "WriteResponse", &write_response, Operation::write, Role::response},
    {700, "HistoryUpdateRequest", &history_update_request, Operation::write, Role::request},
    {703, "HistoryUpdateResponse", &history_update_response, Operation::write, Role::response},
    {712, "CallRequest", &call_request, Operation::control, Role::request},
    {715, "CallResponse", &call_response, Operation::control, Role::response},
    {751, "CreateMonitoredItemsRequest", &create_monitored_items_request, Operation::read, Role::request},
    {754, "CreateMonitoredItemsResponse", &create_monitored_items_response, Operation::read, Role::response},
    {763, "ModifyMonitoredItemsRequest", &modify_monitored_items_request, Operation::read, Role::request},
    {766, "ModifyMonitoredItemsResponse", &modify_monitored_items_response, Operation::read, Role::response},
    {769, "SetMonitoringModeRequest", &set_monitoring_mode_request, Operation::read, Role::request},
    {772, "SetMonitoringModeResponse", &set_monitoring_mode_response, Operation::read, Role::response},
    {775, "SetTriggeringRequest", &set_triggering_request, Operation::read, Role::request},
    {778, "SetTriggeringResponse", &set_triggering_response, Operation::read, Role::response},
    {781, "DeleteMonitoredItemsRequest", &delete_monitored_items_request, Operation::read, Role::request},
    {784, "DeleteMonitoredItemsResponse", &delete_monitored_items_response, Operation::read, Role::response},
    {787, "CreateSubscriptionRequest", &create_subscription_request, Operation::read, Role::request},
    {790, "CreateSubscriptionResponse", &create_subscription_response, Operation::read, Role::response},
    {793, "ModifySubscriptionRequest", &modify_subscription_request, Operation::read, Role::request},
    {796, "ModifySubscriptionResponse", &modify_subscription_response, Operation::read, Role::response},
    {799, "SetPublishingModeRequest", &set_publishing_mode_request, Operation::read, Role::request},
    {802, "SetPublishingModeResponse", &set_publishing_mode_response, Operation::read, Role::response},
    {826, "PublishRequest", &publish_request, Operation::read, Role::request},
    {829, "PublishResponse", &publish_response, Operation::read, Role::response},
    {832, "RepublishRequest", &republish_request, Operation::read, Role::request},
    {835, "RepublishResponse", &republish_response, Operation::read, Role::response},
    {841, "TransferSubscriptionsRequest", &transfer_subscriptions_request, Operation::read, Role::request},
    {844, "TransferSubscriptionsResponse", &transfer_subscriptions_response, Operation::read, Role::response},
    {847, "DeleteSubscriptionsRequest", &delete_subscriptions_request, Operation::read, Role::request},
    {850, "DeleteSubscriptionsResponse", &delete_subscriptions_response, Operation::read, Role::response},
    {12208, "FindServersOnNetworkRequest", &find_servers_on_network_request, Operation::read, Role::request},
    {12209, "FindServersOnNetworkResponse", &find_servers_on_network_response, Operation::read, Role::response},
    {12211, "RegisterServer2Request", &register_server2_request, Operation::configure, Role::request},
    {12212, "RegisterServer2Response", &register_server2_response, Operation::configure, Role::response},
};
static_assert(std::ranges::is_sorted(rows, {}, &Encoding::id));

}  // namespace

Encoding const* find_service(std::uint32_t id) {
  auto const* const row = std::ranges::lower_bound(rows, id, {}, &Encoding::id);
  return row != std::end(rows) && row->id == id ? row : nullptr;
}

}  // namespace greywatch::agent::opcua
