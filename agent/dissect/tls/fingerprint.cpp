#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "agent/dissect/tls/hello.hpp"

namespace greywatch::agent::tls {
namespace {

/// More suites or extensions than this are no client's; what is beyond is left out.
constexpr std::size_t most_values = 256;
using Line = text::Fixed<8192>;

void put_hex4(std::uint16_t value, Line& line) {
  line.put_octet(static_cast<std::uint8_t>(value >> 8));
  line.put_octet(static_cast<std::uint8_t>(value));
}

struct Values {
  std::array<std::uint16_t, most_values> all;
  std::size_t count = 0;

  void add(std::uint16_t value) {
    if (count < most_values) all[count++] = value;
  }
  void sort() { std::sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)); }
};

void put_hex_list(Values const& values, Line& line) {
  for (std::size_t n = 0; n < values.count; ++n) {
    if (n != 0) line.put(',');
    put_hex4(values.all[n], line);
  }
}

void put_decimal_list(Values const& values, Line& line) {
  for (std::size_t n = 0; n < values.count; ++n) {
    if (n != 0) line.put('-');
    line.put_number(values.all[n]);
  }
}

Values values_of(Bytes octets, std::size_t width = 2) {
  Values values;
  Numbers numbers(octets, width);
  while (auto const one = numbers.next())
    if (width == 1 || !is_grease(*one)) values.add(*one);
  return values;
}

Values extensions_of(Hello const& hello) {
  Values values;
  auto left = hello.extensions;
  while (auto const extension = hello.next_extension(left))
    if (!is_grease(extension->type)) values.add(extension->type);
  return values;
}

/// The first `octets` octets of a digest as hexadecimal text.
void put_digest(std::string_view text, EVP_MD const* kind, std::size_t octets, Print& print) {
  std::uint8_t sum[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), sum, &length, kind, nullptr) != 1) return;
  for (std::size_t n = 0; n < std::min<std::size_t>(octets, length); ++n) print.put_octet(sum[n]);
}

std::string_view version_code(std::uint16_t version) {
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    case 0x0002:
      return "s2";
    default:
      return "00";
  }
}

void put_count(std::size_t count, Print& print) {
  count = std::min<std::size_t>(count, 99);
  print.put(static_cast<char>('0' + count / 10));
  print.put(static_cast<char>('0' + count % 10));
}

/// First and last letter of the first protocol of ALPN; where they are none, the first digit of the first octet and the
/// last one of the last.
void put_protocol(Bytes protocols, Print& print) {
  Reader in(protocols);
  auto const name = in.take(in.u8());
  if (name.empty()) return print.put("00");
  auto const is_letter = [](std::uint8_t octet) {
    return text::is_digit(octet) || (text::lower(octet) >= 'a' && text::lower(octet) <= 'z');
  };
  if (is_letter(name.front()) && is_letter(name.back())) {
    print.put(static_cast<char>(name.front()));
    return print.put(static_cast<char>(name.back()));
  }
  print.put("0123456789abcdef"[name.front() >> 4]);
  print.put("0123456789abcdef"[name.back() & 15]);
}

void put_suites(Hello const& hello, Print& print) {
  Line line;
  auto suites = values_of(hello.cipher_suites);
  suites.sort();
  put_hex_list(suites, line);
  print.put('_');
  suites.count == 0 ? print.put("000000000000") : put_digest(line.view(), EVP_sha256(), 6, print);
}

void put_extensions(Hello const& hello, Print& print) {
  Line line;
  Values kept;
  auto const extensions = extensions_of(hello);
  for (std::size_t n = 0; n < extensions.count; ++n) {
    auto const type = static_cast<ExtensionType>(extensions.all[n]);
    if (type == ExtensionType::server_name || type == ExtensionType::application_layer_protocol_negotiation) continue;
    kept.add(extensions.all[n]);
  }
  kept.sort();
  put_hex_list(kept, line);
  auto const algorithms = values_of(hello.signature_algorithms);
  if (algorithms.count != 0) {
    line.put('_');
    put_hex_list(algorithms, line);
  }
  print.put('_');
  kept.count == 0 ? print.put("000000000000") : put_digest(line.view(), EVP_sha256(), 6, print);
}

Print ja4_server(Hello const& hello) {
  Print print;
  print.put('t');
  print.put(version_code(hello.highest_version()));
  auto const extensions = extensions_of(hello);
  put_count(extensions.count, print);
  put_protocol(hello.protocols, print);
  print.put('_');
  for (auto octet : hello.cipher_suites) print.put_octet(octet);
  print.put('_');
  Line line;
  put_hex_list(extensions, line);
  extensions.count == 0 ? print.put("000000000000") : put_digest(line.view(), EVP_sha256(), 6, print);
  return print;
}

}  // namespace

Print ja4(Hello const& hello) {
  if (!hello.client) return ja4_server(hello);
  Print print;
  print.put('t');
  print.put(version_code(hello.highest_version()));
  print.put(hello.has_server_name ? 'd' : 'i');
  put_count(values_of(hello.cipher_suites).count, print);
  put_count(extensions_of(hello).count, print);
  put_protocol(hello.protocols, print);
  put_suites(hello, print);
  put_extensions(hello, print);
  return print;
}

Print ja3(Hello const& hello) {
  Line line;
  line.put_number(hello.version);
  line.put(',');
  put_decimal_list(values_of(hello.cipher_suites), line);
  line.put(',');
  put_decimal_list(extensions_of(hello), line);
  if (hello.client) {
    line.put(',');
    put_decimal_list(values_of(hello.groups), line);
    line.put(',');
    put_decimal_list(values_of(hello.point_formats, 1), line);
  }
  Print print;
  put_digest(line.view(), EVP_md5(), 16, print);
  return print;
}

}  // namespace greywatch::agent::tls
