#include "agent/dissect/ssh/ssh.hpp"

#include <catch2/catch.hpp>

#include "tests/support/exchange.hpp"

namespace greywatch::agent::ssh {
namespace {

using test::octets;

std::string list(std::string_view names) {
  std::string text;
  char digits[12];
  std::snprintf(digits, sizeof digits, "%08zx", names.size());
  text = digits;
  for (unsigned char letter : names) {
    std::snprintf(digits, sizeof digits, "%02x", letter);
    text += digits;
  }
  return text;
}
std::string packet(std::string const& payload) {
  char head[24];
  std::snprintf(head, sizeof head, "%08zx04", payload.size() / 2 + 5);
  return head + payload + "00000000";
}
std::string const key_exchange =
    packet("14" + std::string(32, '0') + list("kex-a,kex-b") + list("host") + list("enc-c") + list("enc-s") +
           list("mac-c") + list("mac-s") + list("none") + list("zlib") + list("") + list("") +
           "00"
           "00000000");

struct Talk : test::Exchange {
  Talk() : Exchange(dissector, "ssh.") {}
  test::SaidMessage line(std::string_view text, Direction way) { return say(as_bytes(text), way); }
  Frame frame(Bytes some, Direction way = Direction::to_server) {
    std::uint64_t fresh[4] = {};
    return dissector.frame_in(some, way, fresh);
  }
};

TEST_CASE("Both ends say what they are") {
  Talk talk;
  auto const client = talk.line("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", Direction::to_server);
  CHECK(client.operation == Operation::session);
  CHECK(client.fields["identification"] == "SSH-2.0-OpenSSH_9.2p1 Debian-2");
  CHECK(client.fields["version"] == "2.0");
  CHECK(client.fields["client_software"] == "OpenSSH_9.2p1");
  CHECK(talk.line("SSH-1.99-embedded\n", Direction::to_client).fields["server_software"] == "embedded");
}

TEST_CASE("A key exchange lists what its sender can do") {
  Talk talk;
  auto const said = talk.ask(key_exchange);
  CHECK_FALSE(said.malformed);
  CHECK(said.code == 20);
  CHECK(said.fields["kex_algorithms"] == "kex-a,kex-b");
  CHECK(said.fields["encryption_client_to_server"] == "enc-c");
  CHECK(said.fields["mac_server_to_client"] == "mac-s");
  // The MD5 of "kex-a,kex-b;enc-c;mac-c;none".
  CHECK(said.fields["hassh"].size() == 32);
  CHECK(talk.answer(key_exchange).fields["hassh_server"] != said.fields["hassh"]);
}

TEST_CASE("From the new keys on only octets are counted") {
  Talk talk;
  CHECK(talk.ask(packet("15")).code == 21);
  auto const sealed = talk.ask("0102030405060708");
  CHECK(sealed.code == 256);
  CHECK(sealed.fields["encrypted_octets"] == "8");
  CHECK(talk.answer(packet("15")).code == 21);
}

TEST_CASE("After a loss nobody knows whether keys were changed") {
  Talk talk;
  talk.line("SSH-2.0-a\r\n", Direction::to_server);
  talk.lose(Direction::to_server);
  CHECK(talk.ask(packet("15")).code == 256);
}

TEST_CASE("Each lie is malformed: padding beyond the packet, lists beyond it") {
  Talk talk;
  CHECK(talk.ask("0000000c"
                 "0b"
                 "14"
                 "0000000000000000000000")
            .malformed->field == "padding");
  CHECK(talk.ask(packet("14" + std::string(32, '0') + "0000ffff")).malformed->field == "name_list");
  CHECK(talk.ask(packet("01")).malformed->field == "reason");
}

TEST_CASE("Lines and packets are framed, prefixes ask for more") {
  Talk talk;
  CHECK(talk.frame(as_bytes("SSH-2.0-a\r\nxyz")).length == 11);
  auto const whole = octets(key_exchange);
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK(talk.frame(Bytes(whole).first(length)).verdict == Frame::Verdict::more);
  CHECK(talk.frame(whole).length == whole.size());
  CHECK(talk.frame(octets("ffffffff00")).verdict == Frame::Verdict::lost);
}

TEST_CASE("Only SSH is claimed") {
  auto const probe = [](Bytes some) { return dissector.probe(some, Direction::to_server); };
  CHECK(probe(as_bytes("SSH-2.0-a\r\n")) == Likeness::certain);
  CHECK(probe(as_bytes("SSH-2.0-a")) == Likeness::more);
  CHECK(probe(octets(key_exchange)) == Likeness::certain);
  CHECK(probe(as_bytes("SSX-2.0-a\r\n")) == Likeness::no);
  CHECK(probe(as_bytes("220 ready\r\n")) == Likeness::no);
  CHECK(probe({}) == Likeness::no);
}

}  // namespace
}  // namespace greywatch::agent::ssh
