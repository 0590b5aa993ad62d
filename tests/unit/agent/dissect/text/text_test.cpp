#include "agent/dissect/text/text.hpp"

#include <catch2/catch.hpp>

#include "tests/support/octets.hpp"

namespace greywatch::agent::text {
namespace {

using test::octets;

TEST_CASE("Addresses are written as people write them") {
  CHECK(ip(octets("c0000201")).view() == "192.0.2.1");
  CHECK(ip(octets("20010db8000000000000000000000001")).view() == "2001:db8::1");
  CHECK(ip(octets("0102")).view() == "0102");
  CHECK(mac(octets("001b1b0a0b0c")).view() == "00:1b:1b:0a:0b:0c");
  CHECK(mac({}).view().empty());
}

TEST_CASE("Text that does not fit is left out") {
  Fixed<4> small;
  small.put("abc");
  small.put_number(1234);
  CHECK(small.view() == "abc1");
}

TEST_CASE("Lines end with LF or CR LF") {
  auto const text = as_bytes("one\r\ntwo\nthree");
  CHECK(line_length(text, 100) == 5);
  CHECK(line_length(text, 4) == 0);
  auto left = text;
  CHECK(take_line(left) == "one");
  CHECK(take_line(left) == "two");
  CHECK_FALSE(take_line(left));
  CHECK(as_text(left) == "three");
}

TEST_CASE("Words, blanks, letters and numbers") {
  std::string_view left = "GET  /path now";
  CHECK(take_word(left) == "GET");
  CHECK(take_word(left) == "/path");
  CHECK(left == "now");
  CHECK(trimmed(" \ta b ") == "a b");
  CHECK(trimmed("  ").empty());
  CHECK(equal_ignoring_case("Content-LENGTH", "content-length"));
  CHECK_FALSE(equal_ignoring_case("a", "ab"));
  CHECK(number("42") == 42);
  CHECK(number("1aF", 16) == 0x1af);
  CHECK_FALSE(number("42 "));
  CHECK_FALSE(number("99999999999999999999"));
  CHECK_FALSE(number(""));
}

TEST_CASE("Octets are written as digits, as many as there is room for") {
  CHECK(hex(octets("00ff1e")).view() == "00ff1e");
  CHECK(hex<2>(octets("00ff1e")).view() == "00ff");
  CHECK(hex({}).view().empty());
}

TEST_CASE("Fields of fixed size end at a NUL, and blanks may fill them") {
  using namespace std::string_view_literals;
  CHECK(up_to_nul("plc\0old"sv) == "plc");
  CHECK(up_to_nul("plc ") == "plc ");
  CHECK(up_to_nul("\0"sv).empty());
  CHECK(without_filling("plc 1  \0"sv) == "plc 1");
  CHECK(without_filling("    ").empty());
}

}  // namespace
}  // namespace greywatch::agent::text
