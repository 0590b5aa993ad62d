#include <algorithm>

#include "agent/dissect/tls/certificate.hpp"
#include "agent/dissect/tls/message.hpp"

namespace greywatch::agent::tls {
namespace {

constexpr int most_listed = 512, most_certificates = 16;

void put_numbers(std::string_view name, Bytes octets, FieldSink& sink, std::size_t width = 2) {
  Numbers numbers(octets, width);
  for (int n = 0; n < most_listed; ++n) {
    auto const one = numbers.next();
    if (!one) return;
    sink.field(name, std::uint64_t{*one});
  }
}

void describe_hello(Message const& message, FieldSink& sink) {
  auto const& hello = *message.hello;
  sink.field("tls.handshake.version", std::uint64_t{hello.version});
  sink.field("tls.session_id_length", std::uint64_t{hello.session_id.size()});
  put_numbers("tls.cipher_suite", hello.cipher_suites, sink);
  put_numbers("tls.compression_method", hello.compression_methods, sink, 1);
  auto left = hello.extensions;
  for (int n = 0; n < most_listed; ++n) {
    auto const extension = hello.next_extension(left);
    if (!extension) break;
    sink.field("tls.extension.type", std::uint64_t{extension->type});
    sink.field("tls.extension.length", std::uint64_t{extension->data.size()});
  }
  if (!hello.server_name.empty()) sink.field("tls.server_name", as_text(hello.server_name));
  put_numbers("tls.supported_version", hello.versions, sink);
  put_numbers("tls.supported_group", hello.groups, sink);
  put_numbers("tls.ec_point_format", hello.point_formats, sink, 1);
  put_numbers("tls.signature_algorithm", hello.signature_algorithms, sink);
  Reader names(hello.protocols);
  for (int n = 0; n < most_listed && names.left() != 0; ++n) {
    auto const name = names.take(names.u8());
    if (names) sink.field("tls.alpn", as_text(name));
  }
  auto const version = version_name(hello.highest_version());
  if (hello.client) {
    sink.field("tls.resumption_offered", hello.has_key);
    sink.field("tls.ja3", ja3(hello).view());
    sink.field("tls.ja4", ja4(hello).view());
    return;
  }
  if (!version.empty()) sink.field("tls.version", version);
  if (!version.empty() && hello.highest_version() < 0x0303) sink.field("tls.outdated_version", version);
  sink.field("tls.resumed", message.resumed);
  sink.field("tls.ja3s", ja3(hello).view());
  sink.field("tls.ja4s", ja4(hello).view());
}

void describe_certificates(Bytes list, FieldSink& sink) {
  for (int n = 0; n < most_certificates; ++n) {
    auto const der = next_certificate(list);
    if (!der) return;
    sink.field("tls.certificate.length", std::uint64_t{der->size()});
    auto const certificate = read_certificate(*der);
    if (!certificate) continue;
    text::Fixed<64> serial;
    for (auto octet : certificate->serial) serial.put_octet(octet);
    sink.field("tls.certificate.serial", serial.view());
    if (n != 0) continue;
    // Of the holder's own; the others are those who vouch for it.
    sink.field("tls.certificate.subject_cn", certificate->subject_common_name);
    sink.field("tls.certificate.subject_o", certificate->subject_organization);
    sink.field("tls.certificate.issuer_cn", certificate->issuer_common_name);
    sink.field("tls.certificate.not_before", certificate->not_before.view());
    sink.field("tls.certificate.not_after", certificate->not_after.view());
  }
}

}  // namespace

void describe(void const* what, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(what);
  auto const& record = message.record;
  if (record.type == ContentType::application_data) {
    sink.field("tls.application_data_octets", std::uint64_t{record.length});
    return;
  }
  if (message.begins_record) {
    sink.field("tls.record.content_type", static_cast<std::uint64_t>(record.type));
    sink.field("tls.record.version", std::uint64_t{record.version});
    sink.field("tls.record.length", std::uint64_t{record.length});
  }
  if (message.handshake) {
    sink.field("tls.handshake.type", std::uint64_t{*message.handshake});
    sink.field("tls.handshake.length", std::uint64_t{message.length});
  }
  if (message.hello) describe_hello(message, sink);
  if (!message.certificates.empty()) describe_certificates(message.certificates, sink);
  if (message.alert_level) sink.field("tls.alert.level", std::uint64_t{*message.alert_level});
  if (message.alert_description) sink.field("tls.alert.description", std::uint64_t{*message.alert_description});
  if (message.heartbeat_length) sink.field("tls.heartbeat.payload_length", std::uint64_t{*message.heartbeat_length});
}

}  // namespace greywatch::agent::tls
