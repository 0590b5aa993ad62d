#pragma once
#include <cstdint>

namespace greywatch::agent {

/// How likely a port is a server's: 2 for a service of the energy domain or a well-known port (below 1024), 1 for a
/// registered one, 0 for the dynamic range (RFC 6335, 6: from 49152). The first two are one class because several
/// service ports lie where clients take theirs from. Ports that only clients have (68 and 546, of DHCP) are 0.
int server_likelihood(std::uint16_t port);

/// Whether the sender of a first packet is likelier the server than the client. Equal likelihood goes by the lower port
/// when `lower_port_decides` (TCP picked up midstream), else to the sender as client (UDP: who spoke first).
bool sender_is_server(std::uint16_t sender_port, std::uint16_t receiver_port, bool lower_port_decides);

}  // namespace greywatch::agent
