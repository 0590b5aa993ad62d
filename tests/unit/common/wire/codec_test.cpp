#include "common/wire/codec.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/support/random_finding.hpp"

using namespace greywatch;

TEST_CASE("a finding of any shape survives the wire unchanged", "[common][wire]") {
  test::RandomFinding random(1);
  for (int i = 0; i < 3000; ++i) {
    auto const finding = random();
    std::string octets;
    link::encode(finding, octets);
    auto const read = link::decode(as_bytes(octets));
    REQUIRE(read);
    REQUIRE(*read == finding);
  }
}

TEST_CASE("an empty list and an empty text differ from no value", "[common][wire]") {
  Finding finding;
  finding.fields = {{"a", std::vector<Scalar>{}}, {"b", std::string()}, {"c", false}, {"d", std::uint64_t{0}}};
  std::string octets;
  link::encode(finding, octets);
  CHECK(link::decode(as_bytes(octets)).value() == finding);
}

TEST_CASE("octets that are no finding are refused without harm", "[common][wire]") {
  test::RandomFinding random(2);
  std::string octets;
  link::encode(random(), octets);
  // Any prefix and any changed octet: accepted or refused, never a crash; what is accepted keeps the rules.
  for (std::size_t n = 0; n < octets.size(); ++n) {
    auto const prefix = link::decode(as_bytes(octets).first(n));
    if (prefix) CHECK((prefix->p > 0 && prefix->p <= 1));
    auto changed = octets;
    changed[n] = static_cast<char>(random.below(256));
    auto const read = link::decode(as_bytes(changed));
    if (read) CHECK((read->p > 0 && read->p <= 1));
  }
  CHECK_FALSE(link::decode({}));  // p is missing, hence 0
}

TEST_CASE("every rule of a finding is checked on arrival", "[common][wire]") {
  auto const refused = [](auto change) {
    Finding finding;
    change(finding);
    std::string octets;
    link::encode(finding, octets);
    auto const read = link::decode(as_bytes(octets));
    return read ? std::string_view("accepted") : read.error().field;
  };
  CHECK(refused([](Finding&) {}) == "accepted");
  CHECK(refused([](Finding& f) { f.p = 0; }) == "p");
  CHECK(refused([](Finding& f) { f.p = 1.5; }) == "p");
  CHECK(refused([](Finding& f) { f.p = std::numeric_limits<double>::quiet_NaN(); }) == "p");
  CHECK(refused([](Finding& f) { f.coverage = 1.01; }) == "coverage");
  CHECK(refused([](Finding& f) { f.kind = static_cast<FindingKind>(finding_kinds); }) == "kind");
  CHECK(refused([](Finding& f) { f.classification = static_cast<FindingClass>(6); }) == "classification");
  CHECK(refused([](Finding& f) { f.message.assign(link::max_text_octets + 1, 'x'); }) == "message");
  CHECK(refused([](Finding& f) { f.traits.resize(link::max_words + 1); }) == "traits");
  CHECK(refused([](Finding& f) { f.fields.resize(link::max_fields + 1); }) == "fields");
  CHECK(refused([](Finding& f) { f.fields = {{"l", std::vector<Scalar>(link::max_list_items + 1)}}; }) == "fields");
  CHECK(refused([](Finding& f) {
          f.fields.assign(100, {"x", std::string(1000, 'x')});  // more than 64 KiB
        }) == "finding");
}

TEST_CASE("a finding that is too large is cut to what the link takes and says so", "[common][wire]") {
  test::RandomFinding random(3);
  for (int round = 0; round < 40; ++round) {
    Finding finding = random();
    finding.message = random.text(20'000);
    finding.traits.assign(random.below(200), random.text(2000));
    for (auto n = random.below(600); n > 0; --n) finding.fields.push_back({random.text(600), random.text(9000)});
    for (auto n = random.below(10); n > 0; --n)
      finding.fields.push_back({"l", std::vector<Scalar>(random.below(3000), random.text(500))});
    bool const cut = link::fit(finding);
    std::string octets;
    link::encode(finding, octets);
    REQUIRE(octets.size() <= link::max_finding_octets);
    auto const read = link::decode(as_bytes(octets));
    REQUIRE(read);
    CHECK(*read == finding);
    if (cut) CHECK(finding.fields.back() == Field{"greywatch.trimmed", true});
    CHECK_FALSE(link::fit(finding));
  }
}

TEST_CASE("a cut text ends between two characters and a small finding is left alone", "[common][wire]") {
  Finding finding;
  finding.message = std::string(link::max_text_octets - 1, 'x') + "\xC3\xA9";
  CHECK(link::fit(finding));
  CHECK(finding.message == std::string(link::max_text_octets - 1, 'x'));
  Finding small;
  small.message = "short";
  auto const before = small;
  CHECK_FALSE(link::fit(small));
  CHECK(small == before);
}

TEST_CASE("a probability that slipped out of its range does not lose the finding", "[common][wire]") {
  for (double p : {0.0, -1.0, 2.0, std::numeric_limits<double>::quiet_NaN()}) {
    Finding finding;
    finding.p = p;
    finding.coverage = p;
    link::fit(finding);
    std::string octets;
    link::encode(finding, octets);
    CHECK(link::decode(as_bytes(octets)));
  }
}

TEST_CASE("the identity of a finding is made of node, epoch and sequence", "[common][wire]") {
  CHECK(link::event_id("sub-1", 1764000000, 7) == "sub-1-1764000000-7");
}
