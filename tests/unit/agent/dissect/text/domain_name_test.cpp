#include "agent/dissect/text/domain_name.hpp"

#include <catch2/catch.hpp>

#include "tests/support/octets.hpp"

namespace greywatch::agent::text {
namespace {

using test::octets;

/// The name at `at`, and what is wrong with it; `at` is where it ends.
std::string name(std::string_view hex, NameForm form, std::size_t at = 0) {
  auto const message = octets(hex);
  DomainName name;
  auto const wrong = read_domain_name(message, at, name, form);
  if (wrong) return std::string(greywatch::name(wrong->defect)) + " at " + std::to_string(wrong->offset);
  return std::string(name.view()) + " to " + std::to_string(at);
}

TEST_CASE("Names are labels with dots between them, and follow pointers where these may be") {
  CHECK(name("0161026263"
             "00",
             NameForm::plain) == "a.bc to 6");
  CHECK(name("00", NameForm::plain) == ". to 1");
  CHECK(name("016100"
             "0162c000",
             NameForm::compressed, 3) == "b.a to 7");
  CHECK(name("016100"
             "0162c000",
             NameForm::plain, 3) == "bad_value at 5");
  CHECK(name("c000", NameForm::compressed) == "bad_value at 0");
  CHECK(name("032e5c01"
             "00",
             NameForm::plain) == "\\.\\\\\\001 to 5");
}

TEST_CASE("Only a partial name may end with its octets") {
  CHECK(name("0161", NameForm::partial) == "a to 2");
  CHECK(name("0161", NameForm::plain) == "truncated at 2");
  CHECK(name("", NameForm::partial) == " to 0");
  CHECK(name("0261", NameForm::partial) == "truncated at 2");
  CHECK(name("016100", NameForm::partial) == "a to 3");
}

TEST_CASE("No name is longer than 255 octets") {
  std::string letters;
  for (int n = 0; n < 128; ++n) letters += "0161";
  CHECK(name(letters + "00", NameForm::plain) == "bad_length at 254");
}

}  // namespace
}  // namespace greywatch::agent::text
