#include "agent/dissect/fix/fix.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "agent/dissect/fix/field.hpp"
#include "agent/dissect/fix/message.hpp"
#include "agent/dissect/fix/message_type.hpp"
#include "tests/support/exchange.hpp"

namespace greywatch::agent::fix {
namespace {

/// A whole message: header and trailer are made, "|" stands for SOH.
std::string message(std::string body, std::string const& version = "FIX.4.4") {
  std::ranges::replace(body, '|', '\x01');
  auto text = "8=" + version + "\x01" + "9=" + std::to_string(body.size()) + "\x01" + body;
  auto const sum = std::accumulate(text.begin(), text.end(), 0U, [](unsigned total, char c) {
    return (total + static_cast<unsigned char>(c)) % 256;
  });
  char trailer[8];
  std::snprintf(trailer, sizeof trailer, "10=%03u\x01", sum);
  return text + trailer;
}
std::string numbered(std::string const& type, int number, std::string const& rest = "",
                     std::string const& ends = "49=FIRM|56=VENUE|") {
  return message("35=" + type + "|34=" + std::to_string(number) + "|" + ends + "52=20260102-08:00:00|" + rest);
}

struct Talk : test::Exchange {
  Talk() : Exchange(dissector, "fix.") {}
  test::SaidMessage client(std::string const& text) { return say(as_bytes(text), Direction::to_server); }
  test::SaidMessage server(std::string const& text) { return say(as_bytes(text), Direction::to_client); }
};

TEST_CASE("an order names its instrument, its quantity and who sends it", "[dissect][fix]") {
  Talk talk;
  talk.client(numbered("A", 1, "98=0|108=30|"));
  auto const order = talk.client(numbered("D", 2, "11=order-1|55=FDBM|54=1|38=10|40=2|44=81.25|"));
  CHECK(order.operation == Operation::trade);
  CHECK(order.role == Role::request);
  CHECK(order.code == 'D');
  CHECK(order.target.name == "FDBM");
  CHECK(order.target.count == 1);
  CHECK(order.value == 10.0);
  CHECK(order.fields["price"] == "81.250000");
  CHECK(order.fields["sender_comp_id"] == "FIRM");
  CHECK(order.fields["msg_seq_num"] == "2");
  CHECK(order.rules().empty());
}

TEST_CASE("an execution report that rejects says refused", "[dissect][fix]") {
  Talk talk;
  auto const fill = talk.server(numbered("8", 5, "37=x|150=F|39=2|55=FDBM|32=4|31=81.25|"));
  CHECK(fill.operation == Operation::report);
  CHECK(fill.role == Role::unsolicited);
  CHECK(fill.subcode == 'F');
  CHECK(fill.value == 4.0);
  CHECK(talk.server(numbered("8", 6, "37=x|150=8|39=8|55=FDBM|")).status == Status::refused);
  CHECK(talk.server(numbered("3", 7, "45=2|")).status == Status::refused);
}

TEST_CASE("every message type has a row, in order, and its code", "[dissect][fix]") {
  CHECK(find_type("AE")->name == "TradeCaptureReport");
  CHECK(code_of("AE") == 16709);
  CHECK(find_type("U7") == nullptr);
  Talk talk;
  auto const own = talk.client(numbered("U7", 1, "58=ours|5001=x|"));
  CHECK(own.operation == Operation::other);
  CHECK(own.fields["unknown_fields"] == "1");
  CHECK(talk.unknowns["msg_type"] == std::vector<std::uint32_t>{code_of("U7")});
}

TEST_CASE("sequence numbers that skip or go back are told, duplicates and resets are not", "[dissect][fix]") {
  Talk talk;
  CHECK(talk.client(numbered("A", 7, "98=0|108=30|")).rules().empty());
  CHECK(talk.client(numbered("0", 8)).rules().empty());
  CHECK(talk.client(numbered("D", 11, "55=X|")).rules() == "fix.sequence.gap");
  CHECK(talk.client(numbered("D", 9, "43=Y|55=X|")).rules().empty());
  CHECK(talk.client(numbered("D", 12, "55=X|")).rules().empty());
  CHECK(talk.client(numbered("D", 4, "55=X|")).rules() == "fix.sequence.backward");
  CHECK(talk.client(numbered("A", 1, "98=0|108=30|141=Y|")).rules().empty());
  CHECK(talk.client(numbered("0", 2)).rules().empty());
  CHECK(talk.server(numbered("0", 90, "", "49=VENUE|56=FIRM|")).rules().empty());
}

TEST_CASE("a reset of sequence numbers to where they were already is told", "[dissect][fix]") {
  Talk talk;
  talk.client(numbered("A", 40, "98=0|108=30|"));
  CHECK(talk.client(numbered("4", 41, "123=Y|36=60|")).rules().empty());
  CHECK(talk.client(numbered("0", 60)).rules().empty());
  CHECK(talk.client(numbered("4", 61, "36=5|")).rules() == "fix.sequence.reset_backward");
  CHECK(talk.client(numbered("0", 5)).rules().empty());
}

TEST_CASE("a lost segment breaks no rule", "[dissect][fix]") {
  Talk talk;
  talk.client(numbered("A", 1, "98=0|108=30|"));
  talk.lose(Direction::to_server);
  CHECK(talk.client(numbered("D", 30, "55=X|")).rules().empty());
}

TEST_CASE("an order before any logon is told, unless the beginning was not seen", "[dissect][fix]") {
  Talk talk;
  CHECK(talk.client(numbered("D", 3, "55=X|")).rules() == "fix.session.data_before_logon");
  Talk late;
  late.flow.midstream = true;
  CHECK(late.client(numbered("D", 3, "55=X|")).rules().empty());
}

TEST_CASE("another name on the same connection is told", "[dissect][fix]") {
  Talk talk;
  talk.client(numbered("A", 1, "98=0|108=30|"));
  CHECK(talk.client(numbered("D", 2, "55=X|", "49=OTHER|56=VENUE|")).rules() == "fix.session.comp_id_changed");
}

TEST_CASE("market data counts its entries", "[dissect][fix]") {
  Talk talk;
  auto const book = talk.server(numbered("W", 1, "55=X|268=2|269=0|270=1|271=5|269=1|270=2|271=6|"));
  CHECK(book.fields["md_entry_px"] == "1.000000 2.000000");
  CHECK(book.rules() == "fix.session.data_before_logon");
  CHECK(talk.server(numbered("W", 2, "55=X|268=3|269=0|270=1|269=1|270=2|")).rules().find("count_mismatch") !=
        std::string::npos);
}

TEST_CASE("secrets are never given on", "[dissect][fix]") {
  Talk talk;
  auto const logon = talk.client(numbered("A", 1, "98=0|108=30|95=6|96=hidden|553=trader|554=secret|925=newer|"));
  CHECK(logon.fields["username"] == "trader");
  CHECK(logon.fields["secret_present"] == "true");
  for (auto const& [name, value] : logon.fields.all) {
    CHECK(value.find("hidden") == std::string::npos);
    CHECK(value.find("secret") == std::string::npos);
    CHECK(value.find("newer") == std::string::npos);
  }
}

TEST_CASE("a data field may hold the separator", "[dissect][fix]") {
  Talk talk;
  auto const news = talk.server(numbered("B", 1, "148=head|354=3|355=a|b|58=after|"));
  CHECK_FALSE(news.malformed);
  CHECK(news.fields["text"] == "after");
  auto const lie = talk.server(numbered("B", 2, "354=2|355=a|b|58=after|"));
  REQUIRE(lie.malformed);
  CHECK(lie.malformed->defect == Defect::bad_length);
}

TEST_CASE("a checksum that does not hold is told", "[dissect][fix]") {
  Talk talk;
  auto wrong = numbered("0", 1);
  wrong[wrong.size() - 2] = wrong[wrong.size() - 2] == '0' ? '1' : '0';
  auto const said = talk.client(wrong);
  REQUIRE(said.malformed);
  CHECK(said.malformed->defect == Defect::bad_checksum);
  CHECK(dissector.probe(as_bytes(wrong), Direction::to_server) == Likeness::plausible);
}

TEST_CASE("messages are cut by their body length, wherever the stream ends", "[dissect][fix]") {
  auto const one = numbered("0", 1), two = one + numbered("D", 2, "55=X|");
  CHECK(dissector.frame(as_bytes(two)).length == one.size());
  CHECK(dissector.frame(as_bytes(two)).verdict == Frame::Verdict::complete);
  CHECK(dissector.probe(as_bytes(two), Direction::to_server) == Likeness::certain);
  for (std::size_t length = 0; length < one.size(); ++length) {
    auto const prefix = as_bytes(one).first(length);
    CHECK(dissector.frame(prefix).verdict == Frame::Verdict::more);
    CHECK(dissector.probe(prefix, Direction::to_server) != Likeness::certain);
    CHECK(dissector.probe(prefix, Direction::to_server) != Likeness::no);
    Talk talk;
    auto const said = talk.say(prefix, Direction::to_server);  // the engine never does; nothing may be read beyond
    CHECK(talk.emitted == 1);
    CHECK((said.status == Status::malformed) == said.malformed.has_value());
  }
}

TEST_CASE("lengths that lie lose the frame, not the stream", "[dissect][fix]") {
  auto const lost = [](std::string text) {
    std::ranges::replace(text, '|', '\x01');
    return dissector.frame(as_bytes(text)).verdict == Frame::Verdict::lost;
  };
  CHECK(lost("8=FIX.4.4|9=5|35=0|XX=000|"));
  CHECK(lost("8=FIX.4.4|9=4|35=|10=000|"));
  CHECK(lost("8=FIX.4.4|9=99999999999|35=0|"));
  CHECK(lost("8=FIX.4.4|9=x|35=0|"));
  CHECK(lost("8=FIX.4.4|35=0|"));
  CHECK(lost("8=|9=5|35=0|10=000|"));
  CHECK(lost("GET / HTTP/1.1"));
}

TEST_CASE("a long message is read as far as its bound and passed over", "[dissect][fix]") {
  auto const text = message("35=B|34=1|49=A|56=B|52=20260102-08:00:00|58=" + std::string(60'000, 'x') + "|");
  auto const cut = dissector.frame(as_bytes(text));
  CHECK(cut.verdict == Frame::Verdict::complete);
  CHECK(cut.length == text.size());
  CHECK(cut.wanted == most_read);
  Talk talk;
  auto const said = talk.say(as_bytes(text).first(cut.wanted), Direction::to_server);
  CHECK_FALSE(said.malformed);
  CHECK(said.fields["msg_seq_num"] == "1");
}

TEST_CASE("private formats in the same frame are told apart and left alone", "[dissect][fix]") {
  Talk talk;
  std::string const own(
      "8=O\x01"
      "9=0009\x01"
      "35=P\x01\x02\x03\x04\x05",
      20);
  auto const said = talk.client(own);
  CHECK(said.code == 'P');
  CHECK(said.fields["private.begin_string"] == "O");
  CHECK_FALSE(said.malformed);
  CHECK(talk.deviations["private_begin_string"] == 1);
  std::string const packed(
      "8=FIXCOMP\x01"
      "9=5\x01xxxxx",
      19);
  CHECK(talk.client(packed).fields["private.begin_string"] == "FIXCOMP");
  CHECK(dissector.probe(as_bytes(packed), Direction::to_server) == Likeness::plausible);
}

TEST_CASE("numbers are decimals and nothing else", "[dissect][fix]") {
  CHECK(read_number(as_bytes("-12.50")) == -12.5);
  for (auto const* text : {"", "nan", "inf", "1e5", "0x10", "1.2.3", "12 "}) CHECK_FALSE(read_number(as_bytes(text)));
  CHECK(read_count(as_bytes("006127")) == 6127U);
  for (auto const* text : {"", "-1", "1234567890", "1a"}) CHECK_FALSE(read_count(as_bytes(text)));
}

}  // namespace
}  // namespace greywatch::agent::fix
