#include "agent/dissect/smb/security.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"
#include "tests/support/octets.hpp"
#include "tests/unit/agent/dissect/smb/messages.hpp"

namespace greywatch::agent::smb {
namespace {

using greywatch::test::FieldTexts;
using greywatch::test::octets;
using test::Octets;

FieldTexts said(std::string_view hex) {
  auto const blob = octets(hex);
  FieldTexts fields("smb.");
  describe(read_security(blob), fields);
  return fields;
}

TEST_CASE("The mechanisms that are offered are told") {
  // RFC 4178, 4.2.1: Kerberos and NTLM.
  auto const fields = said("6025 06062b0601050502 a01b 3019 a017 3015 06092a864886f712010202 06082b060105050b0202");
  CHECK(fields["spnego.mechanism"] == "1.2.840.113554.1.2.2 1.3.6.1.5.5.11.2.2");
}

TEST_CASE("A challenge tells the server's names") {
  Octets challenge;
  challenge.ascii("NTLMSSP").u8(0).u32(2).u16(0).u16(0).u32(56).u32(0x62898215).zero(16).u16(28).u16(28).u32(56);
  challenge.u8(6).u8(1).u16(7601).u32(0x0f000000);
  challenge.u16(1).u16(8).wide("HMI1").u16(2).u16(8).wide("PLNT").zero(4);
  auto const fields = said(challenge.text());
  CHECK(fields["ntlmssp.message_type"] == "2");
  CHECK(fields["ntlmssp.server_name"] == "HMI1");
  CHECK(fields["ntlmssp.server_domain"] == "PLNT");
  CHECK(fields["ntlmssp.system"] == "Windows 6.1.7601");
}

TEST_CASE("A message that points behind its end has no names") {
  auto const whole = test::authenticate("PLANT", "operator", "HMI1");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    auto const blob = octets(whole.text().substr(0, length * 2));
    auto const security = read_security(blob);
    if (security.ntlm) CHECK(security.ntlm->workstation.empty());
  }
  CHECK(said(whole.text())["ntlmssp.workstation"] == "HMI1");
}

TEST_CASE("UTF-16 becomes UTF-8, and halves of pairs are replaced") {
  CHECK(from_utf16(octets("4100e400ac203dd800de")).view() == "A\u00e4\u20ac\U0001f600");
  CHECK(from_utf16(octets("3dd84100")).view() == "\ufffdA");
  CHECK(from_utf16(octets("00de41")).view() == "\ufffd");
  CHECK(from_oem(octets("41e4")).view() == "A\ufffd");
}

}  // namespace
}  // namespace greywatch::agent::smb
