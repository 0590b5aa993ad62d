#pragma once
#include "agent/dissect/s7comm/item.hpp"

namespace greywatch::agent::s7comm {

/// The name of a block as a file: "_0A00001P". Borrows the message.
struct BlockName {
  std::string_view identifier;   ///< "_" a whole block, "$" only its head; absent in lists of program invocations
  std::string_view type;         ///< two digits: "08" OB, "0A" DB, "0B" SDB, "0C" FC, "0D" SFC, "0E" FB, "0F" SFB
  std::string_view number;       ///< five digits
  std::string_view destination;  ///< "A" active, "P" passive (copied, not linked), "B" both
};
/// Blocks have eight characters, with an identifier before them nine; other files are none.
std::optional<BlockName> read_block_name(Bytes file_name);
Subject subject_of(BlockName const& name);

/// Parameters of download and upload, by function and role. What a message does not have is zero or empty.
struct Transfer {
  bool has_status = false;
  std::uint8_t status = 0;  ///< bit 1: more follows, bit 2: error
  std::uint16_t error = 0;  ///< of the messages that end a transfer
  bool has_error = false;
  std::optional<std::uint32_t> upload_id;
  Bytes file_name;
  Bytes load_memory_length, code_length;  ///< request of a download: six digits each
  Bytes block_length;                     ///< start of an upload, acknowledged: digits
};
/// Reads the parameters of functions 0x1A to 0x1F; `in` stands behind the function.
Transfer read_transfer(Reader& in, std::uint8_t function, bool job);

/// Program invocation (0x28) and stop (0x29). Borrows the message.
struct Invocation {
  Bytes arguments;  ///< the parameter block
  std::string_view service;
};
Invocation read_invocation(Reader& in, std::uint8_t function);
/// A service with the first block that it names.
Subject subject_of(Invocation const& invocation);
/// Do the arguments list blocks: a count, a zero, then names of eight characters?
bool lists_blocks(Invocation const& invocation);

}  // namespace greywatch::agent::s7comm
