#include "agent/dissect/ssh/packet.hpp"

#include <openssl/evp.h>

namespace greywatch::agent::ssh {
namespace {

/// HASSH, as Salesforce described it: the MD5 of what one end offers for its own way.
text::Fixed<32> hassh(KeyExchange const& offer, bool client) {
  text::Fixed<8192> line;
  line.put(offer.kex);
  for (auto list : client ? std::array{offer.encryption_to_server, offer.mac_to_server, offer.compression_to_server}
                          : std::array{offer.encryption_to_client, offer.mac_to_client, offer.compression_to_client}) {
    line.put(';');
    line.put(list);
  }
  text::Fixed<32> print;
  std::uint8_t sum[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  auto const octets = as_bytes(line.view());
  if (EVP_Digest(octets.data(), octets.size(), sum, &length, EVP_md5(), nullptr) != 1) return print;
  for (unsigned n = 0; n < length; ++n) print.put_octet(sum[n]);
  return print;
}

}  // namespace

std::string_view version_of(std::string_view identification) {
  auto const rest = identification.substr(std::min<std::size_t>(4, identification.size()));
  return rest.substr(0, rest.find('-'));
}

std::string_view software_of(std::string_view identification) {
  auto const at = identification.find('-', 4);
  if (at == std::string_view::npos) return {};
  auto const rest = identification.substr(at + 1);
  return rest.substr(0, rest.find(' '));
}

Result<void> read_packet(Bytes octets, Message& message) {
  Reader in(octets);
  message.length = in.be32();
  message.padding = in.u8();
  auto const code = in.u8();
  if (!in) return fail(in.error("packet"));
  message.code = code;
  if (message.padding < 4 || message.padding + 2u > message.length) return fail({Defect::bad_length, 4, "padding"});
  in = Reader(octets.first(octets.size() - std::min<std::size_t>(octets.size(), message.padding)));
  in.skip(6);
  if (code == disconnect) {
    message.reason = in.be32();
    if (!in) return fail(in.error("reason"));
  }
  if (code != kexinit) return {};
  in.skip(16);
  auto const list = [&] { return as_text(in.take(in.be32())); };
  KeyExchange const exchange{.kex = list(),
                             .host_key = list(),
                             .encryption_to_server = list(),
                             .encryption_to_client = list(),
                             .mac_to_server = list(),
                             .mac_to_client = list(),
                             .compression_to_server = list(),
                             .compression_to_client = list()};
  if (!in) return fail(in.error("name_list"));
  message.exchange = exchange;
  return {};
}

void describe(void const* what, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(what);
  if (!message.identification.empty()) {
    sink.field("ssh.identification", message.identification);
    sink.field("ssh.version", version_of(message.identification));
    sink.field(message.from_client ? "ssh.client_software" : "ssh.server_software",
               software_of(message.identification));
  }
  if (message.encrypted != 0) sink.field("ssh.encrypted_octets", std::uint64_t{message.encrypted});
  if (!message.code) return;
  sink.field("ssh.packet_length", std::uint64_t{message.length});
  sink.field("ssh.padding_length", std::uint64_t{message.padding});
  sink.field("ssh.message_code", std::uint64_t{*message.code});
  if (message.reason) sink.field("ssh.disconnect_reason", std::uint64_t{*message.reason});
  if (!message.exchange) return;
  auto const& offer = *message.exchange;
  sink.field("ssh.kex_algorithms", offer.kex);
  sink.field("ssh.server_host_key_algorithms", offer.host_key);
  sink.field("ssh.encryption_client_to_server", offer.encryption_to_server);
  sink.field("ssh.encryption_server_to_client", offer.encryption_to_client);
  sink.field("ssh.mac_client_to_server", offer.mac_to_server);
  sink.field("ssh.mac_server_to_client", offer.mac_to_client);
  sink.field("ssh.compression_client_to_server", offer.compression_to_server);
  sink.field("ssh.compression_server_to_client", offer.compression_to_client);
  sink.field(message.from_client ? "ssh.hassh" : "ssh.hassh_server", hassh(offer, message.from_client).view());
}

}  // namespace greywatch::agent::ssh
