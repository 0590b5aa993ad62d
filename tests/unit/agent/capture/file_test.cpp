#include "agent/capture/file.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "tests/support/corpus.hpp"
#include "tests/support/octets.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using test::octets;

namespace {

struct Kept {
  Time time;
  std::uint64_t number;
  std::vector<std::uint8_t> octets;
  std::uint32_t original;
  LinkType link;
};

struct Keep : PacketSink {
  std::vector<Kept> packets;
  void on_packet(Packet const& packet) override {
    packets.push_back({packet.time,
                       packet.number,
                       {packet.octets.begin(), packet.octets.end()},
                       packet.original_length,
                       packet.link});
  }
};

/// A file that goes with the test.
struct TemporaryFile {
  std::filesystem::path path;
  explicit TemporaryFile(std::vector<std::uint8_t> const& content) {
    std::string name = (std::filesystem::temp_directory_path() / "greywatch-XXXXXX").string();
    int const descriptor = mkstemp(name.data());
    REQUIRE(descriptor >= 0);
    close(descriptor);
    path = name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<char const*>(content.data()), static_cast<std::streamsize>(content.size()));
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
};

struct ReadBack {
  Keep kept;
  FileCounters counters;
  Result<void, Refusal> end;
};

ReadBack read(std::vector<std::uint8_t> const& content) {
  TemporaryFile file(content);
  ReadBack all;
  all.end = read_capture(file.path, all.kept, all.counters);
  return all;
}

// draft-ietf-opsawg-pcap, 4 and 5: header, then one record of three octets at 1 s and 2 ticks, four octets on the wire.
auto const little_micro =
    "D4C3B2A1 0200 0400 00000000 00000000 00000400 01000000  01000000 02000000 03000000 04000000 AABBCC";
auto const big_nano =
    "A1B23C4D 0002 0004 00000000 00000000 00040000 00000001  00000001 00000002 00000003 00000004 AABBCC";
auto const modified =
    "34CDB2A1 0200 0400 00000000 00000000 00000400 01000000  01000000 02000000 03000000 04000000 0100000000000000 "
    "AABBCC";

// draft-ietf-opsawg-pcapng, 4.1 to 4.4: section, Ethernet interface with if_tsresol 9, one enhanced packet block.
auto const next_generation =
    "0A0D0D0A 1C000000 4D3C2B1A 0100 0000 FFFFFFFFFFFFFFFF 1C000000"
    "01000000 20000000 0100 0000 00000400 0900 0100 09000000 0000 0000 20000000"
    "06000000 24000000 00000000 00000000 02CA9A3B 03000000 04000000 AABBCC00 24000000";

}  // namespace

