#include "agent/dissect/mms/initiate.hpp"

namespace greywatch::agent::mms {

namespace {

constexpr Member request_detail_members[] = {
    integer(ctx(0), "mms.proposed_version_number"),
    bits(ctx(1), "mms.proposed_parameter_cbb"),
    bits(ctx(2), "mms.services_supported_calling"),
};
constexpr Type request_detail{request_detail_members};
constexpr Member request_members[] = {
    integer(ctx(0), "mms.local_detail_calling"),
    integer(ctx(1), "mms.proposed_max_serv_outstanding_calling"),
    integer(ctx(2), "mms.proposed_max_serv_outstanding_called"),
    integer(ctx(3), "mms.proposed_data_structure_nesting_level"),
    group(ctx(4), request_detail),
};
constexpr Member response_detail_members[] = {
    integer(ctx(0), "mms.negotiated_version_number"),
    bits(ctx(1), "mms.negotiated_parameter_cbb"),
    bits(ctx(2), "mms.services_supported_called"),
};
constexpr Type response_detail{response_detail_members};
constexpr Member response_members[] = {
    integer(ctx(0), "mms.local_detail_called"),
    integer(ctx(1), "mms.negotiated_max_serv_outstanding_calling"),
    integer(ctx(2), "mms.negotiated_max_serv_outstanding_called"),
    integer(ctx(3), "mms.negotiated_data_structure_nesting_level"),
    group(ctx(4), response_detail),
};

}  // namespace

constinit Type const initiate_request{request_members};
constinit Type const initiate_response{response_members};

}  // namespace greywatch::agent::mms
