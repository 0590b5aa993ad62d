#include "agent/detect/baseline_file.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <random>

#include "plant.hpp"
#include "tests/support/scratch.hpp"

using namespace greywatch;
using namespace greywatch::test;
using namespace greywatch::agent::detect;

namespace {

std::vector<std::uint8_t> read_all(std::filesystem::path const& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write_all(std::filesystem::path const& path, std::vector<std::uint8_t> const& octets) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<char const*>(octets.data()), static_cast<std::streamsize>(octets.size()));
}
void seal(std::vector<std::uint8_t>& octets) {
  auto const crc = crc32c(Bytes(octets).first(octets.size() - 4));
  for (std::size_t i = 0; i < 4; ++i) octets[octets.size() - 4 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
}

}  // namespace

TEST_CASE("CRC-32C of the published check text", "[detect][baseline]") {
  CHECK(crc32c(as_bytes("123456789")) == 0xE306'9283);
}

TEST_CASE("a baseline works on under another hash key", "[detect][baseline]") {
  Scratch const scratch;
  auto const path = scratch.path() / "baseline";
  Plant before({}, {1, 2});
  before.detection.learn();
  poll(before, 300);
  REQUIRE(before.detection.save_baseline(path));
  Plant after({}, {77, 99});
  REQUIRE(after.detection.load_baseline(path));
  poll(after, 100);
  CHECK(after.findings.alerts() == 0);
  after.exchange(after.open(77, 101), {.operation = Operation::write, .code = 16});
  CHECK(after.findings.with("modbus.client.new").size() == 1);
  CHECK(after.findings.with("modbus.command.new_master").size() == 1);
  auto const first = read_all(path);
  auto const again = BaselineFile::read(first, {}, {5, 6});
  REQUIRE(again);
  CHECK(BaselineFile::write(**again) == first);
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.path()), {}) == 1);
}

TEST_CASE("a damaged baseline is refused with a sentence and changes nothing", "[detect][baseline]") {
  Scratch const scratch;
  auto const path = scratch.path() / "baseline";
  Plant plant;
  plant.detection.learn();
  poll(plant, 30);
  REQUIRE(plant.detection.save_baseline(path));
  auto const good = read_all(path);
  auto const relations = plant.detection.counters().relations;
  auto const refused = [&](std::vector<std::uint8_t> const& octets, std::string_view why) {
    write_all(path, octets);
    auto const loaded = plant.detection.load_baseline(path);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().text.find(why) != std::string::npos);
    CHECK(loaded.error().text.find(path.string()) != std::string::npos);
    CHECK(plant.detection.counters().relations == relations);
  };
  for (std::size_t at = 16; at < good.size(); at += 97) {
    auto bad = good;
    bad[at] ^= 1;
    refused(bad, "checksum");
  }
  auto bad = good;
  bad[0] ^= 1;
  refused(bad, "GWBL");
  bad = good;
  bad[4] = 9;
  refused(bad, "version 9");
  refused({good.begin(), good.end() - 1}, "octets after its header");
  refused({good.begin(), good.begin() + 7}, "too short");
  std::filesystem::remove(path);
  CHECK_FALSE(plant.detection.load_baseline(path));
  CHECK_FALSE(plant.detection.save_baseline(scratch.path() / "no" / "such" / "folder"));
}

TEST_CASE("a hostile baseline with a valid checksum is read within its bounds or refused", "[detect][baseline]") {
  Plant plant;
  plant.detection.learn();
  poll(plant, 30);
  Scratch const scratch;
  auto const path = scratch.path() / "baseline";
  REQUIRE(plant.detection.save_baseline(path));
  auto const good = read_all(path);
  std::mt19937 random(11);
  DetectionBounds const small{.hosts = 8, .relations = 4, .conversations = 4, .operations = 8, .transitions = 4};
  int refusals = 0;
  for (int i = 0; i < 2000; ++i) {
    auto bad = good;
    for (unsigned n = 0; n <= random() % 4; ++n) {
      auto const at = 16 + random() % (bad.size() - 20);
      for (std::size_t k = at; k < std::min(at + 4, bad.size() - 4); ++k)
        bad[k] = random() % 3 ? static_cast<std::uint8_t>(random()) : 0xff;
    }
    seal(bad);
    auto const read = BaselineFile::read(
        bad, i % 2 ? small : DetectionBounds{.hosts = 64, .relations = 64, .operations = 512, .transitions = 512},
        {1, 2});
    refusals += !read;
  }
  CHECK(refusals > 0);
}
