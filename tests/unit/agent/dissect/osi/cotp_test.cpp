#include "agent/dissect/osi/cotp.hpp"

#include <catch2/catch.hpp>

#include "tests/support/octets.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using test::octets;

namespace {

constexpr auto connect = "03 00 00 16 11 E0 00 00 00 01 00 C0 01 0A C1 02 01 00 C2 02 01 02";
constexpr auto whole = "03 00 00 09 02 F0 80 32 01";
constexpr auto front = "03 00 00 09 02 F0 00 AA BB", back = "03 00 00 08 02 F0 80 CC";

std::vector<std::uint8_t> joined(std::string_view a, std::string_view b) {
  auto out = octets(a);
  auto const more = octets(b);
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

}  // namespace

TEST_CASE("a connection request names references, class and TSAPs", "[osi]") {
  auto const message = octets(connect);
  CHECK(osi::frame(message).length == message.size());
  auto const read = osi::read_message(message);
  REQUIRE(read);
  CHECK(read->cotp.kind() == osi::Tpdu::connection_request);
  CHECK(read->cotp.source == 1);
  CHECK(read->cotp.tpdu_size == 10);
  CHECK(read->cotp.calling_tsap.size() == 2);
  CHECK(read->cotp.called_tsap[1] == 2);
  CHECK(read->user_data.empty());
}

TEST_CASE("a data TPDU with EOT is a message and its data lies where it lay", "[osi]") {
  auto const message = octets(whole);
  auto const read = osi::read_message(message);
  REQUIRE(read);
  CHECK(read->offset == 7);
  CHECK(read->user_data.data() == message.data() + 7);
  CHECK(read->user_data.size() == 2);
  for (std::size_t length = 1; length < message.size(); ++length) {
    CHECK(osi::frame(Bytes(message).first(length)).verdict == Frame::Verdict::more);
    CHECK_FALSE(osi::read_message(Bytes(message).first(length)));
  }
}

TEST_CASE("data TPDUs up to the one with EOT are one message", "[osi]") {
  auto const message = joined(front, back);
  for (std::size_t length = 1; length < message.size(); ++length)
    CHECK(osi::frame(Bytes(message).first(length)).verdict == Frame::Verdict::more);
  auto const cut = osi::frame(message);
  CHECK(cut.verdict == Frame::Verdict::complete);
  CHECK(cut.length == message.size());
  auto const read = osi::read_message(message);
  REQUIRE(read);
  CHECK(read->pieces == 2);
  CHECK(std::vector(read->user_data.begin(), read->user_data.end()) == octets("AA BB CC"));
}

TEST_CASE("a TSDU that never ends is a message up to the TPDU that is no data", "[osi]") {
  auto const message = joined(front, connect);
  auto const cut = osi::frame(message);
  CHECK(cut.verdict == Frame::Verdict::complete);
  CHECK(cut.length == octets(front).size());
}

TEST_CASE("lies of the TPKT and of the length indicator lose the framing", "[osi]") {
  for (auto const* lie : {"04 00 00 09 02 F0 80 32 01", "03 01 00 09 02 F0 80 32 01", "03 00 00 06 02 F0 80 32 01",
                          "03 00 00 09 01 F0 80 32 01", "03 00 00 09 05 F0 80 32 01", "03 00 00 09 FF F0 80 32 01"}) {
    INFO(lie);
    CHECK(osi::frame(octets(lie)).verdict == Frame::Verdict::lost);
    CHECK_FALSE(osi::read_message(octets(lie)));
  }
  auto const broken = joined(front, "47 45 54");
  auto const cut = osi::frame(broken);
  CHECK(cut.verdict == Frame::Verdict::lost);
  CHECK(cut.length == octets(front).size());
}
