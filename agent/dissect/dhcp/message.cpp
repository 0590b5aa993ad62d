#include "agent/dissect/dhcp/message.hpp"

#include <algorithm>

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::dhcp {
namespace {

constexpr std::uint8_t pad = 0, end = 255, requested_address = 50, message_type = 53, parameter_list = 55,
                       client_identifier = 61, client_fqdn = 81;

constexpr Option options[] = {
    {1, "dhcp.subnet_mask", Value::addresses},
    {3, "dhcp.router", Value::addresses},
    {6, "dhcp.domain_name_server", Value::addresses},
    {12, "dhcp.host_name", Value::text},
    {15, "dhcp.domain_name", Value::text},
    {28, "dhcp.broadcast_address", Value::addresses},
    {42, "dhcp.ntp_server", Value::addresses},
    {50, "dhcp.requested_ip", Value::addresses},
    {51, "dhcp.lease_time", Value::number},
    {54, "dhcp.server_identifier", Value::addresses},
    {56, "dhcp.message", Value::text},
    {57, "dhcp.maximum_message_size", Value::number},
    {58, "dhcp.renewal_time", Value::number},
    {59, "dhcp.rebinding_time", Value::number},
    {60, "dhcp.vendor_class", Value::text},
    {66, "dhcp.tftp_server_name", Value::text},
    {67, "dhcp.bootfile_name", Value::text},
    {150, "dhcp.tftp_server_address", Value::addresses},
};

void describe_value(Option const& option, Bytes value, FieldSink& sink) {
  switch (option.value) {
    case Value::text:
      sink.field(option.field, text_of(value));
      return;
    case Value::number: {
      std::uint64_t number = 0;
      for (auto octet : value.first(std::min<std::size_t>(value.size(), 8))) number = number << 8 | octet;
      sink.field(option.field, number);
      return;
    }
    case Value::addresses:
      for (; value.size() >= 4; value = value.subspan(4)) sink.field(option.field, text::ip(value.first(4)).view());
      return;
  }
}

void describe_option(Item const& item, FieldSink& sink) {
  sink.field("dhcp.option.type", std::uint64_t{item.code});
  auto const& value = item.value;
  if (auto const* option = find_option(item.code)) return describe_value(*option, value, sink);
  switch (item.code) {
    case message_type:
      if (!value.empty()) sink.field("dhcp.message_type", std::uint64_t{value[0]});
      return;
    case parameter_list:
      for (auto octet : value) sink.field("dhcp.parameter_request", std::uint64_t{octet});
      return;
    case client_identifier:
      // RFC 2132, 9.14: a hardware type in front, 0 where it is something else.
      if (value.size() == 7 && value[0] == 1)
        sink.field("dhcp.client_mac", text::mac(value.subspan(1)).view());
      else
        sink.field("dhcp.client_identifier", text::mac(value.first(std::min<std::size_t>(value.size(), 20))).view());
      return;
    case client_fqdn:
      // RFC 4702, 2: flags and two result codes; without the E flag the name is text.
      if (value.size() > 3 && (value[0] & 4) == 0) sink.field("dhcp.client_fqdn", text_of(value.subspan(3)));
      return;
    default:
      return;
  }
}

}  // namespace

bool is_zero(Bytes octets) {
  return std::ranges::all_of(octets, [](std::uint8_t octet) { return octet == 0; });
}

std::string_view text_of(Bytes octets) { return text::up_to_nul(as_text(octets)); }

Bytes Message::assigned() const {
  switch (type) {
    case MessageType::request:
      return requested.empty() ? client : requested;
    case MessageType::ack:
      return is_zero(your) ? client : your;
    case MessageType::inform:
      return client;
    default:
      return {};
  }
}

Option const* find_option(std::uint8_t code) {
  auto const found = std::ranges::lower_bound(options, code, {}, &Option::code);
  return found != std::end(options) && found->code == code ? &*found : nullptr;
}

std::optional<Item> next_option(Bytes& left) {
  while (!left.empty() && left[0] == pad) left = left.subspan(1);
  if (left.empty()) return std::nullopt;
  if (left[0] == end) {
    left = {};
    return Item{end, {}};
  }
  if (left.size() < 2 || left.size() - 2 < left[1]) return std::nullopt;
  Item const item{left[0], left.subspan(2, left[1])};
  left = left.subspan(2u + left[1]);
  return item;
}

Result<void> read_message(Bytes datagram, Message& message) {
  Reader in(datagram);
  message.op = in.u8();
  message.hardware_type = in.u8();
  message.hardware_length = in.u8();
  message.hops = in.u8();
  message.xid = in.be32();
  message.secs = in.be16();
  message.flags = in.be16();
  message.client = in.take(4);
  message.your = in.take(4);
  message.server = in.take(4);
  message.relay = in.take(4);
  message.hardware = in.take(16);
  message.server_name = in.take(64);
  message.file = in.take(128);
  auto const cookie = in.be32();
  if (!in) return fail(in.error("header"));
  if (message.op != 1 && message.op != 2) return fail({Defect::bad_value, 0, "op"});
  if (message.hardware_length > 16) return fail({Defect::bad_length, 2, "hardware_length"});
  if (cookie != magic_cookie) return fail({Defect::bad_value, fixed_octets, "cookie"});
  auto const whole = in.rest();
  auto left = whole;
  while (auto const item = next_option(left)) {
    if (item->code == message_type && item->value.size() == 1) message.type = static_cast<MessageType>(item->value[0]);
    if (item->code == requested_address && item->value.size() == 4) message.requested = item->value;
    message.options = whole.first(whole.size() - left.size());
  }
  if (!left.empty()) return fail({Defect::truncated, datagram.size() - left.size(), "option"});
  return {};
}

void describe(void const* what, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(what);
  if (message.file.empty()) return;
  sink.field("dhcp.op", std::uint64_t{message.op});
  sink.field("dhcp.hardware_type", std::uint64_t{message.hardware_type});
  sink.field("dhcp.hardware_length", std::uint64_t{message.hardware_length});
  sink.field("dhcp.hops", std::uint64_t{message.hops});
  sink.field("dhcp.transaction_id", std::uint64_t{message.xid});
  sink.field("dhcp.seconds", std::uint64_t{message.secs});
  sink.field("dhcp.broadcast", (message.flags & 0x8000) != 0);
  sink.field("dhcp.client_ip", text::ip(message.client).view());
  sink.field("dhcp.your_ip", text::ip(message.your).view());
  sink.field("dhcp.next_server_ip", text::ip(message.server).view());
  sink.field("dhcp.relay_ip", text::ip(message.relay).view());
  if (message.hardware_type == 1 && message.hardware_length == 6)
    sink.field("dhcp.client_mac", text::mac(message.hardware.first(6)).view());
  if (auto const address = message.assigned(); !address.empty() && !is_zero(address))
    sink.field("dhcp.assigned_ip", text::ip(address).view());
  if (auto const name = text_of(message.server_name); !name.empty()) sink.field("dhcp.server_name", name);
  if (auto const name = text_of(message.file); !name.empty()) sink.field("dhcp.file", name);
  auto left = message.options;
  while (auto const item = next_option(left)) describe_option(*item, sink);
}

}  // namespace greywatch::agent::dhcp
