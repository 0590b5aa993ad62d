#pragma once
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace greywatch::test {

/// What GOOSE and sampled values are written of by hand, as hexadecimal text.

inline std::string hex(std::uint64_t value, int octets) {
  char text[17];
  std::snprintf(text, sizeof text, "%0*llx", 2 * octets, static_cast<unsigned long long>(value));
  return text;
}
inline std::string hex(std::string_view letters) {
  std::string out;
  for (char letter : letters) out += hex(static_cast<unsigned char>(letter), 1);
  return out;
}
/// An element of BER: identifier octet, length and contents.
inline std::string element(unsigned identifier, std::string const& contents) {
  auto const octets = contents.size() / 2;
  return hex(identifier, 1) + (octets < 128 ? hex(octets, 1) : "82" + hex(octets, 2)) + contents;
}
/// The header of an Ethernet frame behind its ethertype, and the APDU.
inline std::string published(std::string const& apdu, unsigned appid, unsigned reserved1 = 0) {
  return hex(appid, 2) + hex(8 + apdu.size() / 2, 2) + hex(reserved1, 2) + "0000" + apdu;
}
/// A datagram with a session and one payload. IEC TR 61850-90-5, 8.
inline std::string routed(std::string const& apdu, unsigned identifier, unsigned payload_type, unsigned appid,
                          std::string const& signature = "") {
  auto const payload = hex(payload_type, 1) + "00" + hex(appid, 2) + hex(apdu.size() / 2, 2) + apdu;
  auto const user = hex(payload.size() / 2, 4) + payload + signature;
  return "0140" + hex(identifier, 1) + "178015" + hex(17 + user.size() / 2, 4) + "00000007" + "0002" + "00000000" +
         "0000" + "00000000" + "00" + user;
}

}  // namespace greywatch::test
