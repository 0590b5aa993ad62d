#pragma once
#include "agent/dissect/s7comm/message.hpp"
#include "agent/dissect/s7comm/out.hpp"

namespace greywatch::agent::s7comm {

/// What a message of user data is about.
Subject subject_of(Pdu const& pdu);
/// Names parameters and data of user data.
void name_user_data(Message const& message, Out& out);
/// Names an entry of the diagnostic buffer, which is a diagnostic message too.
void name_diagnostic(Reader& in, Out& out);
/// Names an answer's system status list, or its parts that are read.
void name_status_list(Bytes content, Out& out);

}  // namespace greywatch::agent::s7comm
