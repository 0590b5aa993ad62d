#include "agent/rule/field_columns.hpp"

#include <catch2/catch.hpp>
#include <variant>

namespace greywatch::agent {
namespace {

using Plain = std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view>;

TEST_CASE("a name that comes several times is one column, and texts outlive their message", "[agent][rule]") {
  FieldColumns<Plain> columns;
  for (int round = 0; round < 2; ++round) {
    columns.clear();
    std::string text = "first text, too long to be kept within a string";
    columns.field("text", std::string_view(text));
    columns.field("number", std::uint64_t{7});
    columns.field("text", std::string_view("second"));
    text.assign(text.size(), '?');
    REQUIRE(columns.all().size() == 2);
    CHECK(columns.all()[0].name == "text");
    CHECK(columns.all()[0].values ==
          std::vector<Plain>{std::string_view("first text, too long to be kept within a string"),
                             std::string_view("second")});
    CHECK(columns.all()[1].values == std::vector<Plain>{std::uint64_t{7}});
  }
  columns.clear();
  CHECK(columns.all().empty());
}

}  // namespace
}  // namespace greywatch::agent
