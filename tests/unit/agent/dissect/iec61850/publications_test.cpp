#include "agent/dissect/iec61850/publications.hpp"

#include <catch2/catch.hpp>
#include <memory>

namespace greywatch::agent::iec61850 {
namespace {

struct Entry {
  std::uint64_t key;
  std::int64_t heard;
  bool is_quiet(Time now) const { return unix_ns(now) - heard > 100; }
};
using Few = Publications<Entry, 1>;

TEST_CASE("What lives is found again and never pushed out; what is quiet makes room, the oldest first") {
  auto const few = std::make_unique<Few>();
  for (std::uint64_t key = 1; key <= 4; ++key) few->admit(key, from_unix_ns(0))->heard = static_cast<std::int64_t>(key);
  CHECK(few->admit(5, from_unix_ns(50)) == nullptr);
  CHECK(few->find(3)->heard == 3);
  auto* const fifth = few->admit(5, from_unix_ns(1000));
  REQUIRE(fifth);
  CHECK(fifth->heard == 0);
  CHECK(few->find(1) == nullptr);
  CHECK(few->find(2) != nullptr);
}

TEST_CASE("A publication is told by its place, its APPID, its name and whether it is simulated") {
  Place const place{1, 2}, elsewhere{3, 2}, others{1, 4};
  auto const key = publication_key(place, 1, false, "name");
  CHECK(key != 0);
  CHECK(key == publication_key(others, 1, false, "name"));
  CHECK(key != publication_key(elsewhere, 1, false, "name"));
  CHECK(key != publication_key(place, 2, false, "name"));
  CHECK(key != publication_key(place, 1, true, "name"));
  CHECK(key != publication_key(place, 1, false, "names"));
  // The key of another process gives other places in the table: nobody can aim at one.
  CHECK(key != publication_key({1, 2, HashKey{1, 2}}, 1, false, "name"));
}

}  // namespace
}  // namespace greywatch::agent::iec61850
