#include "agent/dissect/registry.hpp"

#include "agent/dissect/amqp/amqp.hpp"
#include "agent/dissect/arp/arp.hpp"
#include "agent/dissect/bacnet/bacnet.hpp"
#include "agent/dissect/c37118/c37118.hpp"
#include "agent/dissect/dcerpc/dcerpc.hpp"
#include "agent/dissect/dhcp/dhcp.hpp"
#include "agent/dissect/dnp3/dnp3.hpp"
#include "agent/dissect/dns/dns.hpp"
#include "agent/dissect/enip/enip.hpp"
#include "agent/dissect/fins/fins.hpp"
#include "agent/dissect/fix/fix.hpp"
#include "agent/dissect/ftp/ftp.hpp"
#include "agent/dissect/goose/goose.hpp"
#include "agent/dissect/http/http.hpp"
#include "agent/dissect/icmp/icmp.hpp"
#include "agent/dissect/iec104/iec104.hpp"
#include "agent/dissect/kerberos/kerberos.hpp"
#include "agent/dissect/ldap/ldap.hpp"
#include "agent/dissect/mms/mms.hpp"
#include "agent/dissect/modbus/modbus.hpp"
#include "agent/dissect/mqtt/mqtt.hpp"
#include "agent/dissect/ntp/ntp.hpp"
#include "agent/dissect/opcua/opcua.hpp"
#include "agent/dissect/ptp/ptp.hpp"
#include "agent/dissect/rdp/rdp.hpp"
#include "agent/dissect/s7comm/s7comm.hpp"
#include "agent/dissect/smb/smb.hpp"
#include "agent/dissect/snmp/snmp.hpp"
#include "agent/dissect/ssh/ssh.hpp"
#include "agent/dissect/sv/sv.hpp"
#include "agent/dissect/tds/tds.hpp"
#include "agent/dissect/telnet/telnet.hpp"
#include "agent/dissect/tftp/tftp.hpp"
#include "agent/dissect/tls/tls.hpp"

namespace greywatch::agent {
namespace {

// One row a line, so that rows can come from several hands.
// clang-format off
constexpr Dissector const* rows[] = {
    &iec104::dissector,
    &mms::dissector,
    &modbus::dissector,
    &mqtt::dissector,
    &ntp::dissector,
    &s7comm::dissector,
    &rdp::dissector,
    &fix::dissector,
    &opcua::dissector,
    &c37118::tcp_dissector,
    &c37118::udp_dissector,
    &ptp::ethernet_dissector,
    &ptp::udp_dissector,
    &arp::dissector,
    &icmp::dissector,
    &icmp::dissector6,
    &dns::dissector,
    &dns::dissector_tcp,
    &dhcp::dissector,
    &dhcp::dissector6,
    &dhcp::dissector6_tcp,
    &enip::tcp_dissector,
    &enip::udp_dissector,
    &fins::tcp_dissector,
    &fins::udp_dissector,
    &dnp3::over_tcp,
    &dnp3::over_udp,
    &goose::dissector,         // over Ethernet
    &goose::routed_dissector,  // over UDP
    &sv::dissector,            // over Ethernet
    &sv::routed_dissector,     // over UDP
    &tls::dissector,
    &http::dissector,
    &ssh::dissector,
    &telnet::dissector,
    &tftp::dissector,
    &ftp::dissector,
    &snmp::dissector,
    &smb::dissector,           // over TCP
    &smb::datagram_dissector,  // over UDP
    &amqp::dissector,
    &kerberos::udp_dissector,
    &kerberos::tcp_dissector,
    &bacnet::dissector,
    &ldap::tcp_dissector,
    &ldap::udp_dissector,
    &dcerpc::over_tcp,
    &dcerpc::over_udp,
    &tds::dissector,
    &tds::browser_dissector,
};
// clang-format on

}  // namespace

std::span<Dissector const* const> registry() { return rows; }

}  // namespace greywatch::agent
