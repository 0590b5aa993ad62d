#pragma once
#include "agent/dissect/opcua/schema.hpp"

namespace greywatch::agent::opcua::structures {

// Structures of OPC 10000-4, 7, that services and extension objects share, in the order of the wire.
inline constexpr Member request_header_members[] = {{.type = Type::node_id, .secret = true},
                                                    {.type = Type::date_time},
                                                    {.name = "opcua.request_handle", .type = Type::uint32},
                                                    {.name = "opcua.return_diagnostics", .type = Type::uint32},
                                                    {.name = "opcua.audit_entry_id", .type = Type::string},
                                                    {.name = "opcua.timeout_hint", .type = Type::uint32},
                                                    {.type = Type::extension_object}};
inline constexpr Structure request_header{request_header_members};
inline constexpr Member response_header_members[] = {{.type = Type::date_time},
                                                     {.name = "opcua.request_handle", .type = Type::uint32},
                                                     {.name = "opcua.service_result", .type = Type::status_code},
                                                     {.type = Type::diagnostic_info},
                                                     {.type = Type::string, .array = true},
                                                     {.type = Type::extension_object}};
inline constexpr Structure response_header{response_header_members};
inline constexpr Member application_description_members[] = {
    {.name = "opcua.application_uri", .type = Type::string},
    {.name = "opcua.product_uri", .type = Type::string},
    {.type = Type::localized_text},
    {.name = "opcua.application_type", .type = Type::int32},
    {.name = "opcua.gateway_server_uri", .type = Type::string},
    {.name = "opcua.discovery_profile_uri", .type = Type::string},
    {.name = "opcua.discovery_urls", .type = Type::string, .array = true}};
inline constexpr Structure application_description{application_description_members};
inline constexpr Member user_token_policy_members[] = {{.name = "opcua.policy_id", .type = Type::string},
                                                       {.name = "opcua.user_token_type", .type = Type::int32},
                                                       {.name = "opcua.issued_token_type", .type = Type::string},
                                                       {.name = "opcua.issuer_endpoint_url", .type = Type::string},
                                                       {.name = "opcua.security_policy_uri", .type = Type::string}};
inline constexpr Structure user_token_policy{user_token_policy_members};
inline constexpr Member endpoint_description_members[] = {
    {.name = "opcua.endpoint_url", .type = Type::string},
    {.type = Type::structure, .structure = &application_description},
    {.type = Type::byte_string},
    {.name = "opcua.message_security_mode", .type = Type::int32},
    {.name = "opcua.security_policy_uri", .type = Type::string},
    {.type = Type::structure, .array = true, .structure = &user_token_policy},
    {.name = "opcua.transport_profile_uri", .type = Type::string},
    {.name = "opcua.security_level", .type = Type::byte}};
inline constexpr Structure endpoint_description{endpoint_description_members};
inline constexpr Member server_on_network_members[] = {
    {.name = "opcua.record_id", .type = Type::uint32},
    {.name = "opcua.server_name", .type = Type::string},
    {.name = "opcua.discovery_url", .type = Type::string},
    {.name = "opcua.server_capabilities", .type = Type::string, .array = true}};
inline constexpr Structure server_on_network{server_on_network_members};
inline constexpr Member registered_server_members[] = {
    {.name = "opcua.server_uri", .type = Type::string},
    {.name = "opcua.product_uri", .type = Type::string},
    {.type = Type::localized_text, .array = true},
    {.name = "opcua.application_type", .type = Type::int32},
    {.name = "opcua.gateway_server_uri", .type = Type::string},
    {.name = "opcua.discovery_urls", .type = Type::string, .array = true},
    {.name = "opcua.semaphore_file_path", .type = Type::string},
    {.name = "opcua.is_online", .type = Type::boolean}};
inline constexpr Structure registered_server{registered_server_members};
inline constexpr Member security_token_members[] = {{.name = "opcua.channel_id", .type = Type::uint32},
                                                    {.name = "opcua.token_id", .type = Type::uint32},
                                                    {.type = Type::date_time},
                                                    {.name = "opcua.revised_lifetime", .type = Type::uint32}};
inline constexpr Structure security_token{security_token_members};
inline constexpr Member software_certificate_members[] = {{.type = Type::byte_string}, {.type = Type::byte_string}};
inline constexpr Structure software_certificate{software_certificate_members};
inline constexpr Member signature_data_members[] = {{.name = "opcua.algorithm", .type = Type::string},
                                                    {.type = Type::byte_string}};
inline constexpr Structure signature_data{signature_data_members};
inline constexpr Member add_nodes_item_members[] = {{.type = Type::expanded_node_id},
                                                    {.type = Type::node_id},
                                                    {.type = Type::expanded_node_id, .subject = true},
                                                    {.type = Type::qualified_name},
                                                    {.name = "opcua.node_class", .type = Type::int32},
                                                    {.type = Type::extension_object},
                                                    {.type = Type::expanded_node_id}};
inline constexpr Structure add_nodes_item{add_nodes_item_members};
inline constexpr Member add_nodes_result_members[] = {{.name = "opcua.status_code", .type = Type::status_code},
                                                      {.type = Type::node_id}};
inline constexpr Structure add_nodes_result{add_nodes_result_members};
inline constexpr Member add_references_item_members[] = {{.type = Type::node_id, .subject = true},
                                                         {.type = Type::node_id},
                                                         {.name = "opcua.is_forward", .type = Type::boolean},
                                                         {.name = "opcua.target_server_uri", .type = Type::string},
                                                         {.type = Type::expanded_node_id},
                                                         {.name = "opcua.node_class", .type = Type::int32}};
inline constexpr Structure add_references_item{add_references_item_members};
inline constexpr Member delete_nodes_item_members[] = {
    {.type = Type::node_id, .subject = true}, {.name = "opcua.delete_target_references", .type = Type::boolean}};
inline constexpr Structure delete_nodes_item{delete_nodes_item_members};
inline constexpr Member delete_references_item_members[] = {
    {.type = Type::node_id, .subject = true},
    {.type = Type::node_id},
    {.name = "opcua.is_forward", .type = Type::boolean},
    {.type = Type::expanded_node_id},
    {.name = "opcua.delete_bidirectional", .type = Type::boolean}};
inline constexpr Structure delete_references_item{delete_references_item_members};
inline constexpr Member view_description_members[] = {
    {.type = Type::node_id}, {.type = Type::date_time}, {.name = "opcua.view_version", .type = Type::uint32}};
inline constexpr Structure view_description{view_description_members};
inline constexpr Member browse_description_members[] = {{.type = Type::node_id, .subject = true},
                                                        {.name = "opcua.browse_direction", .type = Type::int32},
                                                        {.type = Type::node_id},
                                                        {.name = "opcua.include_subtypes", .type = Type::boolean},
                                                        {.type = Type::uint32},
                                                        {.type = Type::uint32}};
inline constexpr Structure browse_description{browse_description_members};
inline constexpr Member reference_description_members[] = {
    {.type = Type::node_id},          {.name = "opcua.is_forward", .type = Type::boolean},
    {.type = Type::expanded_node_id}, {.type = Type::qualified_name},
    {.type = Type::localized_text},   {.name = "opcua.node_class", .type = Type::int32},
    {.type = Type::expanded_node_id}};
inline constexpr Structure reference_description{reference_description_members};
inline constexpr Member browse_result_members[] = {
    {.name = "opcua.status_code", .type = Type::status_code},
    {.type = Type::byte_string},
    {.type = Type::structure, .array = true, .structure = &reference_description}};
inline constexpr Structure browse_result{browse_result_members};
inline constexpr Member relative_path_element_members[] = {{.type = Type::node_id},
                                                           {.name = "opcua.is_inverse", .type = Type::boolean},
                                                           {.name = "opcua.include_subtypes", .type = Type::boolean},
                                                           {.type = Type::qualified_name}};
inline constexpr Structure relative_path_element{relative_path_element_members};
inline constexpr Member browse_path_members[] = {
    {.type = Type::node_id, .subject = true},
    {.type = Type::structure, .array = true, .structure = &relative_path_element}};
inline constexpr Structure browse_path{browse_path_members};
inline constexpr Member browse_path_target_members[] = {{.type = Type::expanded_node_id},
                                                        {.name = "opcua.remaining_path_index", .type = Type::uint32}};
inline constexpr Structure browse_path_target{browse_path_target_members};
inline constexpr Member browse_path_result_members[] = {
    {.name = "opcua.status_code", .type = Type::status_code},
    {.type = Type::structure, .array = true, .structure = &browse_path_target}};
inline constexpr Structure browse_path_result{browse_path_result_members};
inline constexpr Member query_data_description_members[] = {
    {.type = Type::structure, .array = true, .structure = &relative_path_element},
    {.name = "opcua.attribute_id", .type = Type::uint32},
    {.name = "opcua.index_range", .type = Type::string}};
inline constexpr Structure query_data_description{query_data_description_members};
inline constexpr Member node_type_description_members[] = {
    {.type = Type::expanded_node_id, .subject = true},
    {.name = "opcua.include_sub_types", .type = Type::boolean},
    {.type = Type::structure, .array = true, .structure = &query_data_description}};
inline constexpr Structure node_type_description{node_type_description_members};
inline constexpr Member filter_element_members[] = {{.name = "opcua.filter_operator", .type = Type::int32},
                                                    {.type = Type::extension_object, .array = true}};
inline constexpr Structure filter_element{filter_element_members};
inline constexpr Member query_data_set_members[] = {
    {.type = Type::expanded_node_id}, {.type = Type::expanded_node_id}, {.type = Type::variant, .array = true}};
inline constexpr Structure query_data_set{query_data_set_members};
inline constexpr Member parsing_result_members[] = {
    {.name = "opcua.status_code", .type = Type::status_code},
    {.name = "opcua.data_status_codes", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true}};
inline constexpr Structure parsing_result{parsing_result_members};
inline constexpr Member filter_element_result_members[] = {
    {.name = "opcua.status_code", .type = Type::status_code},
    {.name = "opcua.operand_status_codes", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true}};
inline constexpr Structure filter_element_result{filter_element_result_members};
inline constexpr Member read_value_id_members[] = {{.type = Type::node_id, .subject = true},
                                                   {.name = "opcua.attribute_id", .type = Type::uint32},
                                                   {.name = "opcua.index_range", .type = Type::string},
                                                   {.type = Type::qualified_name}};
inline constexpr Structure read_value_id{read_value_id_members};
inline constexpr Member history_read_value_id_members[] = {{.type = Type::node_id, .subject = true},
                                                           {.name = "opcua.index_range", .type = Type::string},
                                                           {.type = Type::qualified_name},
                                                           {.type = Type::byte_string}};
inline constexpr Structure history_read_value_id{history_read_value_id_members};
inline constexpr Member history_read_result_members[] = {{.name = "opcua.status_code", .type = Type::status_code},
                                                         {.type = Type::byte_string},
                                                         {.type = Type::extension_object}};
inline constexpr Structure history_read_result{history_read_result_members};
inline constexpr Member write_value_members[] = {{.type = Type::node_id, .subject = true},
                                                 {.name = "opcua.attribute_id", .type = Type::uint32},
                                                 {.name = "opcua.index_range", .type = Type::string},
                                                 {.type = Type::data_value}};
inline constexpr Structure write_value{write_value_members};
inline constexpr Member history_update_result_members[] = {
    {.name = "opcua.status_code", .type = Type::status_code},
    {.name = "opcua.operation_results", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true}};
inline constexpr Structure history_update_result{history_update_result_members};
inline constexpr Member call_method_request_members[] = {
    {.type = Type::node_id}, {.type = Type::node_id, .subject = true}, {.type = Type::variant, .array = true}};
inline constexpr Structure call_method_request{call_method_request_members};
inline constexpr Member call_method_result_members[] = {
    {.name = "opcua.status_code", .type = Type::status_code},
    {.name = "opcua.input_argument_results", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true},
    {.type = Type::variant, .array = true}};
inline constexpr Structure call_method_result{call_method_result_members};
inline constexpr Member monitoring_parameters_members[] = {{.name = "opcua.client_handle", .type = Type::uint32},
                                                           {.name = "opcua.sampling_interval", .type = Type::doubled},
                                                           {.type = Type::extension_object},
                                                           {.name = "opcua.queue_size", .type = Type::uint32},
                                                           {.name = "opcua.discard_oldest", .type = Type::boolean}};
inline constexpr Structure monitoring_parameters{monitoring_parameters_members};
inline constexpr Member create_item_members[] = {{.type = Type::structure, .structure = &read_value_id},
                                                 {.name = "opcua.monitoring_mode", .type = Type::int32},
                                                 {.type = Type::structure, .structure = &monitoring_parameters}};
inline constexpr Structure create_item{create_item_members};
inline constexpr Member create_item_result_members[] = {
    {.name = "opcua.status_code", .type = Type::status_code},
    {.name = "opcua.monitored_item_id", .type = Type::uint32},
    {.name = "opcua.revised_sampling_interval", .type = Type::doubled},
    {.name = "opcua.revised_queue_size", .type = Type::uint32},
    {.type = Type::extension_object}};
inline constexpr Structure create_item_result{create_item_result_members};
inline constexpr Member modify_item_members[] = {{.name = "opcua.monitored_item_id", .type = Type::uint32},
                                                 {.type = Type::structure, .structure = &monitoring_parameters}};
inline constexpr Structure modify_item{modify_item_members};
inline constexpr Member modify_item_result_members[] = {
    {.name = "opcua.status_code", .type = Type::status_code},
    {.name = "opcua.revised_sampling_interval", .type = Type::doubled},
    {.name = "opcua.revised_queue_size", .type = Type::uint32},
    {.type = Type::extension_object}};
inline constexpr Structure modify_item_result{modify_item_result_members};
inline constexpr Member acknowledgement_members[] = {{.name = "opcua.subscription_id", .type = Type::uint32},
                                                     {.name = "opcua.sequence_number", .type = Type::uint32}};
inline constexpr Structure acknowledgement{acknowledgement_members};
inline constexpr Member notification_message_members[] = {{.name = "opcua.sequence_number", .type = Type::uint32},
                                                          {.type = Type::date_time},
                                                          {.type = Type::extension_object, .array = true}};
inline constexpr Structure notification_message{notification_message_members};
inline constexpr Member transfer_result_members[] = {
    {.name = "opcua.status_code", .type = Type::status_code},
    {.name = "opcua.available_sequence_numbers", .type = Type::uint32, .array = true}};
inline constexpr Structure transfer_result{transfer_result_members};
inline constexpr Member build_info_members[] = {
    {.name = "opcua.product_uri", .type = Type::string, .identity = "opcua.server.product_uri"},
    {.name = "opcua.manufacturer_name", .type = Type::string, .identity = "opcua.server.manufacturer_name"},
    {.name = "opcua.product_name", .type = Type::string, .identity = "opcua.server.product_name"},
    {.name = "opcua.software_version", .type = Type::string, .identity = "opcua.server.software_version"},
    {.name = "opcua.build_number", .type = Type::string, .identity = "opcua.server.build_number"},
    {.type = Type::date_time}};
inline constexpr Structure build_info{build_info_members};
inline constexpr Member monitored_item_notification_members[] = {{.name = "opcua.client_handle", .type = Type::uint32},
                                                                 {.type = Type::data_value}};
inline constexpr Structure monitored_item_notification{monitored_item_notification_members};
inline constexpr Member event_fields_members[] = {{.name = "opcua.client_handle", .type = Type::uint32},
                                                  {.type = Type::variant, .array = true}};
inline constexpr Structure event_fields{event_fields_members};
inline constexpr Member simple_attribute_operand_members[] = {{.type = Type::node_id},
                                                              {.type = Type::qualified_name, .array = true},
                                                              {.name = "opcua.attribute_id", .type = Type::uint32},
                                                              {.name = "opcua.index_range", .type = Type::string}};
inline constexpr Structure simple_attribute_operand{simple_attribute_operand_members};

}  // namespace greywatch::agent::opcua::structures
