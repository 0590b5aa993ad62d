#include <algorithm>
#include <iterator>

#include "agent/dissect/opcua/structures.hpp"

namespace greywatch::agent::opcua {
namespace {

using namespace structures;

/// What the attributes of every class of nodes begin with. OPC 10000-4, 7.24.
constexpr Member node_attributes_members[] = {{.name = "opcua.specified_attributes", .type = Type::uint32},
                                              {.type = Type::localized_text},
                                              {.type = Type::localized_text},
                                              {.name = "opcua.write_mask", .type = Type::uint32},
                                              {.name = "opcua.user_write_mask", .type = Type::uint32}};
constexpr Structure node_attributes{node_attributes_members};
/// AggregateConfiguration. OPC 10000-4, 7.22.4.
constexpr Member aggregate_configuration_members[] = {
    {.name = "opcua.use_server_capabilities_defaults", .type = Type::boolean},
    {.name = "opcua.treat_uncertain_as_bad", .type = Type::boolean},
    {.name = "opcua.percent_data_bad", .type = Type::byte},
    {.name = "opcua.percent_data_good", .type = Type::byte},
    {.name = "opcua.use_sloped_extrapolation", .type = Type::boolean}};
constexpr Structure aggregate_configuration{aggregate_configuration_members};

constexpr Member argument_members[] = {{.name = "opcua.name", .type = Type::string},
                                       {.type = Type::node_id},
                                       {.name = "opcua.value_rank", .type = Type::int32},
                                       {.name = "opcua.array_dimensions", .type = Type::uint32, .array = true},
                                       {.type = Type::localized_text}};
constexpr Structure argument{argument_members};
constexpr Member anonymous_identity_token_members[] = {{.name = "opcua.policy_id", .type = Type::string}};
constexpr Structure anonymous_identity_token{anonymous_identity_token_members};
constexpr Member user_name_identity_token_members[] = {{.name = "opcua.policy_id", .type = Type::string},
                                                       {.name = "opcua.user_name", .type = Type::string},
                                                       {.type = Type::byte_string, .secret = true},
                                                       {.name = "opcua.encryption_algorithm", .type = Type::string}};
constexpr Structure user_name_identity_token{user_name_identity_token_members};
constexpr Member x509_identity_token_members[] = {{.name = "opcua.policy_id", .type = Type::string},
                                                  {.type = Type::byte_string}};
constexpr Structure x509_identity_token{x509_identity_token_members};
constexpr Member object_attributes_members[] = {{.type = Type::structure, .structure = &node_attributes},
                                                {.name = "opcua.event_notifier", .type = Type::byte}};
constexpr Structure object_attributes{object_attributes_members};
constexpr Member variable_attributes_members[] = {
    {.type = Type::structure, .structure = &node_attributes},
    {.type = Type::variant},
    {.type = Type::node_id},
    {.name = "opcua.value_rank", .type = Type::int32},
    {.name = "opcua.array_dimensions", .type = Type::uint32, .array = true},
    {.type = Type::byte},
    {.type = Type::byte},
    {.name = "opcua.minimum_sampling_interval", .type = Type::doubled},
    {.name = "opcua.historizing", .type = Type::boolean}};
constexpr Structure variable_attributes{variable_attributes_members};
constexpr Member method_attributes_members[] = {{.type = Type::structure, .structure = &node_attributes},
                                                {.name = "opcua.executable", .type = Type::boolean},
                                                {.name = "opcua.user_executable", .type = Type::boolean}};
constexpr Structure method_attributes{method_attributes_members};
constexpr Member object_type_attributes_members[] = {{.type = Type::structure, .structure = &node_attributes},
                                                     {.name = "opcua.is_abstract", .type = Type::boolean}};
constexpr Structure object_type_attributes{object_type_attributes_members};
constexpr Member variable_type_attributes_members[] = {
    {.type = Type::structure, .structure = &node_attributes},
    {.type = Type::variant},
    {.type = Type::node_id},
    {.name = "opcua.value_rank", .type = Type::int32},
    {.name = "opcua.array_dimensions", .type = Type::uint32, .array = true},
    {.name = "opcua.is_abstract", .type = Type::boolean}};
constexpr Structure variable_type_attributes{variable_type_attributes_members};
constexpr Member reference_type_attributes_members[] = {{.type = Type::structure, .structure = &node_attributes},
                                                        {.name = "opcua.is_abstract", .type = Type::boolean},
                                                        {.name = "opcua.symmetric", .type = Type::boolean},
                                                        {.type = Type::localized_text}};
constexpr Structure reference_type_attributes{reference_type_attributes_members};
constexpr Member data_type_attributes_members[] = {{.type = Type::structure, .structure = &node_attributes},
                                                   {.name = "opcua.is_abstract", .type = Type::boolean}};
constexpr Structure data_type_attributes{data_type_attributes_members};
constexpr Member view_attributes_members[] = {{.type = Type::structure, .structure = &node_attributes},
                                              {.name = "opcua.contains_no_loops", .type = Type::boolean},
                                              {.name = "opcua.event_notifier", .type = Type::byte}};
constexpr Structure view_attributes{view_attributes_members};
constexpr Member read_raw_modified_details_members[] = {{.name = "opcua.is_read_modified", .type = Type::boolean},
                                                        {.type = Type::date_time},
                                                        {.type = Type::date_time},
                                                        {.name = "opcua.num_values_per_node", .type = Type::uint32},
                                                        {.name = "opcua.return_bounds", .type = Type::boolean}};
constexpr Structure read_raw_modified_details{read_raw_modified_details_members};
constexpr Member history_data_members[] = {{.type = Type::data_value, .array = true}};
constexpr Structure history_data{history_data_members};
constexpr Member data_change_filter_members[] = {{.name = "opcua.data_change_trigger", .type = Type::int32},
                                                 {.name = "opcua.deadband_type", .type = Type::uint32},
                                                 {.name = "opcua.deadband_value", .type = Type::doubled}};
constexpr Structure data_change_filter{data_change_filter_members};
constexpr Member event_filter_members[] = {
    {.type = Type::structure, .array = true, .structure = &simple_attribute_operand},
    {.type = Type::structure, .array = true, .structure = &filter_element}};
constexpr Structure event_filter{event_filter_members};
constexpr Member data_change_notification_members[] = {
    {.type = Type::structure, .array = true, .structure = &monitored_item_notification},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure data_change_notification{data_change_notification_members};
constexpr Member status_change_notification_members[] = {{.name = "opcua.status", .type = Type::status_code},
                                                         {.type = Type::diagnostic_info}};
constexpr Structure status_change_notification{status_change_notification_members};
constexpr Member server_status_data_type_members[] = {{.type = Type::date_time},
                                                      {.type = Type::date_time},
                                                      {.name = "opcua.server_state", .type = Type::int32},
                                                      {.type = Type::structure, .structure = &build_info},
                                                      {.name = "opcua.seconds_till_shutdown", .type = Type::uint32},
                                                      {.type = Type::localized_text}};
constexpr Structure server_status_data_type{server_status_data_type_members};
constexpr Member event_notification_list_members[] = {
    {.type = Type::structure, .array = true, .structure = &event_fields}};
constexpr Structure event_notification_list{event_notification_list_members};
constexpr Member issued_identity_token_members[] = {{.name = "opcua.policy_id", .type = Type::string},
                                                    {.type = Type::byte_string, .secret = true},
                                                    {.name = "opcua.encryption_algorithm", .type = Type::string}};
constexpr Structure issued_identity_token{issued_identity_token_members};
constexpr Member element_operand_members[] = {{.name = "opcua.index", .type = Type::uint32}};
constexpr Structure element_operand{element_operand_members};
constexpr Member literal_operand_members[] = {{.type = Type::variant}};
constexpr Structure literal_operand{literal_operand_members};
constexpr Member attribute_operand_members[] = {
    {.type = Type::node_id},
    {.name = "opcua.alias", .type = Type::string},
    {.type = Type::structure, .array = true, .structure = &relative_path_element},
    {.name = "opcua.attribute_id", .type = Type::uint32},
    {.name = "opcua.index_range", .type = Type::string}};
constexpr Structure attribute_operand{attribute_operand_members};
constexpr Member aggregate_filter_members[] = {{.type = Type::date_time},
                                               {.type = Type::node_id},
                                               {.name = "opcua.processing_interval", .type = Type::doubled},
                                               {.type = Type::structure, .structure = &aggregate_configuration}};
constexpr Structure aggregate_filter{aggregate_filter_members};
constexpr Member event_filter_result_members[] = {
    {.name = "opcua.select_clause_results", .type = Type::status_code, .array = true},
    {.type = Type::diagnostic_info, .array = true},
    {.type = Type::structure, .array = true, .structure = &filter_element_result},
    {.type = Type::diagnostic_info, .array = true}};
constexpr Structure event_filter_result{event_filter_result_members};
constexpr Member aggregate_filter_result_members[] = {
    {.type = Type::date_time},
    {.name = "opcua.revised_processing_interval", .type = Type::doubled},
    {.type = Type::structure, .structure = &aggregate_configuration}};
constexpr Structure aggregate_filter_result{aggregate_filter_result_members};

constexpr Encoding rows[] = {
    {298, "Argument", &argument},
    {321, "AnonymousIdentityToken", &anonymous_identity_token},
    {324, "UserNameIdentityToken", &user_name_identity_token},
    {327, "X509IdentityToken", &x509_identity_token},
    {340, "BuildInfo", &build_info},
    {354, "ObjectAttributes", &object_attributes},
    {357, "VariableAttributes", &variable_attributes},
    {360, "MethodAttributes", &method_attributes},
    {363, "ObjectTypeAttributes", &object_type_attributes},
    {366, "VariableTypeAttributes", &variable_type_attributes},
    {369, "ReferenceTypeAttributes", &reference_type_attributes},
    {372, "DataTypeAttributes", &data_type_attributes},
    {375, "ViewAttributes", &view_attributes},
    {594, "ElementOperand", &element_operand},
    {597, "LiteralOperand", &literal_operand},
    {600, "AttributeOperand", &attribute_operand},
    {603, "SimpleAttributeOperand", &simple_attribute_operand},
    {649, "ReadRawModifiedDetails", &read_raw_modified_details},
    {658, "HistoryData", &history_data},
    {724, "DataChangeFilter", &data_change_filter},
    {727, "EventFilter", &event_filter},
    {730, "AggregateFilter", &aggregate_filter},
    {736, "EventFilterResult", &event_filter_result},
    {739, "AggregateFilterResult", &aggregate_filter_result},
    {811, "DataChangeNotification", &data_change_notification},
    {820, "StatusChangeNotification", &status_change_notification},
    {864, "ServerStatusDataType", &server_status_data_type},
    {916, "EventNotificationList", &event_notification_list},
    {940, "IssuedIdentityToken", &issued_identity_token},
};
static_assert(std::ranges::is_sorted(rows, {}, &Encoding::id));

}  // namespace

Structure const* find_extension(std::uint32_t id) {
  auto const* const row = std::ranges::lower_bound(rows, id, {}, &Encoding::id);
  return row != std::end(rows) && row->id == id ? row->structure : nullptr;
}

}  // namespace greywatch::agent::opcua
