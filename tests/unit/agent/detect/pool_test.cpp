#include "agent/detect/pool.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>

using namespace greywatch;
using namespace greywatch::agent::detect;

namespace {

struct Key {
  std::uint32_t number = 0;
  bool operator==(Key const&) const = default;
  std::uint64_t hash(HashKey const& key) const { return siphash_words(key, std::uint64_t{number}); }
};
struct Entry {
  Key key;
  std::uint32_t value;
};

}  // namespace

TEST_CASE("a full pool gives the youngest entry's place to the newcomer and keeps the old", "[detect][pool]") {
  Pool<Entry> pool(100, {1, 2});
  for (std::uint32_t i = 0; i < 100; ++i) pool.resolve(pool.admit({i}).id)->value = i;
  auto const youngest = pool.find({99});
  for (std::uint32_t i = 1000; i < 51'000; ++i) {
    auto const admission = pool.admit({i});
    REQUIRE(admission.fresh);
    REQUIRE(pool.resolve(admission.id)->value == 0);
    REQUIRE(pool.find({i}) == admission.id);
  }
  CHECK(pool.replaced() == 50'000);
  CHECK(pool.find({99}) == 0);
  CHECK(pool.resolve(youngest) == nullptr);
  for (std::uint32_t i = 0; i < 99; ++i) CHECK(pool.resolve(pool.find({i}))->value == i);
}

TEST_CASE("a pool finds what it admitted and nothing else", "[detect][pool]") {
  Pool<Entry> pool(5000, {3, 4});
  std::mt19937 random(7);
  std::map<std::uint32_t, std::uint32_t> model;
  for (int i = 0; i < 20'000; ++i) {
    std::uint32_t const number = random() % 6000;
    bool const known = model.contains(number);
    if (!known && model.size() == 5000) continue;
    auto const admission = pool.admit({number});
    REQUIRE(admission.fresh == !known);
    if (!known) model[number] = admission.id;
    REQUIRE(model[number] == admission.id);
  }
  for (std::uint32_t number = 0; number < 6000; ++number)
    CHECK(pool.find({number}) == (model.contains(number) ? model[number] : 0));
}
