#include "agent/dissect/mms/service.hpp"
#include "agent/dissect/mms/types.hpp"

namespace greywatch::agent::mms {

namespace {

using Op = Operation;
constexpr auto visible = uni(asn1::visible_string);

constexpr Member prompts_members[] = {text(visible, "mms.prompt_data")};
constexpr Type prompts{prompts_members};
constexpr Member outputs_members[] = {text(visible, "mms.output_data")};
constexpr Type outputs{outputs_members};
constexpr Member input_request_members[] = {
    text(ctx(0), "mms.operator_station_name", Part::item),
    boolean(ctx(1), "mms.echo"),
    list(ctx(2), "mms.list_of_prompt_data", prompts),
    natural(ctx(3), "mms.input_time_out"),
};
constexpr Type input_request{input_request_members};
constexpr Member output_request_members[] = {
    text(ctx(0), "mms.operator_station_name", Part::item),
    list(ctx(1), "mms.list_of_output_data", outputs),
};
constexpr Type output_request{output_request_members};

constexpr Member take_control_request_members[] = {
    choice(ctx(0), "mms.semaphore_name", object_name),
    text(ctx(1), "mms.named_token"),
    natural(ctx(2), "mms.priority"),
    natural(ctx(3), "mms.acceptable_delay"),
    natural(ctx(4), "mms.control_time_out"),
    boolean(ctx(5), "mms.abort_on_time_out"),
    boolean(ctx(6), "mms.relinquish_if_connection_lost"),
    group(ctx(7), application_reference),
};
constexpr Type take_control_request{take_control_request_members};
constexpr Member take_control_response_members[] = {
    null(ctx(0)),
    text(ctx(1), "mms.named_token"),
};
constexpr Type take_control_response{take_control_response_members};
constexpr Member relinquish_request_members[] = {
    choice(ctx(0), "mms.semaphore_name", object_name),
    text(ctx(1), "mms.named_token"),
};
constexpr Type relinquish_request{relinquish_request_members};
constexpr Member define_semaphore_members[] = {
    choice(ctx(0), "mms.semaphore_name", object_name),
    natural(ctx(1), "mms.numbers_of_tokens"),
};
constexpr Type define_semaphore{define_semaphore_members};
constexpr Member semaphore_status_members[] = {
    boolean(ctx(0), "mms.mms_deletable"),         integer(ctx(1), "mms.class"),
    natural(ctx(2), "mms.number_of_tokens"),      natural(ctx(3), "mms.number_of_owned_tokens"),
    natural(ctx(4), "mms.number_of_hung_tokens"),
};
constexpr Type semaphore_status{semaphore_status_members};
constexpr Member pool_status_request_members[] = {
    choice(ctx(0), "mms.semaphore_name", object_name),
    text(ctx(1), "mms.name_to_start_after"),
};
constexpr Type pool_status_request{pool_status_request_members};
constexpr Member tokens_members[] = {
    text(ctx(0), "mms.free_named_token"),
    text(ctx(1), "mms.owned_named_token"),
    text(ctx(2), "mms.hung_named_token"),
};
constexpr Type tokens{tokens_members};
constexpr Member pool_status_response_members[] = {
    list(ctx(0), "mms.list_of_named_tokens", tokens),
    boolean(ctx(1), "mms.more_follows"),
};
constexpr Type pool_status_response{pool_status_response_members};
constexpr Member entry_status_request_members[] = {
    choice(ctx(0), "mms.semaphore_name", object_name),
    integer(ctx(1), "mms.semaphore_entry_state"),
    octets(ctx(2), "mms.entry_id_to_start_after"),
};
constexpr Type entry_status_request{entry_status_request_members};
constexpr Member semaphore_entry_members[] = {
    octets(ctx(0), "mms.entry_id"),           integer(ctx(1), "mms.entry_class"),
    group(ctx(2), application_reference),     text(ctx(3), "mms.named_token"),
    natural(ctx(4), "mms.priority"),          natural(ctx(5), "mms.remaining_time_out"),
    boolean(ctx(6), "mms.abort_on_time_out"), boolean(ctx(7), "mms.relinquish_if_connection_lost"),
};
constexpr Type semaphore_entry{semaphore_entry_members};
constexpr Member semaphore_entries_members[] = {group(uni(asn1::sequence), semaphore_entry)};
constexpr Type semaphore_entries{semaphore_entries_members};
constexpr Member entry_status_response_members[] = {
    list(ctx(0), "mms.list_of_semaphore_entry", semaphore_entries),
    boolean(ctx(1), "mms.more_follows"),
};
constexpr Type entry_status_response{entry_status_response_members};

constexpr Member initiate_download_members[] = {
    text(ctx(0), "mms.domain_name", Part::item),
    list(ctx(1), "mms.list_of_capabilities", capabilities),
    boolean(ctx(2), "mms.sharable"),
};
constexpr Type initiate_download{initiate_download_members};
constexpr Member segment_members[] = {
    volume(ctx(0), "mms.load_data_octets"),
    group(uni(asn1::external), external),
    boolean(ctx(1), "mms.more_follows"),
};
constexpr Type segment{segment_members};
constexpr Member terminate_download_members[] = {
    text(ctx(0), "mms.domain_name", Part::item),
    group(ctx(1), service_error),
};
constexpr Type terminate_download{terminate_download_members};
constexpr Member initiate_upload_response_members[] = {
    integer(ctx(0), "mms.ulsm_id"),
    list(ctx(1), "mms.list_of_capabilities", capabilities),
};
constexpr Type initiate_upload_response{initiate_upload_response_members};
constexpr Member request_download_members[] = {
    text(ctx(0), "mms.domain_name", Part::item),
    list(ctx(1), "mms.list_of_capabilities", capabilities),
    boolean(ctx(2), "mms.sharable"),
    list(ctx(4), {}, other_file_name),
    group(ctx(5), application_reference),
};
constexpr Type request_download{request_download_members};
constexpr Member store_domain_members[] = {
    text(ctx(0), "mms.domain_name", Part::item),
    list(ctx(1), {}, other_file_name),
    group(ctx(2), application_reference),
};
constexpr Type store_domain{store_domain_members};
constexpr Member domain_attributes_members[] = {
    list(ctx(0), "mms.list_of_capabilities", capabilities),
    integer(ctx(1), "mms.domain_state"),
    boolean(ctx(2), "mms.mms_deletable"),
    boolean(ctx(3), "mms.sharable"),
    list(ctx(4), "mms.list_of_program_invocations", identifiers),
    integer(ctx(5), "mms.upload_in_progress"),
};
constexpr Type domain_attributes{domain_attributes_members};

constexpr Member create_program_members[] = {
    text(ctx(0), "mms.program_invocation_name", Part::item),
    list(ctx(1), "mms.list_of_domain_name", identifiers),
    boolean(ctx(2), "mms.reusable"),
    boolean(ctx(3), "mms.monitor_type"),
};
constexpr Type create_program{create_program_members};
constexpr Member run_program_members[] = {
    text(ctx(0), "mms.program_invocation_name", Part::item),
    text(ctx(1), "mms.execution_argument"),
    group(uni(asn1::external), external),
};
constexpr Type run_program{run_program_members};
constexpr Member name_program_members[] = {text(ctx(0), "mms.program_invocation_name", Part::item)};
constexpr Type name_program{name_program_members};
constexpr Member program_attributes_members[] = {
    integer(ctx(0), "mms.program_invocation_state"),
    list(ctx(1), "mms.list_of_domain_name", identifiers),
    boolean(ctx(2), "mms.mms_deletable"),
    boolean(ctx(3), "mms.reusable"),
    boolean(ctx(4), "mms.monitor"),
    text(ctx(5), "mms.start_argument"),
    text(ctx(1), "mms.execution_argument"),
    group(uni(asn1::external), external),
};
constexpr Type program_attributes{program_attributes_members};

constexpr Member semaphore = as_choice("mms.semaphore_name", object_name);
constexpr Member domain = as_name("mms.domain_name");
constexpr Member program = as_name("mms.program_invocation_name");
constexpr Member ulsm = integer({}, "mms.ulsm_id");

constexpr Service services[] = {
    {17, "input", Op::read, as_group(input_request), text({}, "mms.input_string")},
    {18, "output", Op::write, as_group(output_request), as_null()},
    {19, "takeControl", Op::control, as_group(take_control_request),
     as_choice("mms.take_control", take_control_response)},
    {20, "relinquishControl", Op::control, as_group(relinquish_request), as_null()},
    {21, "defineSemaphore", Op::configure, as_group(define_semaphore), as_null()},
    {22, "deleteSemaphore", Op::configure, semaphore, as_null()},
    {23, "reportSemaphoreStatus", Op::read, semaphore, as_group(semaphore_status)},
    {24, "reportPoolSemaphoreStatus", Op::read, as_group(pool_status_request), as_group(pool_status_response)},
    {25, "reportSemaphoreEntryStatus", Op::read, as_group(entry_status_request), as_group(entry_status_response)},
    {26, "initiateDownloadSequence", Op::program, as_group(initiate_download), as_null()},
    {27, "downloadSegment", Op::program, domain, as_group(segment)},
    {28, "terminateDownloadSequence", Op::program, as_group(terminate_download), as_null()},
    {29, "initiateUploadSequence", Op::program, domain, as_group(initiate_upload_response)},
    {30, "uploadSegment", Op::program, ulsm, as_group(segment)},
    {31, "terminateUploadSequence", Op::program, ulsm, as_null()},
    {32, "requestDomainDownload", Op::program, as_group(request_download), as_null()},
    {33, "requestDomainUpload", Op::program, as_group(store_domain), as_null()},
    {34, "loadDomainContent", Op::program, as_group(request_download), as_null()},
    {35, "storeDomainContent", Op::program, as_group(store_domain), as_null()},
    {36, "deleteDomain", Op::program, domain, as_null()},
    {37, "getDomainAttributes", Op::read, domain, as_group(domain_attributes)},
    {38, "createProgramInvocation", Op::program, as_group(create_program), as_null()},
    {39, "deleteProgramInvocation", Op::program, program, as_null()},
    {40, "start", Op::control, as_group(run_program), as_null()},
    {41, "stop", Op::control, as_group(name_program), as_null()},
    {42, "resume", Op::control, as_group(run_program), as_null()},
    {43, "reset", Op::control, as_group(name_program), as_null()},
    {44, "kill", Op::control, as_group(name_program), as_null()},
    {45, "getProgramInvocationAttributes", Op::read, program, as_group(program_attributes)},
};

}  // namespace

std::span<Service const> domain_services() { return services; }

}  // namespace greywatch::agent::mms
