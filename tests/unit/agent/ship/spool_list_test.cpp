#include "agent/ship/spool_list.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "common/wire/codec.hpp"
#include "tests/support/random_finding.hpp"
#include "tests/support/scratch.hpp"

using namespace greywatch;
using namespace greywatch::agent;

namespace {

namespace fs = std::filesystem;

std::unique_ptr<Spool> open(fs::path const& directory) {
  auto spool = Spool::open({.directory = directory, .max_octets = 1 << 20});
  REQUIRE(spool);
  return std::move(*spool);
}

struct Listed {
  SpoolListing listing;
  std::vector<std::uint64_t> epochs, sequences;
  std::vector<SpoolRecord> records;
};
Listed list(fs::path const& directory) {
  Listed out;
  auto const listing = list_spool(directory, [&](std::uint64_t epoch, SpoolRecord&& record) {
    out.epochs.push_back(epoch);
    out.sequences.push_back(record.sequence);
    out.records.push_back(std::move(record));
  });
  REQUIRE(listing);
  out.listing = *listing;
  return out;
}

/// Every file with its octets.
std::map<std::string, std::string> content(fs::path const& directory) {
  std::map<std::string, std::string> out;
  for (auto const& entry : fs::directory_iterator(directory)) {
    std::ifstream in(entry.path(), std::ios::binary);
    out[entry.path().filename()] = {std::istreambuf_iterator<char>(in), {}};
  }
  return out;
}

/// The directory as a crash leaves it: copied while the spool is open.
void crash(fs::path const& from, fs::path const& to) {
  fs::remove_all(to);
  fs::copy(from, to);
}

fs::path first_segment(fs::path const& directory) {
  std::vector<fs::path> out;
  for (auto const& entry : fs::directory_iterator(directory))
    if (entry.path().extension() == ".seg") out.push_back(entry.path());
  REQUIRE_FALSE(out.empty());
  return *std::ranges::min_element(out);
}

}  // namespace

TEST_CASE("what waits after a crash is listed over all classes in the order of its sequences", "[agent][ship]") {
  test::Scratch place, after;
  test::RandomFinding random(3);
  auto spool = open(place.path());
  std::vector<Finding> sent;
  for (int i = 0; i < 300; ++i) {
    sent.push_back(random());
    spool->append(sent.back());
    sent.back().id.clear();
  }
  spool->ack(100);
  crash(place.path(), after.path());
  auto const listed = list(after.path());
  REQUIRE(listed.records.size() == 200);
  CHECK(listed.listing.waiting == 200);
  CHECK(listed.listing.damaged + listed.listing.torn + listed.listing.unreadable == 0);
  CHECK_FALSE(listed.listing.state_lost);
  for (std::size_t i = 0; i < 200; ++i) {
    CHECK(listed.sequences[i] == 101 + i);
    CHECK(listed.epochs[i] == spool->epoch());
    CHECK(listed.records[i].spool_class == link::spool_class(sent[100 + i]));
    CHECK(link::decode(as_bytes(listed.records[i].payload)).value() == sent[100 + i]);
  }
}

TEST_CASE("listing a spool changes no octet of it, torn tail and damage included", "[agent][ship]") {
  test::Scratch place, after;
  auto spool = open(place.path());
  for (int i = 0; i < 10; ++i) spool->append(link::SpoolClass::access, std::string(100, 'a'));
  crash(place.path(), after.path());
  auto const segment = first_segment(after.path());
  fs::resize_file(segment, fs::file_size(segment) - 1);
  {
    std::fstream file(segment, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(segment_header_octets + 3 * (record_header_octets + 100) + 50);
    file.put('!');
  }
  auto const before = content(after.path());
  auto const listed = list(after.path());
  CHECK(listed.sequences == std::vector<std::uint64_t>{1, 2, 3, 5, 6, 7, 8, 9});
  CHECK(listed.listing.damaged == 1);
  CHECK(listed.listing.torn == 1);
  CHECK(content(after.path()) == before);
}

TEST_CASE("the spool of a running agent is refused until the agent ends", "[agent][ship]") {
  test::Scratch place;
  auto spool = open(place.path());
  spool->append(link::SpoolClass::loss, "x");
  bool called = false;
  auto const each = [&](std::uint64_t, SpoolRecord&&) { called = true; };
  auto const held = list_spool(place.path(), each);
  REQUIRE_FALSE(held);
  CHECK(held.error().text.find("a running agent holds it") != std::string::npos);
  CHECK_FALSE(called);
  spool.reset();
  CHECK(list(place.path()).sequences == std::vector<std::uint64_t>{1});
}

TEST_CASE("an agent can start once its spool was listed, and sees what was listed", "[agent][ship]") {
  test::Scratch place;
  open(place.path())->append(link::SpoolClass::command, "x");
  auto const listed = list(place.path());
  auto const spool = open(place.path());
  CHECK(listed.epochs == std::vector<std::uint64_t>{spool->epoch()});
  auto const record = spool->next();
  REQUIRE(record);
  CHECK(record->sequence == listed.sequences.at(0));
}

TEST_CASE("a spool without its state file is listed whole, and said to be so", "[agent][ship]") {
  test::Scratch place, after;
  auto spool = open(place.path());
  for (int i = 0; i < 3; ++i) spool->append(link::SpoolClass::recon, "x");
  spool->ack(2);
  crash(place.path(), after.path());
  fs::remove(after / "state");
  fs::remove(after / "lock");
  auto const listed = list(after.path());
  CHECK(listed.listing.state_lost);
  CHECK(listed.sequences == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(listed.epochs[0] == spool->epoch());
  CHECK_FALSE(fs::exists(after / "lock"));
}

TEST_CASE("a directory that is none is refused by its name, an empty one has nothing", "[agent][ship]") {
  test::Scratch place;
  auto const each = [](std::uint64_t, SpoolRecord&&) {};
  auto const refused = list_spool(place / "absent", each);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text.find("absent") != std::string::npos);
  CHECK(list(place.path()).records.empty());
}

TEST_CASE("files that are no segments of ours are counted, not followed", "[agent][ship]") {
  test::Scratch place, elsewhere;
  {
    open(place.path())->append(link::SpoolClass::recon, "x");
  }
  auto const segment = first_segment(place.path());
  fs::rename(segment, elsewhere / "there");
  fs::create_symlink(elsewhere / "there", segment);
  std::ofstream(place / "00000000000000000001-unknown.seg") << "text";
  auto const listed = list(place.path());
  CHECK(listed.records.empty());
  CHECK(listed.listing.unreadable == 2);
}
