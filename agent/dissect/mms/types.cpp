#include "agent/dissect/mms/types.hpp"

namespace greywatch::agent::mms {

namespace {

constexpr auto sequence = uni(asn1::sequence);
constexpr auto visible = uni(asn1::visible_string);

constexpr Member domain_item_members[] = {
    text(visible, "mms.domain_id", Part::domain),
    text(visible, "mms.item_id", Part::item),
};
constexpr Type domain_item{domain_item_members};

constexpr Member object_name_members[] = {
    text(ctx(0), "mms.vmd_specific", Part::item),
    group(ctx(1), domain_item),
    text(ctx(2), "mms.aa_specific", Part::item),
};
constexpr Member names_members[] = {inlined("mms.object_name", object_name)};
constexpr Member identifiers_members[] = {text(visible, "mms.identifier")};
constexpr Member file_name_members[] = {text(uni(25), "mms.file_name", Part::item)};
constexpr Member other_file_name_members[] = {text(uni(25), "mms.file_name")};
constexpr Member capabilities_members[] = {text(visible, "mms.capability")};

constexpr Member address_members[] = {
    natural(ctx(0), "mms.numeric_address"),
    text(ctx(1), "mms.symbolic_address"),
    octets(ctx(2), "mms.unconstrained_address"),
};

constexpr Member array_type_members[] = {
    boolean(ctx(0), "mms.packed"),
    natural(ctx(1), "mms.number_of_elements"),
    choice(ctx(2), "mms.element_type", type_specification),
};
constexpr Type array_type{array_type_members};
constexpr Member component_members[] = {
    text(ctx(0), "mms.component_name"),
    choice(ctx(1), "mms.component_type", type_specification),
};
constexpr Type component{component_members};
constexpr Member component_list_members[] = {group(sequence, component)};
constexpr Type component_list{component_list_members};
constexpr Member structure_type_members[] = {
    boolean(ctx(0), "mms.packed"),
    list(ctx(1), "mms.components", component_list),
};
constexpr Type structure_type{structure_type_members};
constexpr Member floating_type_members[] = {
    natural(uni(asn1::integer), "mms.type.format_width"),
    natural(uni(asn1::integer), "mms.type.exponent_width"),
};
constexpr Type floating_type{floating_type_members};
/// A negative size is a most size, of strings that vary.
constexpr Member type_specification_members[] = {
    choice(ctx(0), "mms.type_name", object_name),
    group(ctx(1), array_type),
    group(ctx(2), structure_type),
    null(ctx(3)),
    integer(ctx(4), "mms.type.bit_string"),
    natural(ctx(5), "mms.type.integer"),
    natural(ctx(6), "mms.type.unsigned"),
    group(ctx(7), floating_type),
    opaque(ctx(8)),
    integer(ctx(9), "mms.type.octet_string"),
    integer(ctx(10), "mms.type.visible_string"),
    null(ctx(11)),
    boolean(ctx(12), "mms.type.binary_time"),
    natural(ctx(13), "mms.type.bcd"),
    null(ctx(15)),
    integer(ctx(16), "mms.type.mms_string"),
    null(ctx(17)),
};

constexpr Member index_range_members[] = {
    natural(ctx(0), "mms.low_index"),
    natural(ctx(1), "mms.number_of_elements"),
};
constexpr Type index_range{index_range_members};
constexpr Member access_selection_members[] = {
    text(ctx(0), "mms.component"),
    natural(ctx(1), "mms.index"),
    group(ctx(2), index_range),
    null(ctx(3)),
};
constexpr Type access_selection{access_selection_members};
constexpr Member select_alternate_members[] = {
    inlined({}, access_selection),
    list(sequence, "mms.alternate_access", alternate_access),
};
constexpr Type select_alternate{select_alternate_members};
constexpr Member selection_members[] = {
    group(ctx(0), select_alternate),
    text(ctx(1), "mms.component"),
    natural(ctx(2), "mms.index"),
    group(ctx(3), index_range),
    null(ctx(4)),
};
constexpr Type selection{selection_members};
constexpr Member named_selection_members[] = {
    text(ctx(0), "mms.component_name"),
    inlined({}, selection),
};
constexpr Type named_selection{named_selection_members};
constexpr Member alternate_access_members[] = {
    inlined({}, selection),
    group(ctx(5), named_selection),
};

constexpr Member scattered_item_members[] = {
    text(ctx(0), "mms.component_name"),
    choice(ctx(1), "mms.variable_specification", variable_specification),
    list(ctx(2), "mms.alternate_access", alternate_access),
};
constexpr Type scattered_item{scattered_item_members};
constexpr Member scattered_access_members[] = {group(sequence, scattered_item)};

constexpr Member description_members[] = {
    inlined("mms.address", address),
    inlined("mms.type_specification", type_specification),
};
constexpr Type description{description_members};
constexpr Member variable_specification_members[] = {
    choice(ctx(0), "mms.name", object_name),
    choice(ctx(1), "mms.address", address),
    group(ctx(2), description),
    list(ctx(3), "mms.scattered_access_description", scattered_access),
    null(ctx(4)),
};
constexpr Member variable_members[] = {
    inlined("mms.variable_specification", variable_specification),
    list(ctx(5), "mms.alternate_access", alternate_access),
};
constexpr Type variable{variable_members};
constexpr Member variables_members[] = {group(sequence, variable)};
constexpr Member variable_access_members[] = {
    list(ctx(0), "mms.list_of_variable", variables),
    choice(ctx(1), "mms.variable_list_name", object_name),
};

constexpr Member datum(std::uint8_t tag, Kind kind, std::string_view field) {
  return of(ctx(tag), kind, field, Part::datum);
}
constexpr Member data_members[] = {
    list(ctx(1), "mms.data.array", data, Part::datum),
    list(ctx(2), "mms.data.structure", data, Part::datum),
    datum(3, Kind::boolean, "mms.data.boolean"),
    datum(4, Kind::bits, "mms.data.bit_string"),
    datum(5, Kind::integer, "mms.data.integer"),
    datum(6, Kind::natural, "mms.data.unsigned"),
    datum(7, Kind::floating, "mms.data.floating_point"),
    datum(8, Kind::opaque, {}),
    datum(9, Kind::octets, "mms.data.octet_string"),
    datum(10, Kind::text, "mms.data.visible_string"),
    datum(11, Kind::text, "mms.data.generalized_time"),
    datum(12, Kind::binary_time, "mms.data.binary_time"),
    datum(13, Kind::integer, "mms.data.bcd"),
    datum(14, Kind::bits, "mms.data.boolean_array"),
    datum(15, Kind::oid, "mms.data.object_id"),
    datum(16, Kind::text, "mms.data.mms_string"),
    datum(17, Kind::utc_time, "mms.data.utc_time"),
};
constexpr Member access_results_members[] = {
    integer(ctx(0), "mms.access_failure", Part::failure),
    inlined("mms.access_success", data),
};

constexpr Member error_class_members[] = {
    integer(ctx(0), "mms.error.vmd_state", Part::error),
    integer(ctx(1), "mms.error.application_reference", Part::error),
    integer(ctx(2), "mms.error.definition", Part::error),
    integer(ctx(3), "mms.error.resource", Part::error),
    integer(ctx(4), "mms.error.service", Part::error),
    integer(ctx(5), "mms.error.service_preempt", Part::error),
    integer(ctx(6), "mms.error.time_resolution", Part::error),
    integer(ctx(7), "mms.error.access", Part::error),
    integer(ctx(8), "mms.error.initiate", Part::error),
    integer(ctx(9), "mms.error.conclude", Part::error),
    integer(ctx(10), "mms.error.cancel", Part::error),
    integer(ctx(11), "mms.error.file", Part::error),
    integer(ctx(12), "mms.error.others", Part::error),
};
constexpr Type error_class{error_class_members};
constexpr Member error_information_members[] = {
    integer(ctx(0), "mms.error.obtain_file"),
    integer(ctx(1), "mms.error.start"),
    integer(ctx(2), "mms.error.stop"),
    integer(ctx(3), "mms.error.resume"),
    integer(ctx(4), "mms.error.reset"),
    natural(ctx(5), "mms.error.delete_variable_access"),
    natural(ctx(6), "mms.error.delete_named_variable_list"),
    natural(ctx(7), "mms.error.delete_named_type"),
    choice(ctx(8), "mms.error.define_event_enrollment", object_name),
    integer(ctx(9), "mms.error.file_rename"),
    opaque(ctx(10)),
    natural(ctx(11), "mms.error.change_access_control"),
};
constexpr Type error_information{error_information_members};
constexpr Member service_error_members[] = {
    choice(ctx(0), "mms.error_class", error_class),
    integer(ctx(1), "mms.additional_code"),
    text(ctx(2), "mms.additional_description"),
    choice(ctx(3), "mms.service_specific_information", error_information),
};

constexpr Member title_members[] = {oid(uni(asn1::object_identifier), "mms.ap_title")};
constexpr Type title{title_members};
constexpr Member ap_invocation_members[] = {integer(uni(asn1::integer), "mms.ap_invocation_id")};
constexpr Type ap_invocation{ap_invocation_members};
constexpr Member qualifier_members[] = {integer(uni(asn1::integer), "mms.ae_qualifier")};
constexpr Type qualifier{qualifier_members};
constexpr Member ae_invocation_members[] = {integer(uni(asn1::integer), "mms.ae_invocation_id")};
constexpr Type ae_invocation{ae_invocation_members};
constexpr Member application_reference_members[] = {
    group(ctx(0), title),
    group(ctx(1), ap_invocation),
    group(ctx(2), qualifier),
    group(ctx(3), ae_invocation),
};

constexpr Member event_time_members[] = {
    binary_time(ctx(0), "mms.time_of_day"),
    natural(ctx(1), "mms.time_sequence_identifier"),
    null(ctx(2)),
};

constexpr Member attach_to_event_members[] = {
    choice(ctx(0), "mms.event_enrollment_name", object_name),
    choice(ctx(1), "mms.event_condition_name", object_name),
    bits(ctx(2), "mms.causing_transitions"),
    natural(ctx(3), "mms.acceptable_delay"),
};
constexpr Type attach_to_event{attach_to_event_members};
constexpr Member attach_to_semaphore_members[] = {
    choice(ctx(0), "mms.semaphore_name", object_name),
    text(ctx(1), "mms.named_token"),
    natural(ctx(2), "mms.priority"),
    natural(ctx(3), "mms.acceptable_delay"),
    natural(ctx(4), "mms.control_time_out"),
    boolean(ctx(5), "mms.abort_on_time_out"),
    boolean(ctx(6), "mms.relinquish_if_connection_lost"),
};
constexpr Type attach_to_semaphore{attach_to_semaphore_members};
constexpr Member modifiers_members[] = {
    group(ctx(0), attach_to_event),
    group(ctx(1), attach_to_semaphore),
};

constexpr Member external_members[] = {
    oid(uni(asn1::object_identifier), "mms.direct_reference"),
    integer(uni(asn1::integer), "mms.indirect_reference"),
    opaque(ctx(0)),
    volume(ctx(1), "mms.encoded_octets"),
    opaque(ctx(2)),
};

}  // namespace

constinit Type const nothing{};
constinit Type const object_name{object_name_members};
constinit Type const names{names_members};
constinit Type const identifiers{identifiers_members};
constinit Type const file_name{file_name_members};
constinit Type const other_file_name{other_file_name_members};
constinit Type const capabilities{capabilities_members};
constinit Type const address{address_members};
constinit Type const type_specification{type_specification_members};
constinit Type const variable_specification{variable_specification_members};
constinit Type const alternate_access{alternate_access_members};
constinit Type const scattered_access{scattered_access_members};
constinit Type const variables{variables_members};
constinit Type const variable_access{variable_access_members};
constinit Type const data{data_members};
constinit Type const access_results{access_results_members};
constinit Type const service_error{service_error_members};
constinit Type const application_reference{application_reference_members};
constinit Type const event_time{event_time_members};
constinit Type const modifiers{modifiers_members};
constinit Type const external{external_members};

}  // namespace greywatch::agent::mms
