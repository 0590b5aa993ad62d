#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::ftp {

/// The control connection of FTP over TCP: RFC 959, RFC 2228, RFC 2389, RFC 2428, RFC 3659. One observation a line:
/// - code: of commands the number in our table, of replies the reply code;
/// - target: the file or folder that a command names. Passwords and accounts are never said.
extern Dissector const dissector;

}  // namespace greywatch::agent::ftp
