#include "agent/dissect/dhcp/v6_options.hpp"

#include <algorithm>

namespace greywatch::agent::dhcp::v6 {
namespace {

/// By code. 1 to 32: RFC 8415, 21, RFC 3319, RFC 3646, RFC 3898, RFC 4075.
constexpr Option options[] = {
    {1, "dhcpv6.client_duid", Shape::duid},
    {2, "dhcpv6.server_duid", Shape::duid},
    {3, "dhcpv6.ia_na", Shape::ia},
    {4, "dhcpv6.ia_ta", Shape::ia_ta},
    {5, "dhcpv6.ia_address", Shape::ia_address},
    {6, "dhcpv6.requested_option", Shape::numbers16},
    {7, "dhcpv6.preference", Shape::number8},
    {8, "dhcpv6.elapsed_time", Shape::number16},
    {9, "", Shape::message},
    {11, "dhcpv6.auth", Shape::authentication},
    {12, "dhcpv6.unicast", Shape::address},
    {13, "dhcpv6.status_code", Shape::status},
    {14, "dhcpv6.rapid_commit", Shape::empty},
    {15, "dhcpv6.user_class", Shape::texts},
    {16, "dhcpv6.vendor_class", Shape::vendor_class},
    {17, "dhcpv6.vendor_options", Shape::vendor_options},
    {18, "dhcpv6.interface_id", Shape::octets},
    {19, "dhcpv6.reconfigure_message_type", Shape::number8},
    {20, "dhcpv6.reconfigure_accept", Shape::empty},
    {21, "dhcpv6.sip_server_name", Shape::names},
    {22, "dhcpv6.sip_server", Shape::addresses},
    {23, "dhcpv6.dns_server", Shape::addresses},
    {24, "dhcpv6.search_domain", Shape::names},
    {25, "dhcpv6.ia_pd", Shape::ia},
    {26, "dhcpv6.ia_prefix", Shape::ia_prefix},
    {27, "dhcpv6.nis_server", Shape::addresses},
    {28, "dhcpv6.nisp_server", Shape::addresses},
    {29, "dhcpv6.nis_domain", Shape::names},
    {30, "dhcpv6.nisp_domain", Shape::names},
    {31, "dhcpv6.sntp_server", Shape::addresses},
    {32, "dhcpv6.information_refresh_time", Shape::number32},
    {37, "dhcpv6.remote_id", Shape::remote_id},                 // RFC 4649
    {38, "dhcpv6.subscriber_id", Shape::octets},                // RFC 4580
    {39, "dhcpv6.client_fqdn", Shape::full_name},               // RFC 4704
    {41, "dhcpv6.posix_timezone", Shape::text},                 // RFC 4833
    {42, "dhcpv6.tz_database", Shape::text},                    // RFC 4833
    {43, "dhcpv6.echo_request", Shape::numbers16},              // RFC 4994
    {44, "dhcpv6.query", Shape::query},                         // RFC 5007
    {45, "", Shape::options},                                   // RFC 5007: what is known of a client
    {46, "dhcpv6.client_transaction_time", Shape::number32},    // RFC 5007
    {47, "dhcpv6.relay_data.peer_address", Shape::relay_data},  // RFC 5007
    {48, "dhcpv6.client_link", Shape::addresses},               // RFC 5007
    {53, "dhcpv6.relay_duid", Shape::duid},                     // RFC 5460
    {56, "dhcpv6.ntp", Shape::ntp},                             // RFC 5908
    {59, "dhcpv6.boot_file_url", Shape::text},                  // RFC 5970
    {60, "dhcpv6.boot_file_parameter", Shape::texts},           // RFC 5970
    {61, "dhcpv6.client_architecture", Shape::numbers16},       // RFC 5970
    {64, "dhcpv6.aftr_name", Shape::name},                      // RFC 6334
    {66, "", Shape::options},                                   // RFC 6422: options that a relay supplies
    {79, "dhcpv6.client_link_layer", Shape::link_layer},        // RFC 6939
    {80, "dhcpv6.link_address", Shape::address},                // RFC 6977
    {82, "dhcpv6.sol_max_rt", Shape::number32},
    {83, "dhcpv6.inf_max_rt", Shape::number32},
    {87, "", Shape::message_v4},                      // RFC 7341
    {88, "dhcpv6.dhcp4o6_server", Shape::addresses},  // RFC 7341; empty: ask all
    {103, "dhcpv6.captive_portal", Shape::text},      // RFC 8910
    {112, "dhcpv6.mud_url", Shape::text},             // RFC 8520
    {135, "dhcpv6.relay_port", Shape::number16},      // RFC 8357
    {136, "dhcpv6.bootstrap_server", Shape::texts},   // RFC 8572
};
static_assert(std::ranges::is_sorted(options, {}, &Option::code));

}  // namespace

Option const* find_option(std::uint16_t code) {
  auto const found = std::ranges::lower_bound(options, code, {}, &Option::code);
  return found != std::end(options) && found->code == code ? &*found : nullptr;
}

bool is_assigned(std::uint16_t code) {
  constexpr std::uint16_t greatest = 148;
  return code >= 1 && code <= greatest && code != 10 && code != 35;
}

std::optional<Item> next_option(Bytes& left) {
  Reader in(left);
  auto const code = in.be16();
  auto const value = in.take(in.be16());
  if (left.empty() || !in) return std::nullopt;
  left = left.subspan(in.at());
  return Item{code, value};
}

std::optional<Duid> read_duid(Bytes octets) {
  Reader in(octets);
  Duid duid{.type = static_cast<DuidType>(in.be16())};
  switch (duid.type) {
    case DuidType::link_layer_time:
      duid.hardware_type = in.be16();
      duid.time = in.be32();
      break;
    case DuidType::enterprise:
      duid.enterprise = in.be32();
      break;
    case DuidType::link_layer:
      duid.hardware_type = in.be16();
      break;
    default:
      break;
  }
  duid.identifier = in.rest();
  if (!in || duid.identifier.empty()) return std::nullopt;
  if (duid.type == DuidType::uuid && duid.identifier.size() != 16) return std::nullopt;
  return duid;
}

Bytes mac_of(Duid const& duid) {
  constexpr std::uint16_t ethernet = 1, ieee802 = 6;
  bool const has_one = duid.type == DuidType::link_layer_time || duid.type == DuidType::link_layer;
  bool const is_one = duid.hardware_type == ethernet || duid.hardware_type == ieee802;
  return has_one && is_one && duid.identifier.size() == 6 ? duid.identifier : Bytes{};
}

}  // namespace greywatch::agent::dhcp::v6
