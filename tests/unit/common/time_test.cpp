#include "common/time.hpp"

#include <catch2/catch.hpp>

using namespace greywatch;

TEST_CASE("a time is written with nine digits and read back the same", "[common][time]") {
  auto const time = from_unix_ns(1'764'000'000'123'456'789);
  auto const text = to_rfc3339(time);
  CHECK(text == "2025-11-24T16:00:00.123456789Z");
  CHECK(parse_rfc3339(text).value() == time);
}

TEST_CASE("a time before 1970 keeps its fraction", "[common][time]") {
  CHECK(to_rfc3339(from_unix_ns(-1)) == "1969-12-31T23:59:59.999999999Z");
}

TEST_CASE("an offset is taken off", "[common][time]") {
  CHECK(parse_rfc3339("2026-11-22T10:46:14+01:00").value() == parse_rfc3339("2026-11-22T09:46:14Z").value());
}

TEST_CASE("what is no time is refused with its text", "[common][time]") {
  for (auto text : {"", "2026", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-22T24:00:00Z",
                    "2026-11-22T09:46:14", "2026-11-22T09:46:14.Z", "2026-11-22T09:46:14Zx", "9999-01-01T00:00:00Z"}) {
    auto const read = parse_rfc3339(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().text.find(text) != std::string::npos);
  }
}

TEST_CASE("durations add up and need a unit", "[common][time]") {
  CHECK(parse_duration("1h30m").value() == std::chrono::minutes{90});
  CHECK(parse_duration("250ms").value() == std::chrono::milliseconds{250});
  for (auto text : {"", "5", "-5s", "s", "5x", "99999999999999w"}) CHECK_FALSE(parse_duration(text));
}
