#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::tds {

/// Tabular Data Stream 7.0 to 7.4 over TCP: MS-TDS. One observation a message of a client, put together from its
/// packets; of a server's message one at its first packet, with the tokens in front of the rows, and one at its last if
/// that is another, with the DONE at its end. TLS inside PRELOGIN, and in its place behind it, is told once a
/// direction. TDS 8 is TLS from the first octet on.
/// - code: the packet type, 0x100 a TLS record; subcode: of RPC the procedure's number;
/// - target: the database or server of a log-in, the procedure, or the object of a batch.
extern Dissector const dissector;
/// SQL Server Resolution Protocol over UDP: MC-SQLR. code: 0x200 + the first octet.
extern Dissector const browser_dissector;

}  // namespace greywatch::agent::tds
