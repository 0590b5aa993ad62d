#include "common/event/ndjson.hpp"

#include <catch2/catch.hpp>

using namespace greywatch;

namespace {

Finding example() {
  Finding finding;
  finding.time = from_unix_ns(1'764'000'000'123'456'789);
  finding.id = "sub-1-1764000000-7";
  finding.code = "iec104.command.new_master";
  finding.message = "203.0.113.9 commands 192.0.2.7, which only 192.0.2.1 ever did";
  finding.node = "sub-1";
  finding.source = {parse_ip("203.0.113.9").value(), parse_mac("00:1b:1b:0a:0b:0c"), 40000};
  finding.destination = {parse_ip("192.0.2.7").value(), std::nullopt, 2404};
  finding.vlan = 12;
  finding.protocol = "iec104";
  finding.community_id = "1:abc=";
  finding.techniques = {"T1692.001"};
  finding.framework = "MITRE ATT&CK for ICS v20";
  finding.detector = "new_operation";
  finding.classification = FindingClass::command;
  finding.p = 1.25e-7;
  finding.traits = {"address:203.0.113.9"};
  finding.count = 3;
  finding.first = finding.time;
  finding.last = finding.time + std::chrono::seconds{2};
  finding.frame = 4782;
  finding.fields = {{"iec104.type_id", std::uint64_t{45}},
                    {"iec104.value", 1.0},
                    {"iec104.select", false},
                    {"iec104.delta", std::int64_t{-4}},
                    {"iec104.ioa", std::vector<Scalar>{std::uint64_t{1}, std::uint64_t{2}}}};
  return finding;
}

}  // namespace

TEST_CASE("a finding reads back what was written", "[common][event]") {
  auto const finding = example();
  std::string line;
  write_ndjson(finding, line);
  REQUIRE(line.ends_with("}\n"));
  auto const read = read_finding(line);
  REQUIRE(read);
  CHECK(*read == finding);
}

TEST_CASE("octets that are no text cannot break the line", "[common][event]") {
  auto finding = example();
  finding.message = "a\"b\\c\n\x01\xff\xc3\xa9";
  std::string line;
  write_ndjson(finding, line);
  CHECK(line.find("a\\\"b\\\\c\\n\\u0001\xEF\xBF\xBD\xc3\xa9") != std::string::npos);
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
  CHECK(read_finding(line));
}

TEST_CASE("a finding without its essentials is refused by the name of what is missing", "[common][event]") {
  auto const why = [](std::string_view line) { return read_finding(line).error().text; };
  CHECK(why("{}") == "@timestamp is missing");
  CHECK(why(R"({"@timestamp":"2026-01-01T00:00:00Z","event.kind":"alert"})") == "observer.name is missing");
  CHECK(why(R"({"@timestamp":"2026-01-01T00:00:00Z","event.kind":"alert","observer.name":"n"})") ==
        "event.code is missing");
  CHECK(why(R"({"@timestamp":"2026-01-01T00:00:00Z","event.kind":"coverage","observer.name":"n"})") ==
        "greywatch.coverage is missing");
  CHECK(why(R"({"@timestamp":7})") == "@timestamp is no time");
  CHECK(why(R"({"greywatch.p":0})") == "greywatch.p is no number above 0 and up to 1");
  CHECK(why("[]") == "not a JSON object");
  CHECK(why("{").starts_with("not JSON"));
  CHECK(why(std::string(5000, '[')).starts_with("not JSON"));
}

TEST_CASE("a coverage record needs no class and no code", "[common][event]") {
  auto const read = read_finding(
      R"({"@timestamp":"2026-01-01T00:00:00Z","event.kind":"coverage","observer.name":"n","greywatch.coverage":0.5})");
  REQUIRE(read);
  CHECK(read->coverage == 0.5);
}

TEST_CASE("every octet is quoted alike wherever it stands in a text", "[common][event]") {
  auto const quoted = [](std::string_view text) {
    std::string out;
    JsonLine(out).text("k", text);
    return out.substr(6, out.size() - 7);
  };
  for (int octet = 0; octet < 256; ++octet) {
    auto const alone = quoted(std::string(1, static_cast<char>(octet)));
    for (std::size_t place = 0; place < 19; ++place) {
      std::string text(19, 'a');
      text[place] = static_cast<char>(octet);
      CHECK(quoted(text) == std::string(place, 'a') + alone + std::string(18 - place, 'a'));
    }
  }
}
