#include <algorithm>

#include "agent/dissect/rdp/message.hpp"

namespace greywatch::agent::rdp {
namespace {

constexpr int most_blocks = 32, most_channels = 31;  ///< 2.2.1.3.4: 31 channels

/// Up to the first character that is zero.
Bytes until_zero(Bytes octets, std::size_t width) {
  for (std::size_t at = 0; at + width <= octets.size(); at += width)
    if (octets[at] == 0 && octets[at + width - 1] == 0) return octets.first(at);
  return octets;
}

void describe_negotiation(Negotiation const& said, FieldSink& sink) {
  if (!said.line.empty()) sink.field("rdp.cookie", as_text(said.line));
  if (!said.user.empty()) sink.field("rdp.cookie_user", said.user);
  if (said.type == 0) return;
  sink.field("rdp.negotiation.type", std::uint64_t{said.type});
  sink.field("rdp.negotiation.flags", std::uint64_t{said.flags});
  sink.field("rdp.negotiation.length", std::uint64_t{said.length});
  switch (said.type) {
    case Negotiation::request:
      sink.field("rdp.requested_protocols", std::uint64_t{said.value});
      break;
    case Negotiation::response:
      sink.field("rdp.selected_protocol", std::uint64_t{said.value});
      break;
    case Negotiation::failure:
      sink.field("rdp.failure_code", std::uint64_t{said.value});
      break;
    default:
      break;
  }
}

/// Puts numbers while they are there: the optional ones of core data end anywhere.
class Numbers {
 public:
  Numbers(Bytes data, FieldSink& sink) : in_(data), sink_(sink) {}
  void two(std::string_view name) { put(name, in_.le16()); }
  void four(std::string_view name) { put(name, in_.le32()); }
  void skip(std::size_t octets) { in_.skip(octets); }
  Bytes take(std::size_t octets) { return in_.take(octets); }