TEST_CASE("both byte orders and resolutions of pcap give the same packet", "[agent][capture]") {
  auto const [text, ns] = GENERATE(table<char const*, std::int64_t>(
      {{little_micro, 1'000'002'000}, {big_nano, 1'000'000'002}, {modified, 1'000'002'000}}));
  auto const all = read(octets(text));
  CHECK(all.end);
  REQUIRE(all.kept.packets.size() == 1);
  auto const& packet = all.kept.packets[0];
  CHECK(unix_ns(packet.time) == ns);
  CHECK(packet.number == 1);
  CHECK(packet.octets == octets("AABBCC"));
  CHECK(packet.original == 4);
  CHECK(packet.link == LinkType::ethernet);
}

TEST_CASE("pcapng gives packets with the resolution of their interface", "[agent][capture]") {
  auto const all = read(octets(next_generation));
  CHECK(all.end);
  REQUIRE(all.kept.packets.size() == 1);
  CHECK(unix_ns(all.kept.packets[0].time) == 1'000'000'002);
  CHECK(all.kept.packets[0].octets == octets("AABBCC"));
}

TEST_CASE("a file cut anywhere yields what it holds and one refusal with the offset", "[agent][capture]") {
  auto const text = GENERATE(as<std::string>{}, little_micro, next_generation);
  auto const whole = octets(text);
  for (std::size_t n = 1; n < whole.size(); ++n) {
    auto const all = read({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)});
    bool const clean = text == little_micro ? n == 24 : n == 28 || n == 60;  // between two records
    CHECK(all.kept.packets.empty());
    CHECK(all.end.has_value() == clean);
    if (!all.end && n >= 4) CHECK(all.end.error().text.find("octet") != std::string::npos);
  }
}

TEST_CASE("a record that claims more than any packet holds is damage, and what came before is kept",
          "[agent][capture]") {
  auto content = octets(std::string(little_micro) + "01000000 02000000 FFFFFFFF 04000000 AABBCC");
  auto const all = read(content);
  CHECK(all.kept.packets.size() == 1);
  REQUIRE_FALSE(all.end);
  CHECK(all.end.error().text.find("damaged at octet 43: a record claims 4294967295 octets") != std::string::npos);
}

TEST_CASE("packets of link types that nobody reads keep their numbers and are counted", "[agent][capture]") {
  auto content = octets(little_micro);
  content[20] = 147;  // LINKTYPE_USER0
  auto const all = read(content);
  CHECK(all.end);
  CHECK(all.kept.packets.empty());
  CHECK(all.counters.packets == 1);
  CHECK(all.counters.unread_link_types.at(147) == 1);
}

TEST_CASE("hostile pcapng blocks are refused by what is wrong with them", "[agent][capture]") {
  auto const why = [](std::string_view text) { return read(octets(text)).end.error().text; };
  std::string const section = "0A0D0D0A 1C000000 4D3C2B1A 0100 0000 FFFFFFFFFFFFFFFF 1C000000";
  std::string const interface = "01000000 14000000 0100 0000 00000400 14000000";
  CHECK(why("0A0D0D0A 1C000000 00000000 0100 0000 FFFFFFFFFFFFFFFF 1C000000")
            .ends_with("a section header has no byte-order magic"));
  CHECK(why(section + "06000000 00000000 00000000").ends_with("a block claims a length of 0 octets"));
  CHECK(why(section + "06000000 20000000 00000000 00000000 00000000 00000000 00000000 20000000")
            .ends_with("an interface that was not described"));
  CHECK(why(section + interface + "06000000 20000000 00000000 00000000 00000000 04000000 04000000 20000000")
            .ends_with("more octets than its block"));
  CHECK(why(section + "01000000 20000000 0100 0000 00000400 0900 0100 40000000 0000 0000 20000000")
            .ends_with("time resolution beyond 64 bits"));
}

TEST_CASE("what is no capture is refused by its first octets", "[agent][capture]") {
  CHECK(
      read(octets("7F454C46 00")).end.error().text.ends_with("is neither pcap nor pcapng: it begins with 7f 45 4c 46"));
  CHECK(read({}).end.error().text.ends_with("is no capture: it has 0 octets"));
  Keep kept;
  FileCounters counters;
  CHECK(read_capture("/nowhere/at/all.pcap", kept, counters).error().text ==
        "/nowhere/at/all.pcap: cannot be opened: No such file or directory");
  CHECK(read_capture("/", kept, counters).error().text == "/: is a directory");
}

TEST_CASE("every capture of the corpus is read to its end, or to its known damage", "[agent][capture][corpus]") {
  if (!std::filesystem::exists(test::corpus())) {
    WARN("skipped: no corpus of captures at " << test::corpus());
    return;
  }
  std::size_t files = 0;
  for (auto const& entry : std::filesystem::recursive_directory_iterator(test::corpus())) {
    auto const extension = entry.path().extension();
    if (extension != ".pcap" && extension != ".pcapng") continue;
    Keep kept;
    FileCounters counters;
    auto const end = read_capture(entry.path(), kept, counters);
    INFO(entry.path());
    // The corpus marks this one as damaged ("read-error").
    CHECK(end.has_value() == (entry.path().filename() != "ndpi__fuzz-2021-10-13.pcap"));
    ++files;
  }
  CHECK(files > 100);
}
