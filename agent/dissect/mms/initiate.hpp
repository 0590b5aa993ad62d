#pragma once
#include "agent/dissect/mms/grammar.hpp"

namespace greywatch::agent::mms {

/// Initiate-RequestPDU and Initiate-ResponsePDU. ISO 9506-2, 8.2.
extern Type const initiate_request, initiate_response;

}  // namespace greywatch::agent::mms
