#include "common/wire/batch.hpp"

#include <zstd.h>
#include <catch2/catch.hpp>

#include "common/wire/codec.hpp"
#include "tests/support/random_finding.hpp"

using namespace greywatch;
using namespace greywatch::link;

namespace {

std::string encoded(Finding const& finding) {
  std::string out;
  encode(finding, out);
  return out;
}

Batch batch_of(std::initializer_list<std::uint64_t> sequences) {
  BatchWriter writer;
  for (auto sequence : sequences) REQUIRE(writer.add(sequence, as_bytes(encoded(Finding{}))));
  return writer.seal(3);
}

std::string compressed(std::string const& records) {
  std::string out(ZSTD_compressBound(records.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), records.data(), records.size(), 1));
  return out;
}

}  // namespace

TEST_CASE("a batch returns its findings with their sequences", "[common][wire]") {
  test::RandomFinding random(5);
  BatchWriter writer;
  BatchReader reader;
  for (int round = 0; round < 20; ++round) {
    std::vector<Numbered> sent;
    std::uint64_t sequence = random.below(1000);
    for (auto n = 1 + random.below(100); n > 0; --n) {
      sequence += 1 + random.below(5);
      sent.push_back({sequence, random()});
      REQUIRE(writer.add(sequence, as_bytes(encoded(sent.back().finding))));
    }
    auto const batch = writer.seal(3);
    CHECK(writer.empty());
    CHECK(batch.first == sent.front().sequence);
    CHECK(batch.last == sent.back().sequence);
    auto const opened = reader.open(batch);
    REQUIRE(opened);
    CHECK(opened->malformed == 0);
    REQUIRE(opened->findings.size() == sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
      CHECK(opened->findings[i].sequence == sent[i].sequence);
      CHECK(opened->findings[i].finding == sent[i].finding);
    }
  }
}

TEST_CASE("a batch takes no more findings and octets than the link allows", "[common][wire]") {
  BatchWriter writer;
  std::uint64_t sequence = 0;
  while (writer.add(++sequence, as_bytes(encoded(Finding{})))) {
  }
  CHECK(sequence == max_batch_findings + 1);
  CHECK(writer.seal(1).count == max_batch_findings);
  std::string const large(max_finding_octets, 'x');
  sequence = 0;
  while (writer.add(++sequence, as_bytes(large))) {
  }
  CHECK(writer.seal(1).octets <= max_batch_octets);
}

TEST_CASE("a batch that lies about its size is refused before anything is decompressed", "[common][wire]") {
  BatchReader reader;
  auto batch = batch_of({1, 2});
  batch.octets += 1;
  CHECK(reader.open(batch).error().field == "batch.octets");
  // 64 MiB of zeros in a few kilobytes.
  Batch bomb{.epoch = 1, .first = 1, .last = 1, .count = 1, .octets = max_batch_octets};
  bomb.findings = compressed(std::string(64 << 20, '\0'));
  CHECK(reader.open(bomb).error().field == "batch.octets");
  bomb.octets = 64 << 20;
  CHECK(reader.open(bomb).error().field == "batch.octets");
}

TEST_CASE("sequences in a batch rise and stay within what it announced", "[common][wire]") {
  BatchReader reader;
  auto batch = batch_of({4, 5, 9});
  REQUIRE(reader.open(batch));
  batch.first = 5;
  CHECK_FALSE(reader.open(batch));
  batch.first = 4;
  batch.last = 8;
  CHECK_FALSE(reader.open(batch));
  batch.last = 10;
  CHECK(reader.open(batch).error().field == "batch.last");
  batch.last = 9;
  batch.count = 2;
  CHECK(reader.open(batch).error().defect == Defect::trailing);
  batch.count = 4;
  CHECK_FALSE(reader.open(batch));
}

TEST_CASE("one finding that is none does not cost the others", "[common][wire]") {
  BatchWriter writer;
  writer.add(1, as_bytes(encoded(Finding{})));
  writer.add(2, as_bytes("\xff\xff\xff"));
  writer.add(3, as_bytes(encoded(Finding{})));
  auto const opened = BatchReader().open(writer.seal(1));
  REQUIRE(opened);
  CHECK(opened->findings.size() == 2);
  CHECK(opened->malformed == 1);
}

TEST_CASE("any changed octet of a batch is refused or leaves the rules intact", "[common][wire]") {
  auto const batch = batch_of({1, 2, 3});
  BatchReader reader;
  for (std::size_t n = 0; n < batch.findings.size(); ++n)
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = batch;
      changed.findings[n] = static_cast<char>(changed.findings[n] ^ 1 << bit);
      auto const opened = reader.open(changed);
      if (opened) CHECK(opened->findings.size() + opened->malformed == 3);
    }
}
