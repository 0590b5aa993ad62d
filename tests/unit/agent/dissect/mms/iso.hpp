#pragma once
#include <cstdio>
#include <string>

/// Writes MMS on its ISO stack as hexadecimal text, the way the standards' tables read.
namespace greywatch::test::iso {

inline std::string hex(unsigned value, int octets) {
  char text[16];
  std::snprintf(text, sizeof text, "%0*x", octets * 2, value);
  return text;
}
inline std::size_t size(std::string const& hexadecimal) { return hexadecimal.size() / 2; }

/// X.690, 8.1: identifier octets as given, definite length.
inline std::string tlv(std::string const& identifier, std::string const& contents) {
  auto const length = static_cast<unsigned>(size(contents));
  return identifier + (length < 128 ? hex(length, 1) : "82" + hex(length, 2)) + contents;
}
/// Context-specific: constructed, and primitive.
inline std::string ctx(unsigned tag, std::string const& contents) {
  return tlv(tag < 31 ? hex(0xA0 + tag, 1) : "bf" + hex(tag, 1), contents);
}
inline std::string prim(unsigned tag, std::string const& contents) {
  return tlv(tag < 31 ? hex(0x80 + tag, 1) : "9f" + hex(tag, 1), contents);
}
inline std::string seq(std::string const& contents) { return tlv("30", contents); }
inline std::string ascii(std::string const& text) {
  std::string out;
  for (unsigned char letter : text) out += hex(letter, 1);
  return out;
}
inline std::string visible(std::string const& text) { return tlv("1a", ascii(text)); }

/// domain-specific ObjectName.
inline std::string in_domain(std::string const& domain, std::string const& item) {
  return ctx(1, visible(domain) + visible(item));
}
/// One item of listOfVariable, by name.
inline std::string variable(std::string const& object_name) { return seq(ctx(0, object_name)); }

inline std::string tpkt(std::string const& tpdu) {
  return "0300" + hex(static_cast<unsigned>(size(tpdu)) + 4, 2) + tpdu;
}
inline std::string dt(std::string const& tsdu) { return tpkt("02f080" + tsdu); }
/// An SPDU, or one of its parameters. X.225, 8.2.5.
inline std::string spdu(std::string const& identifier, std::string const& contents) {
  auto const length = static_cast<unsigned>(size(contents));
  return identifier + (length < 255 ? hex(length, 1) : "ff" + hex(length, 2)) + contents;
}
/// GT and DT SPDU, user data with one PDV.
inline std::string data(std::string const& value, unsigned context = 3) {
  return "01000100" + tlv("61", seq("0201" + hex(context, 1) + ctx(0, value)));
}
inline std::string say(std::string const& pdu) { return dt(data(pdu)); }
inline std::string request(unsigned invoke_id, std::string const& service) {
  return say(ctx(0, tlv("02", hex(invoke_id, 1)) + service));
}
inline std::string response(unsigned invoke_id, std::string const& service) {
  return say(ctx(1, tlv("02", hex(invoke_id, 1)) + service));
}

}  // namespace greywatch::test::iso
