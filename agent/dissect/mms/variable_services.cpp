#include "agent/dissect/mms/service.hpp"
#include "agent/dissect/mms/types.hpp"

namespace greywatch::agent::mms {

namespace {

using Op = Operation;

constexpr Member status_response_members[] = {
    integer(ctx(0), "mms.vmd_logical_status"),
    integer(ctx(1), "mms.vmd_physical_status"),
    bits(ctx(2), "mms.local_detail"),
};

constexpr Member object_class_members[] = {
    integer(ctx(0), "mms.object_class", Part::object_class),
    text(ctx(1), "mms.cs_object_class"),
};
constexpr Type object_class{object_class_members};
constexpr Member object_scope_members[] = {
    null(ctx(0)),
    text(ctx(1), "mms.domain_specific", Part::item),
    null(ctx(2)),
};
constexpr Type object_scope{object_scope_members};
constexpr Member get_name_list_request_members[] = {
    choice(ctx(0), "mms.extended_object_class", object_class),
    choice(ctx(1), "mms.object_scope", object_scope),
    text(ctx(2), "mms.continue_after"),
};
constexpr Type get_name_list_request{get_name_list_request_members};
constexpr Member get_name_list_response_members[] = {
    list(ctx(0), "mms.list_of_identifier", identifiers),
    boolean(ctx(1), "mms.more_follows"),
};
constexpr Type get_name_list_response{get_name_list_response_members};

constexpr Member abstract_syntaxes_members[] = {oid(uni(asn1::object_identifier), "mms.abstract_syntax")};
constexpr Type abstract_syntaxes{abstract_syntaxes_members};
constexpr Member identify_response_members[] = {
    text(ctx(0), "mms.vendor_name"),
    text(ctx(1), "mms.model_name"),
    text(ctx(2), "mms.revision"),
    list(ctx(3), "mms.list_of_abstract_syntaxes", abstract_syntaxes),
};
constexpr Type identify_response{identify_response_members};

constexpr Member rename_request_members[] = {
    choice(ctx(0), "mms.extended_object_class", object_class),
    choice(ctx(1), "mms.current_name", object_name),
    text(ctx(2), "mms.new_identifier"),
};
constexpr Type rename_request{rename_request_members};

constexpr Member read_request_members[] = {
    boolean(ctx(0), "mms.specification_with_result"),
    choice(ctx(1), "mms.variable_access_specification", variable_access),
};
constexpr Type read_request{read_request_members};
constexpr Member read_response_members[] = {
    choice(ctx(0), "mms.variable_access_specification", variable_access),
    list(ctx(1), "mms.list_of_access_result", access_results, Part::results),
};
constexpr Type read_response{read_response_members};

constexpr Member data_list_members[] = {inlined("mms.data.type", data)};
constexpr Type data_list{data_list_members};
constexpr Member write_request_members[] = {
    inlined("mms.variable_access_specification", variable_access),
    list(ctx(0), "mms.list_of_data", data_list, Part::values),
};
constexpr Type write_request{write_request_members};
constexpr Member write_response_members[] = {
    integer(ctx(0), "mms.write_failure", Part::failure),
    null(ctx(1), Part::success),
};
constexpr Type write_response{write_response_members};

constexpr Member access_attributes_request_members[] = {
    choice(ctx(0), "mms.name", object_name),
    choice(ctx(1), "mms.address", address),
};
constexpr Type access_attributes_request{access_attributes_request_members};
constexpr Member access_attributes_response_members[] = {
    boolean(ctx(0), "mms.mms_deletable"),
    choice(ctx(1), "mms.address", address),
    choice(ctx(2), "mms.type_specification", type_specification),
};
constexpr Type access_attributes_response{access_attributes_response_members};

constexpr Member define_variable_members[] = {
    choice(ctx(0), "mms.variable_name", object_name),
    choice(ctx(1), "mms.address", address),
    choice(ctx(2), "mms.type_specification", type_specification),
};
constexpr Type define_variable{define_variable_members};

constexpr Member define_scattered_members[] = {
    choice(ctx(0), "mms.scattered_access_name", object_name),
    list(ctx(1), "mms.scattered_access_description", scattered_access),
};
constexpr Type define_scattered{define_scattered_members};
constexpr Member scattered_attributes_members[] = {
    boolean(ctx(0), "mms.mms_deletable"),
    list(ctx(1), "mms.scattered_access_description", scattered_access),
};
constexpr Type scattered_attributes{scattered_attributes_members};

constexpr Member delete_variable_members[] = {
    integer(ctx(0), "mms.scope_of_delete"),
    list(ctx(1), "mms.list_of_name", names),
    text(ctx(2), "mms.domain_name", Part::item),
};
constexpr Type delete_variable{delete_variable_members};
constexpr Member delete_variable_list_members[] = {
    integer(ctx(0), "mms.scope_of_delete"),
    list(ctx(1), "mms.list_of_variable_list_name", names),
    text(ctx(2), "mms.domain_name", Part::item),
};
constexpr Type delete_variable_list{delete_variable_list_members};
constexpr Member delete_type_members[] = {
    integer(ctx(0), "mms.scope_of_delete"),
    list(ctx(1), "mms.list_of_type_name", names),
    text(ctx(2), "mms.domain_name", Part::item),
};
constexpr Type delete_type{delete_type_members};
constexpr Member deleted_members[] = {
    natural(ctx(0), "mms.number_matched"),
    natural(ctx(1), "mms.number_deleted"),
};
constexpr Type deleted{deleted_members};

constexpr Member define_variable_list_members[] = {
    inlined("mms.variable_list_name", object_name),
    list(ctx(0), "mms.list_of_variable", variables),
};
constexpr Type define_variable_list{define_variable_list_members};
constexpr Member variable_list_attributes_members[] = {
    boolean(ctx(0), "mms.mms_deletable"),
    list(ctx(1), "mms.list_of_variable", variables),
};
constexpr Type variable_list_attributes{variable_list_attributes_members};

constexpr Member define_type_members[] = {
    inlined("mms.type_name", object_name),
    inlined("mms.type_specification", type_specification),
};
constexpr Type define_type{define_type_members};
constexpr Member type_attributes_members[] = {
    boolean(ctx(0), "mms.mms_deletable"),
    inlined("mms.type_specification", type_specification),
};
constexpr Type type_attributes{type_attributes_members};

constexpr Service services[] = {
    {0, "status", Op::diagnose, boolean({}, "mms.extended_derivation"), as_group(status_response)},
    {1, "getNameList", Op::read, as_group(get_name_list_request), as_group(get_name_list_response)},
    {2, "identify", Op::diagnose, as_null(), as_group(identify_response)},
    {3, "rename", Op::configure, as_group(rename_request), as_null()},
    {4, "read", Op::read, as_group(read_request), as_group(read_response)},
    {5, "write", Op::write, as_group(write_request), as_list("mms.write_results", write_response)},
    {6, "getVariableAccessAttributes", Op::read, as_choice("mms.variable_access_attributes", access_attributes_request),
     as_group(access_attributes_response)},
    {7, "defineNamedVariable", Op::configure, as_group(define_variable), as_null()},
    {8, "defineScatteredAccess", Op::configure, as_group(define_scattered), as_null()},
    {9, "getScatteredAccessAttributes", Op::read, as_choice("mms.scattered_access_name", object_name),
     as_group(scattered_attributes)},
    {10, "deleteVariableAccess", Op::configure, as_group(delete_variable), as_group(deleted)},
    {11, "defineNamedVariableList", Op::write, as_group(define_variable_list), as_null()},
    {12, "getNamedVariableListAttributes", Op::read, as_choice("mms.variable_list_name", object_name),
     as_group(variable_list_attributes)},
    {13, "deleteNamedVariableList", Op::write, as_group(delete_variable_list), as_group(deleted)},
    {14, "defineNamedType", Op::configure, as_group(define_type), as_null()},
    {15, "getNamedTypeAttributes", Op::read, as_choice("mms.type_name", object_name), as_group(type_attributes)},
    {16, "deleteNamedType", Op::configure, as_group(delete_type), as_group(deleted)},
};

}  // namespace

constinit Type const status_response{status_response_members};

std::span<Service const> variable_services() { return services; }

}  // namespace greywatch::agent::mms
