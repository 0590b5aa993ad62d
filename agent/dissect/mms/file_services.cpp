#include "agent/dissect/mms/service.hpp"
#include "agent/dissect/mms/types.hpp"

namespace greywatch::agent::mms {

namespace {

using Op = Operation;
constexpr auto sequence = uni(asn1::sequence);
constexpr auto visible = uni(asn1::visible_string);

constexpr Member obtain_members[] = {
    group(ctx(0), application_reference),
    list(ctx(1), {}, file_name),
    list(ctx(2), {}, other_file_name),
};
constexpr Type obtain{obtain_members};
constexpr Member open_request_members[] = {
    list(ctx(0), {}, file_name),
    natural(ctx(1), "mms.initial_position"),
};
constexpr Type open_request{open_request_members};
constexpr Member attributes_members[] = {
    natural(ctx(0), "mms.size_of_file"),
    text(ctx(1), "mms.last_modified"),
};
constexpr Type attributes{attributes_members};
constexpr Member open_response_members[] = {
    integer(ctx(0), "mms.frsm_id"),
    group(ctx(1), attributes),
};
constexpr Type open_response{open_response_members};
constexpr Member read_response_members[] = {
    volume(ctx(0), "mms.file_data_octets"),
    boolean(ctx(1), "mms.more_follows"),
};
constexpr Type read_response{read_response_members};
/// Of fileRename the name and the new one; of fileDirectory the pattern and where to go on.
constexpr Member two_names_members[] = {
    list(ctx(0), {}, file_name),
    list(ctx(1), {}, other_file_name),
};
constexpr Type two_names{two_names_members};
constexpr Member directory_entry_members[] = {
    list(ctx(0), {}, other_file_name),
    group(ctx(1), attributes),
};
constexpr Type directory_entry{directory_entry_members};
constexpr Member directory_entries_members[] = {group(sequence, directory_entry)};
constexpr Type directory_entries{directory_entries_members};
/// listOfDirectoryEntry is tagged explicitly: a SEQUENCE OF inside [0]. Some leave the inner one out.
constexpr Member directory_list_members[] = {
    list(sequence, "mms.list_of_directory_entry", directory_entries),
};
constexpr Type directory_list{directory_list_members};
constexpr Member directory_response_members[] = {
    group(ctx(0), directory_list),
    boolean(ctx(1), "mms.more_follows"),
};
constexpr Type directory_response{directory_response_members};

constexpr Member start_members[] = {
    binary_time(ctx(0), "mms.starting_time"),
    octets(ctx(1), "mms.starting_entry"),
};
constexpr Type start{start_members};
constexpr Member stop_members[] = {
    binary_time(ctx(0), "mms.ending_time"),
    integer(ctx(1), "mms.number_of_entries"),
};
constexpr Type stop{stop_members};
constexpr Member variable_tags_members[] = {text(visible, "mms.variable_tag")};
constexpr Type variable_tags{variable_tags_members};
constexpr Member start_after_members[] = {
    binary_time(ctx(0), "mms.time_specification"),
    octets(ctx(1), "mms.entry_specification"),
};
constexpr Type start_after{start_after_members};
constexpr Member read_journal_members[] = {
    choice(ctx(0), "mms.journal_name", object_name),
    choice(ctx(1), "mms.range_start_specification", start),
    choice(ctx(2), "mms.range_stop_specification", stop),
    list(ctx(4), "mms.list_of_variables", variable_tags),
    group(ctx(5), start_after),
};
constexpr Type read_journal{read_journal_members};

constexpr Member journal_event_members[] = {
    choice(ctx(0), "mms.event_condition_name", object_name),
    integer(ctx(1), "mms.current_state"),
};
constexpr Type journal_event{journal_event_members};
constexpr Member journal_variable_members[] = {
    text(ctx(0), "mms.variable_tag"),
    choice(ctx(1), "mms.value_specification", data),
};
constexpr Type journal_variable{journal_variable_members};
constexpr Member journal_variables_members[] = {group(sequence, journal_variable)};
constexpr Type journal_variables{journal_variables_members};
constexpr Member journal_data_members[] = {
    group(ctx(0), journal_event),
    list(ctx(1), "mms.list_of_variables", journal_variables),
};
constexpr Type journal_data{journal_data_members};
constexpr Member content_members[] = {
    binary_time(ctx(0), "mms.occurence_time"),
    opaque(ctx(1)),
    group(ctx(2), journal_data),
    text(ctx(3), "mms.annotation"),
};
constexpr Type content{content_members};
constexpr Member contents_members[] = {group(sequence, content)};
constexpr Type contents{contents_members};
constexpr Member entry_members[] = {
    octets(ctx(0), "mms.entry_identifier"),
    group(ctx(1), application_reference),
    group(ctx(2), content),
};
constexpr Type entry{entry_members};
constexpr Member entries_members[] = {group(sequence, entry)};
constexpr Type entries{entries_members};
constexpr Member read_journal_response_members[] = {
    list(ctx(0), "mms.list_of_journal_entry", entries),
    boolean(ctx(1), "mms.more_follows"),
};
constexpr Type read_journal_response{read_journal_response_members};
constexpr Member write_journal_members[] = {
    choice(ctx(0), "mms.journal_name", object_name),
    list(ctx(1), "mms.list_of_journal_entry", contents),
};
constexpr Type write_journal{write_journal_members};
constexpr Member limit_members[] = {
    binary_time(ctx(0), "mms.limiting_time"),
    octets(ctx(1), "mms.limiting_entry"),
};
constexpr Type limit{limit_members};
constexpr Member initialize_journal_members[] = {
    choice(ctx(0), "mms.journal_name", object_name),
    group(ctx(1), limit),
};
constexpr Type initialize_journal{initialize_journal_members};
constexpr Member journal_status_members[] = {
    natural(ctx(0), "mms.current_entries"),
    boolean(ctx(1), "mms.mms_deletable"),
};
constexpr Type journal_status{journal_status_members};
constexpr Member name_journal_members[] = {choice(ctx(0), "mms.journal_name", object_name)};
constexpr Type name_journal{name_journal_members};

constexpr Member capability_request_members[] = {text(visible, "mms.continue_after")};
constexpr Type capability_request{capability_request_members};
constexpr Member capability_response_members[] = {
    list(ctx(0), "mms.list_of_capabilities", capabilities),
    boolean(ctx(1), "mms.more_follows"),
};
constexpr Type capability_response{capability_response_members};

constexpr Member frsm = integer({}, "mms.frsm_id");

constexpr Service services[] = {
    {46, "obtainFile", Op::file, as_group(obtain), as_null()},
    {65, "readJournal", Op::read, as_group(read_journal), as_group(read_journal_response)},
    {66, "writeJournal", Op::write, as_group(write_journal), as_null()},
    {67, "initializeJournal", Op::configure, as_group(initialize_journal), natural({}, "mms.entries_deleted")},
    {68, "reportJournalStatus", Op::read, as_choice("mms.journal_name", object_name), as_group(journal_status)},
    {69, "createJournal", Op::configure, as_group(name_journal), as_null()},
    {70, "deleteJournal", Op::configure, as_group(name_journal), as_null()},
    {71, "getCapabilityList", Op::diagnose, as_group(capability_request), as_group(capability_response)},
    {72, "fileOpen", Op::file, as_group(open_request), as_group(open_response)},
    {73, "fileRead", Op::file, frsm, as_group(read_response)},
    {74, "fileClose", Op::file, frsm, as_null()},
    {75, "fileRename", Op::file, as_group(two_names), as_null()},
    {76, "fileDelete", Op::file, as_list({}, file_name), as_null()},
    {77, "fileDirectory", Op::file, as_group(two_names), as_group(directory_response)},
};

}  // namespace

std::span<Service const> file_services() { return services; }

}  // namespace greywatch::agent::mms
