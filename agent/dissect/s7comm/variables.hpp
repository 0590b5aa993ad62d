#pragma once
#include "agent/dissect/s7comm/block.hpp"
#include "agent/dissect/s7comm/out.hpp"
#include "agent/dissect/s7comm/pdu.hpp"

namespace greywatch::agent::s7comm {

/// Names the variables and values of a read or a write.
void name_variables(Pdu const& pdu, Out& out);
/// Names `count` addresses of variables, as far as there are.
void name_items(Reader& in, unsigned count, Out& out);
/// Names `count` values with their return codes, as far as there are.
void name_data_items(Reader& in, unsigned count, Out& out);
void name_data_head(DataHead const& head, Out& out);
void name_block(BlockName const& name, Out& out);

}  // namespace greywatch::agent::s7comm
