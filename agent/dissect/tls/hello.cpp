#include "agent/dissect/tls/hello.hpp"

namespace greywatch::agent::tls {
namespace {

/// A vector with a length of `width` octets in front; empty, with a failed reader, where it lies.
Bytes take_vector(Reader& in, std::size_t width) {
  std::size_t length = 0;
  for (auto octet : in.take(width)) length = length << 8 | octet;
  return in.take(length);
}

/// The first host name of the list. RFC 6066, 3.
Bytes host_name(Bytes data) {
  Reader in(data);
  Reader list(take_vector(in, 2));
  while (list.left() != 0) {
    auto const type = list.u8();
    auto const name = take_vector(list, 2);
    if (type == 0 && list) return name;
  }
  return {};
}

void take_extension(Extension const& extension, Hello& hello) {
  Reader in(extension.data);
  switch (static_cast<ExtensionType>(extension.type)) {
    case ExtensionType::server_name:
      hello.has_server_name = true;
      hello.server_name = host_name(extension.data);
      return;
    case ExtensionType::supported_groups:
      hello.groups = take_vector(in, 2);
      return;
    case ExtensionType::ec_point_formats:
      hello.point_formats = take_vector(in, 1);
      return;
    case ExtensionType::signature_algorithms:
      hello.signature_algorithms = take_vector(in, 2);
      return;
    case ExtensionType::application_layer_protocol_negotiation:
      hello.protocols = take_vector(in, 2);
      return;
    case ExtensionType::session_ticket:
      hello.has_key |= hello.client && !extension.data.empty();
      return;
    case ExtensionType::pre_shared_key:
      hello.has_key = true;
      return;
    case ExtensionType::supported_versions:
      hello.versions = hello.client ? take_vector(in, 1) : in.take(2);
      return;
  }
}

}  // namespace

std::optional<std::uint16_t> Numbers::next() {
  if (octets_.size() < width_) return std::nullopt;
  Reader in(octets_);
  std::uint16_t const value = width_ == 1 ? in.u8() : in.be16();
  octets_ = octets_.subspan(width_);
  return value;
}

std::optional<Extension> Hello::next_extension(Bytes& left) const {
  if (left.empty()) return std::nullopt;
  Reader in(left);
  Extension extension{.type = in.be16(), .data = take_vector(in, 2)};
  if (!in) return std::nullopt;
  left = left.subspan(in.at());
  return extension;
}

std::uint16_t Hello::highest_version() const {
  std::uint16_t highest = 0;
  Numbers offered(versions);
  while (auto const one = offered.next())
    if (!is_grease(*one)) highest = std::max(highest, *one);
  return highest != 0 ? highest : version;
}

Result<void> read_hello(Bytes body, bool client, Hello& hello) {
  hello.client = client;
  Reader in(body);
  hello.version = in.be16();
  hello.random = in.take(32);
  hello.session_id = take_vector(in, 1);
  if (!in) return fail(in.error("session_id"));
  hello.cipher_suites = client ? take_vector(in, 2) : in.take(2);
  if (!in) return fail(in.error("cipher_suites"));
  hello.compression_methods = client ? take_vector(in, 1) : in.take(1);
  if (!in) return fail(in.error("compression_methods"));
  if (hello.session_id.size() > 32) return fail({Defect::bad_length, 34, "session_id"});
  if (hello.cipher_suites.empty() || hello.cipher_suites.size() % 2 != 0)
    return fail({Defect::bad_length, 35 + hello.session_id.size(), "cipher_suites"});
  if (in.left() == 0) return {};
  auto const at = in.at();
  hello.extensions = take_vector(in, 2);
  if (!in) return fail(in.error("extensions"));
  auto left = hello.extensions;
  while (auto const extension = hello.next_extension(left)) {
    ++hello.extension_count;
    take_extension(*extension, hello);
  }
  if (!left.empty()) return fail({Defect::truncated, at + 2 + hello.extensions.size() - left.size(), "extension"});
  return {};
}

std::string_view version_name(std::uint16_t version) {
  switch (version) {
    case 0x0300:
      return "SSL 3.0";
    case 0x0301:
      return "TLS 1.0";
    case 0x0302:
      return "TLS 1.1";
    case 0x0303:
      return "TLS 1.2";
    case 0x0304:
      return "TLS 1.3";
    default:
      return {};
  }
}

}  // namespace greywatch::agent::tls
