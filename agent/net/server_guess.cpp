#include "agent/net/server_guess.hpp"

#include <algorithm>

namespace greywatch::agent {
namespace {

/// Ports that servers of the energy domain listen on. IANA service names, vendors' manuals. Sorted.
constexpr std::uint16_t service_ports[] = {
    102,   // ISO transport on TCP: MMS, ICCP, S7comm
    502,   // Modbus
    802,   // Modbus over TLS
    1089,  // Foundation Fieldbus HSE, to 1091
    1090,  1091,
    1153,  // ANSI C12.22
    1502,  // Modbus, second port of some gateways
    1883,  // MQTT
    1911,  // Niagara Fox
    1962,  // PCWorx
    2222,  // EtherNet/IP implicit
    2404,  // IEC 60870-5-104
    2455,  // CODESYS
    3671,  // KNXnet/IP
    4000,  // ROC Plus
    4059,  // DLMS/COSEM
    4712,  // IEEE C37.118, TCP
    4713,  // IEEE C37.118, UDP
    4840,  // OPC UA
    4843,  // OPC UA over TLS
    4911,  // Niagara Fox over TLS
    5006,  // MELSEC, 5007 too
    5007,
    5094,   // HART-IP
    8883,   // MQTT over TLS
    9600,   // FINS
    10001,  // Genisys
    11740,  // CODESYS 3
    18245,  // GE SRTP
    19999,  // DNP3 over TLS
    20000,  // DNP3
    20256,  // Unitronics PCOM
    20547,  // ProConOS
    34962,  // PROFINET RT unicast, multicast, context manager
    34963, 34964,
    44818,  // EtherNet/IP explicit
    47808,  // BACnet
    55000,  // FL-net, to 55003
    55001, 55002, 55003,
};
static_assert(std::ranges::is_sorted(service_ports));

}  // namespace

int server_likelihood(std::uint16_t port) {
  if (port == 68 || port == 546) return 0;  // well known, but of DHCP's clients
  if (port < 1024 || std::ranges::binary_search(service_ports, port)) return 2;
  return port < 49152 ? 1 : 0;
}

bool sender_is_server(std::uint16_t sender_port, std::uint16_t receiver_port, bool lower_port_decides) {
  auto const sender = server_likelihood(sender_port), receiver = server_likelihood(receiver_port);
  if (sender != receiver) return sender > receiver;
  return lower_port_decides && sender_port < receiver_port;
}

}  // namespace greywatch::agent
