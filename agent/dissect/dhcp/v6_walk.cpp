#include "agent/dissect/dhcp/v6_walk.hpp"

#include <algorithm>

#include "agent/dissect/dhcp/message.hpp"
#include "agent/dissect/text/domain_name.hpp"

namespace greywatch::agent::dhcp::v6 {
namespace {

constexpr std::size_t address_octets = 16;
constexpr std::uint16_t ia_na = 3, ia_ta = 4, ia_address = 5, status_code = 13, ia_pd = 25, ia_prefix = 26,
                        client_data = 45, dhcp4o6_servers = 88;

std::uint32_t number(Bytes octets) {
  std::uint32_t value = 0;
  for (auto octet : octets) value = value << 8 | octet;
  return value;
}

}  // namespace

void Walk::put_ip(std::string_view field, Bytes address) {
  if (sink_ != nullptr) sink_->field(field, text::ip(address).view());
}

void Walk::put_octets(std::string_view field, Bytes octets) {
  if (sink_ != nullptr) sink_->field(field, text::hex<longest_duid>(octets).view());
}

void Walk::put_either(std::string_view field, Bytes octets) {
  if (std::ranges::all_of(octets, text::is_printable)) return put_text(field, as_text(octets));
  put_octets(field, octets);
}

void Walk::options(Bytes octets, std::size_t depth, std::uint16_t within) {
  if (depth >= most_depth) return octets.empty() ? void() : refuse(Defect::too_deep, place(octets), "option");
  auto left = octets;
  while (auto const item = next_option(left)) {
    if (message_.options < UINT16_MAX) ++message_.options;
    option(*item, depth, within);
  }
  if (!left.empty()) refuse(Defect::truncated, place(left), "option");
}

void Walk::option(Item const& item, std::size_t depth, std::uint16_t within) {
  put("dhcpv6.option.type", item.code);
  auto const* row = find_option(item.code);
  if (row == nullptr) {
    if (is_assigned(item.code)) return;
    if (message_.foreign < UINT16_MAX) ++message_.foreign;
    return unknown("option", item.code);
  }
  if (!content(*row, item.value, depth, within)) {
    constexpr std::string_view prefix = "dhcpv6.";
    auto const name = row->field.empty() ? "option" : row->field.substr(prefix.size());
    return refuse(Defect::bad_length, place(item.value), name);
  }
  summarize(item, within);
}

/// What the message comes to, as far as this option tells.
void Walk::summarize(Item const& item, std::uint16_t within) {
  auto const& value = item.value;
  if (within == relay_message) {
    if (item.code == client_link_layer) message_.link_layer = value;
    return;
  }
  if (item.code == status_code && within != client_data) {
    auto& status = within == 0 ? message_.status : message_.lease_status;
    if (status == 0) status = static_cast<std::uint16_t>(number(value.first(2)));
  }
  if (within == ia_na || within == ia_ta) {
    if (item.code == ia_address && message_.address.empty() && number(value.subspan(20, 4)) != 0)
      message_.address = value.first(address_octets);
    return;
  }
  if (within == ia_pd) {
    if (item.code == ia_prefix && message_.prefix.empty() && number(value.subspan(4, 4)) != 0)
      message_.prefix = value.subspan(8, 1 + address_octets);
    return;
  }
  if (within != 0) return;
  if (item.code == client_identifier) message_.client_id = value;
  if (item.code == server_identifier) message_.server_id = value;
  if (item.code == 11) message_.authenticated = true;
  // RFC 9686, 4.2: the address stands in the message itself.
  if (item.code == ia_address && message_.address.empty()) message_.address = value.first(address_octets);
}

bool Walk::content(Option const& row, Bytes value, std::size_t depth, std::uint16_t within) {
  auto const fixed = [&](std::size_t octets) { return value.size() == octets; };
  switch (row.shape) {
    case Shape::opaque:
      return true;
    case Shape::empty:
      if (!fixed(0)) return false;
      if (sink_ != nullptr) sink_->field(row.field, true);
      return true;
    case Shape::number8:
    case Shape::number16:
    case Shape::number32:
      if (!fixed(row.shape == Shape::number8 ? 1 : row.shape == Shape::number16 ? 2 : 4)) return false;
      put(row.field, number(value));
      return true;
    case Shape::address:
      if (!fixed(address_octets)) return false;
      put_ip(row.field, value);
      return true;
    case Shape::addresses:
      if (value.size() % address_octets != 0 || (value.empty() && row.code != dhcp4o6_servers)) return false;
      for (; !value.empty(); value = value.subspan(address_octets)) put_ip(row.field, value.first(address_octets));
      return true;
    case Shape::numbers16:
      if (value.size() % 2 != 0) return false;
      for (; !value.empty(); value = value.subspan(2)) put(row.field, number(value.first(2)));
      return true;
    case Shape::text:
      put_text(row.field, text_of(value));
      return true;
    case Shape::octets:
      put_either(row.field, value);
      return true;
    case Shape::name:
    case Shape::names:
      return names(row, value);
    case Shape::full_name:
      return full_name(row, value);
    case Shape::texts:
      return texts(row.field, value);
    case Shape::duid:
      return duid(row, value, within);
    case Shape::ia:
    case Shape::ia_ta:
      return association(row, value, depth);
    case Shape::ia_address:
    case Shape::ia_prefix:
      return leased(row, value, depth);
    case Shape::status:
      if (value.size() < 2) return false;
      put(row.field, number(value.first(2)));
      if (value.size() > 2) put_text("dhcpv6.status_message", text_of(value.subspan(2)));
      return true;
    case Shape::authentication:
      return authentication(value);
    case Shape::vendor_class:
      if (value.size() < 4) return false;
      put("dhcpv6.vendor_class.enterprise", number(value.first(4)));
      return texts(row.field, value.subspan(4));
    case Shape::vendor_options:
      return vendor_options(value);
    case Shape::remote_id:
      if (value.size() < 4) return false;
      put("dhcpv6.remote_id.enterprise", number(value.first(4)));
      put_either(row.field, value.subspan(4));
      return true;
    case Shape::ntp:
      return ntp(value);
    case Shape::link_layer:
      if (value.size() < 2) return false;
      put("dhcpv6.client_link_layer.type", number(value.first(2)));
      if (sink_ != nullptr && value.size() <= 2 + 20) sink_->field(row.field, text::mac(value.subspan(2)).view());
      return true;
    case Shape::options:
      options(value, depth + 1, within == relay_message ? relay_message : row.code);
      return true;
    case Shape::query:
      if (value.size() < 1 + address_octets) return false;
      put("dhcpv6.query.type", value[0]);
      put_ip("dhcpv6.query.link_address", value.subspan(1, address_octets));
      options(value.subspan(1 + address_octets), depth + 1, row.code);
      return true;
    case Shape::relay_data:
      // The message that a relay once carried is the past's: only that it is there is said.
      if (value.size() < address_octets) return false;
      put_ip(row.field, value.first(address_octets));
      return true;
    case Shape::message:
      if (within != relay_message) return true;  // only relays carry messages
      if (depth + 1 >= most_depth)
        refuse(Defect::too_deep, place(value), "relay_message");
      else
        message(value, depth + 1);
      return true;
    case Shape::message_v4:
      return message_v4(value);
  }
  return true;
}

bool Walk::duid(Option const& row, Bytes value, std::uint16_t within) {
  auto const duid = read_duid(value);
  if (!duid || value.size() > longest_duid) return false;
  put_octets(within == client_data ? "dhcpv6.lease.client_duid" : row.field, value);
  auto const type = static_cast<std::uint16_t>(duid->type);
  put("dhcpv6.duid.type", type);
  switch (duid->type) {
    case DuidType::link_layer_time:
    case DuidType::link_layer: {
      constexpr std::uint64_t from_1970_to_2000 = 946'684'800;
      put("dhcpv6.duid.hardware_type", duid->hardware_type);
      if (duid->type == DuidType::link_layer_time) put("dhcpv6.duid.time", from_1970_to_2000 + duid->time);
      if (sink_ != nullptr && duid->identifier.size() <= 20)
        sink_->field("dhcpv6.duid.link_layer_address", text::mac(duid->identifier).view());
      return true;
    }
    case DuidType::enterprise:
      put("dhcpv6.duid.enterprise", duid->enterprise);
      put_octets("dhcpv6.duid.identifier", duid->identifier);
      return true;
    case DuidType::uuid:
      put_octets("dhcpv6.duid.uuid", duid->identifier);
      return true;
    default:
      unknown("duid_type", type);
      return true;
  }
}

bool Walk::association(Option const& row, Bytes value, std::size_t depth) {
  Reader in(value);
  auto const id = in.take(4);
  bool const timed = row.shape == Shape::ia;
  auto const t1 = timed ? in.be32() : 0, t2 = timed ? in.be32() : 0;
  if (!in) return false;
  put_octets(row.code == ia_ta ? "dhcpv6.iata" : "dhcpv6.iaid", id);
  if (timed) {
    put("dhcpv6.t1", t1);
    put("dhcpv6.t2", t2);
    if (t1 > t2 && t2 != 0) tolerated("T1 greater than T2");  // 21.4: the client ignores the association
  }
  options(in.rest(), depth + 1, row.code);
  return true;
}

bool Walk::leased(Option const& row, Bytes value, std::size_t depth) {
  Reader in(value);
  bool const prefix = row.shape == Shape::ia_prefix;
  auto const address = prefix ? Bytes{} : in.take(address_octets);
  auto const preferred = in.be32(), valid = in.be32();
  auto const length = prefix ? in.u8() : std::uint8_t{0};
  auto const network = prefix ? in.take(address_octets) : Bytes{};
  if (!in || length > 128) return false;
  if (prefix) {
    put("dhcpv6.prefix.length", length);
    put_ip("dhcpv6.prefix", network);
  } else {
    put_ip("dhcpv6.address", address);
  }
  put(prefix ? "dhcpv6.prefix.preferred_lifetime" : "dhcpv6.address.preferred_lifetime", preferred);
  put(prefix ? "dhcpv6.prefix.valid_lifetime" : "dhcpv6.address.valid_lifetime", valid);
  if (preferred > valid) tolerated("preferred lifetime greater than the valid one");  // 21.6: the client discards it
  options(in.rest(), depth + 1, row.code);
  return true;
}

bool Walk::texts(std::string_view field, Bytes value) {
  Reader in(value);
  while (in && in.left() > 0) {
    auto const one = in.take(in.be16());
    if (in) put_either(field, one);
  }
  return static_cast<bool>(in);
}

bool Walk::names(Option const& row, Bytes value) {
  text::DomainName name;
  std::size_t at = 0;
  while (at < value.size()) {
    if (text::read_domain_name(value, at, name, text::NameForm::plain)) return false;
    put_text(row.field, name.view());
    if (row.shape == Shape::name) break;
  }
  return at == value.size() && at > 0;
}

bool Walk::full_name(Option const& row, Bytes value) {
  text::DomainName name;
  std::size_t at = 1;
  if (value.empty() || text::read_domain_name(value, at, name, text::NameForm::partial)) return false;
  if (at != value.size()) return false;
  put("dhcpv6.client_fqdn.flags", value[0]);
  if (!name.empty()) put_text(row.field, name.view());  // 4.2: empty, for the server to choose
  return true;
}

bool Walk::vendor_options(Bytes value) {
  if (value.size() < 4) return false;
  put("dhcpv6.vendor_options.enterprise", number(value.first(4)));
  auto left = value.subspan(4);
  while (auto const item = next_option(left)) {
    put("dhcpv6.vendor_options.code", item->code);
    put_either("dhcpv6.vendor_options.data", item->value);
  }
  if (!left.empty()) tolerated("vendor options of another shape");  // 21.17 knows this one only
  return true;
}

/// 21.11, 20.3 and 20.4.
bool Walk::authentication(Bytes value) {
  Reader in(value);
  auto const protocol = in.u8(), algorithm = in.u8(), rdm = in.u8();
  auto const replay = in.take(8);
  if (!in) return false;
  put("dhcpv6.auth.protocol", protocol);
  put("dhcpv6.auth.algorithm", algorithm);
  put("dhcpv6.auth.replay_detection_method", rdm);
  put_octets("dhcpv6.auth.replay_detection", replay);
  // The key of the reconfigure protocol is a secret that goes in clear: that it is given is said, not which.
  constexpr std::uint8_t reconfigure_key = 3;
  auto const information = in.rest();
  if (protocol == reconfigure_key && !information.empty()) put("dhcpv6.auth.reconfigure_type", information[0]);
  return true;
}

/// RFC 5908, 4.
bool Walk::ntp(Bytes value) {
  auto left = value;
  while (auto const item = next_option(left)) {
    put("dhcpv6.ntp.suboption", item->code);
    if (item->code == 1 || item->code == 2) {
      if (item->value.size() != address_octets) return false;
      put_ip(item->code == 1 ? "dhcpv6.ntp.server" : "dhcpv6.ntp.multicast", item->value);
    } else if (item->code == 3) {
      text::DomainName name;
      std::size_t at = 0;
      if (text::read_domain_name(item->value, at, name, text::NameForm::plain)) return false;
      put_text("dhcpv6.ntp.name", name.view());
    } else {
      unknown("ntp_suboption", item->code);
    }
  }
  return left.empty() && !value.empty();
}

bool Walk::message_v4(Bytes value) {
  dhcp::Message inside;
  if (auto const done = dhcp::read_message(value, inside); !done) {
    refuse(done.error().defect, place(value) + done.error().offset, done.error().field);
    return true;
  }
  if (sink_ != nullptr) dhcp::describe(&inside, *sink_);
  return true;
}

}  // namespace greywatch::agent::dhcp::v6
