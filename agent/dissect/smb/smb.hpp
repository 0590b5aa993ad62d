#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::smb {

/// SMB 1 (MS-CIFS, MS-SMB), 2 and 3 (MS-SMB2) over TCP, directly or in NetBIOS sessions (RFC 1002, 4.3). One
/// observation for each message of a compound and for each command of an AndX chain:
/// - code: the command; of SMB 1 with 256 added; 512 encrypted, 513 compressed, 768 and its type a packet of the
/// session
///   service alone;
/// - subcode: function of an I/O control, information class, subcommand of a transaction, else 0;
/// - target: the share, file or pipe that a request is about as name, where it is known.
/// docs/protocols/smb.md says how commands become Operation, Role and Status.
extern Dissector const dissector;

/// NetBIOS datagrams (RFC 1002, 4.4) over UDP, with the mail slots of the browser in them (MS-BRWS).
/// - code: 1024 and the type of the datagram; subcode: the browser's command, else 0;
/// - target: the name it is sent to.
extern Dissector const datagram_dissector;

}  // namespace greywatch::agent::smb
