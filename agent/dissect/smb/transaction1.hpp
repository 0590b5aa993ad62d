#pragma once
#include "agent/dissect/smb/reading.hpp"

namespace greywatch::agent::smb {

/// What a TRANSACTION2 asks for, by its first setup word. MS-CIFS, 2.2.6. `wide`: texts are UTF-16.
void read_transaction2(Reading& reading, std::uint16_t subcommand, Bytes parameters, bool wide);
/// An NT_TRANSACT. MS-CIFS, 2.2.4.62; of its functions 2 is an I/O control (2.2.7.2). `words`: 19 at least.
void read_nt_transact(Reading& reading, Bytes words);

}  // namespace greywatch::agent::smb