 private:
  void put(std::string_view name, std::uint64_t value) {
    if (in_) sink_.field(name, value);
  }
  Reader in_;
  FieldSink& sink_;
};

/// Client Core Data. 2.2.1.3.2.
void describe_client_core(Bytes data, FieldSink& sink) {
  Numbers numbers(data, sink);
  numbers.four("rdp.client_version");
  numbers.two("rdp.desktop_width");
  numbers.two("rdp.desktop_height");
  numbers.two("rdp.color_depth");
  numbers.skip(2);  // SASSequence
  numbers.four("rdp.keyboard_layout");
  numbers.four("rdp.client_build");
  if (auto const name = numbers.take(32); !name.empty())
    sink.field("rdp.client_name", text::from_utf16(until_zero(name, 2)).view());
  numbers.four("rdp.keyboard_type");
  numbers.four("rdp.keyboard_subtype");
  numbers.four("rdp.keyboard_function_keys");
  numbers.skip(64);  // imeFileName
  numbers.skip(2);   // postBeta2ColorDepth
  numbers.two("rdp.client_product_id");
  numbers.four("rdp.serial_number");
  numbers.two("rdp.high_color_depth");
  numbers.two("rdp.supported_color_depths");
  numbers.two("rdp.early_capability_flags");
  if (auto const id = numbers.take(64); !id.empty())
    if (auto const digits = until_zero(id, 2); !digits.empty())
      sink.field("rdp.digital_product_id", text::from_utf16(digits).view());
  numbers.skip(2);  // connectionType, pad
  numbers.four("rdp.server_selected_protocol");
}

/// Client Network Data. 2.2.1.3.4.
void describe_channels(Bytes data, FieldSink& sink) {
  Reader in(data);
  auto const count = in.le32();
  if (!in) return;
  sink.field("rdp.channel_count", std::uint64_t{count});
  for (int n = 0; n < most_channels && in.left() >= 12; ++n) {
    auto const name = until_zero(in.take(8), 1);
    auto const options = in.le32();
    sink.field("rdp.channel_name", text::from_oem(name).view());
    sink.field("rdp.channel_options", std::uint64_t{options});
  }
}

void describe_block(Block const& block, FieldSink& sink) {
  Numbers numbers(block.data, sink);
  sink.field("rdp.block.type", std::uint64_t{block.type});
  sink.field("rdp.block.length", std::uint64_t{block.length});
  switch (block.type) {
    case client_core:
      return describe_client_core(block.data, sink);
    case client_security:
      numbers.four("rdp.encryption_methods");
      return;
    case client_network:
      return describe_channels(block.data, sink);
    case client_cluster:
      numbers.four("rdp.cluster_flags");
      return;
    case server_core:
      numbers.four("rdp.server_version");
      numbers.four("rdp.client_requested_protocols");
      return;
    case server_security:
      numbers.four("rdp.encryption_method");
      numbers.four("rdp.encryption_level");
      numbers.four("rdp.server_random_length");
      numbers.four("rdp.server_certificate_length");
      return;
    case server_network:
      numbers.two("rdp.io_channel");
      numbers.two("rdp.channel_count");
      return;
    default:
      return;
  }
}

void describe_connect(Connect const& connect, FieldSink& sink) {
  if (connect.result) sink.field("rdp.connect.result", std::uint64_t{*connect.result});
  auto left = connect.blocks;
  for (int n = 0; n < most_blocks; ++n) {
    auto const block = next_block(left);
    if (!block) return;
    describe_block(*block, sink);
  }
}

void describe_domain(DomainPdu const& pdu, FieldSink& sink) {
  sink.field("rdp.mcs.pdu", std::uint64_t{pdu.choice});
  if (pdu.initiator) sink.field("rdp.mcs.initiator", std::uint64_t{*pdu.initiator});
  if (pdu.channel) sink.field("rdp.mcs.channel", std::uint64_t{*pdu.channel});
  if (pdu.result) sink.field("rdp.mcs.result", std::uint64_t{*pdu.result});
  if (pdu.reason) sink.field("rdp.mcs.reason", std::uint64_t{*pdu.reason});
}

void describe_data(Data const& data, FieldSink& sink) {
  if (data.security_flags) sink.field("rdp.security_flags", std::uint64_t{*data.security_flags});
  if (data.exchange_length) {
    sink.field("rdp.security_exchange", true);
    sink.field("rdp.security_exchange_length", std::uint64_t{*data.exchange_length});
  }
  if (data.client_info && !data.malformed) {
    auto const& info = *data.client_info;
    sink.field("rdp.info.code_page", std::uint64_t{info.code_page});
    sink.field("rdp.info.flags", std::uint64_t{info.flags});
    sink.field("rdp.info.domain", info.domain.view());
    sink.field("rdp.info.user", info.user.view());
    sink.field("rdp.info.password", info.has_password);
    sink.field("rdp.info.shell", info.shell.view());
    sink.field("rdp.info.directory", info.directory.view());
  }
  if (data.license && !data.malformed) {
    sink.field("rdp.license.type", std::uint64_t{data.license->type});
    sink.field("rdp.license.length", std::uint64_t{data.license->length});
    if (data.license->error) sink.field("rdp.license.error", std::uint64_t{*data.license->error});
  }
  if (data.share) {
    sink.field("rdp.share.length", std::uint64_t{data.share->length});
    sink.field("rdp.share.type", std::uint64_t{data.share->type});
    if (data.share->data_type) sink.field("rdp.share.data_type", std::uint64_t{*data.share->data_type});
  }
}

}  // namespace

Bytes find_block(Bytes blocks, std::uint16_t type) {
  for (int n = 0; n < most_blocks; ++n) {
    auto const block = next_block(blocks);
    if (!block) break;
    if (block->type == type) return block->data;
  }
  return {};
}

text::Name client_name(Bytes blocks) {
  Reader in(find_block(blocks, client_core));
  in.skip(20);
  return text::from_utf16(until_zero(in.take(32), 2));
}

void describe(void const* what, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(what);
  if (message.ended != nullptr) {
    auto const way = message.to_server ? 0 : 1;
    sink.field("rdp.fast_path.pdus", std::uint64_t{message.ended->fast_path[way]});
    sink.field("rdp.fast_path.octets", message.ended->fast_octets[way]);
    return;
  }
  if (message.fast_path) {
    sink.field("rdp.fast_path.header", std::uint64_t{message.fast_path->header});
    sink.field("rdp.fast_path.length", std::uint64_t{message.fast_path->length});
    return;
  }
  if (message.negotiation) describe_negotiation(*message.negotiation, sink);
  if (message.connect) describe_connect(*message.connect, sink);
  if (message.domain) describe_domain(*message.domain, sink);
  if (message.data) describe_data(*message.data, sink);
}

}  // namespace greywatch::agent::rdp
