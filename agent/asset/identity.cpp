#include "agent/asset/identity.hpp"

#include <algorithm>

namespace greywatch::agent {

namespace {

/// Messages of OPC UA in which an application describes itself, by their encodings; a list of servers found is of
/// others.
constexpr std::uint64_t get_endpoints_response = 431, create_session_request = 461, create_session_response = 464;

constexpr IdentityField table[] = {
    {"bacnet.device.vendor", "vendor", "", 0},
    {"bacnet.device.model", "model", "", 0},
    {"bacnet.device.firmware", "firmware", "", 0},
    {"bacnet.device.application_software", "software", "", 0},
    {"bacnet.device.serial", "serial", "", 0},
    {"bacnet.device.name", "name", "", 0},
    {"bacnet.device.identifier", "bacnet_device", "", 0},
    {"bacnet.device.registered_vendor", "bacnet_vendor", "", 0},
    {"c37118.station_name", "name", "c37118.num_pmu", 1},
    {"dhcp.host_name", "name", "", 0},
    {"dhcp.vendor_class", "product", "", 0},
    {"dhcpv6.client_duid", "duid", "", 0},
    {"dhcpv6.client_fqdn", "name", "", 0},
    {"dhcpv6.vendor_class", "product", "", 0},
    {"dnp3.attribute.text", "firmware", "dnp3.attribute", 242},
    {"dnp3.attribute.text", "name", "dnp3.attribute", 247},
    {"dnp3.attribute.text", "serial", "dnp3.attribute", 248},
    {"dnp3.attribute.text", "model", "dnp3.attribute", 250},
    {"dnp3.attribute.text", "vendor", "dnp3.attribute", 252},
    {"dns.hinfo.os", "software", "", 0},
    {"enip.identity.vendor", "vendor", "", 0},
    {"enip.identity.product_name", "product_name", "", 0},
    {"enip.identity.firmware", "firmware", "", 0},
    {"enip.identity.serial", "serial", "", 0},
    {"enip.cip.identity.product_name", "product", "", 0},
    {"fins.controller.model", "model", "", 0},
    {"fins.controller.version", "firmware", "", 0},
    {"ftp.server", "software", "", 0},
    {"http.server", "software", "", 0},
    {"kerberos.address.netbios_name", "netbios_name", "", 0},
    {"kerberos.kdc_realm", "realm", "", 0},
    {"ldap.root.host_name", "name", "", 0},
    {"ldap.root.naming_context", "domain", "", 0},
    {"ldap.root.vendor_name", "vendor", "", 0},
    {"ldap.root.vendor_version", "software", "", 0},
    {"mms.vendor_name", "vendor", "", 0},
    {"mms.model_name", "model", "", 0},
    {"mms.revision", "firmware", "", 0},
    {"modbus.object_value", "vendor", "modbus.object_id", 0},
    {"modbus.object_value", "product", "modbus.object_id", 1},
    {"modbus.object_value", "firmware", "modbus.object_id", 2},
    {"modbus.object_value", "product_name", "modbus.object_id", 4},
    {"modbus.object_value", "model", "modbus.object_id", 5},
    {"modbus.object_value", "name", "modbus.object_id", 6},
    {"modbus.umas.firmware", "firmware", "", 0},
    {"modbus.umas.plc_model", "model", "", 0},
    {"opcua.application_uri", "application_uri", "opcua.service", create_session_request},
    {"opcua.application_uri", "application_uri", "opcua.service", create_session_response},
    {"opcua.application_uri", "application_uri", "opcua.service", get_endpoints_response},
    {"opcua.product_uri", "product_uri", "opcua.service", create_session_request},
    {"opcua.product_uri", "product_uri", "opcua.service", create_session_response},
    {"opcua.product_uri", "product_uri", "opcua.service", get_endpoints_response},
    {"opcua.localized_text.text", "name", "opcua.service", create_session_request},
    {"opcua.localized_text.text", "name", "opcua.service", create_session_response},
    {"opcua.localized_text.text", "name", "opcua.service", get_endpoints_response},
    {"opcua.server.product_uri", "product_uri", "", 0},
    {"opcua.server.manufacturer_name", "vendor", "", 0},
    {"opcua.server.product_name", "product_name", "", 0},
    {"opcua.server.software_version", "software", "", 0},
    {"opcua.server.build_number", "build", "", 0},
    {"opcua.security_policy_uri", "unauthenticated_endpoint", "opcua.message_security_mode", 1, true},
    {"opcua.security_policy_uri", "signed_endpoint", "opcua.message_security_mode", 2, true},
    {"opcua.security_policy_uri", "encrypted_endpoint", "opcua.message_security_mode", 3, true},
    {"opcua.security_policy_uri", "password_policy", "opcua.user_token_type", 1, true},
    {"ptp.management.manufacturer", "vendor", "", 0},
    {"ptp.management.model", "model", "", 0},
    {"ptp.management.serial", "serial", "", 0},
    {"ptp.management.firmware_revision", "firmware", "", 0},
    {"ptp.management.software_revision", "software", "", 0},
    {"ptp.management.user_description", "name", "", 0},
    {"rdp.client_name", "netbios_name", "", 0},
    {"s7comm.szl.order_number", "model", "s7comm.szl.record_index", 1},
    {"s7comm.szl.firmware", "firmware", "", 0},
    {"s7comm.szl.manufacturer", "vendor", "", 0},
    {"s7comm.szl.module_type", "product_name", "", 0},
    {"s7comm.szl.serial_number", "serial", "", 0},
    {"s7comm.szl.system_name", "name", "", 0},
    {"smb.browser.server", "netbios_name", "", 0},
    {"smb.ntlmssp.server_name", "netbios_name", "", 0},
    {"smb.ntlmssp.system", "operating_system", "", 0},
    {"smb.ntlmssp.workstation", "netbios_name", "", 0},
    {"smb.outdated_version", "outdated_smb", "", 0},
    {"snmp.system_description", "software", "", 0},
    {"snmp.system_name", "name", "", 0},
    {"ssh.client_software", "ssh_client", "", 0},
    {"ssh.server_software", "ssh_server", "", 0},
    {"tds.browser.instance", "product", "", 0},
    {"tds.browser.server", "netbios_name", "", 0},
    {"tds.browser.version", "software", "", 0},
    {"tds.login.host", "netbios_name", "", 0},
    {"tds.login_ack.program_version", "software", "", 0},
    {"tls.certificate.subject_cn", "certificate", "", 0},
    {"tls.outdated_version", "outdated_tls", "", 0},
};

constexpr Subject subjects[] = {
    {"arp", "arp.sender_ip", "arp.sender_mac"},
    {"dhcp", "dhcp.assigned_ip", "dhcp.client_mac"},
    {"dhcpv6", "dhcpv6.host_ip", "dhcpv6.client_mac"},
};

}  // namespace

Subject const* subject_of(std::string_view protocol) {
  auto const found = std::ranges::find(subjects, protocol, &Subject::protocol);
  return found != std::end(subjects) ? found : nullptr;
}

std::span<IdentityField const> identity_fields() { return table; }

bool answers_identify(std::string_view protocol, std::uint32_t code) {
  return protocol == "bacnet" || protocol == "http" || protocol == "kerberos" || protocol == "ldap" ||
         protocol == "snmp" || (protocol == "opcua" && code == get_endpoints_response);
}

bool identifies(std::string_view protocol) {
  return std::ranges::any_of(table, [&](IdentityField const& row) {
    return row.field.size() > protocol.size() && row.field.starts_with(protocol) && row.field[protocol.size()] == '.';
  });
}

}  // namespace greywatch::agent
