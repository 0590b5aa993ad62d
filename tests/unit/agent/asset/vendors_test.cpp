#include "agent/asset/vendors.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/scratch.hpp"

using namespace greywatch;
using namespace greywatch::agent;

namespace {

// The forms of the registries' lines, with made-up holders.
constexpr auto ma_l =
    "OUI/MA-L                                                    Organization\n\n"
    "00-22-72   (hex)\t\tGrid Relays Ltd.\n002272     (base 16)\t\tGrid Relays Ltd.\n\t\t\t\tSomewhere\n\n"
    "20-85-93   (hex)\t\tIEEE Registration Authority\n208593     (base 16)\t\tIEEE Registration Authority\n";
constexpr auto ma_m = "20-85-93   (hex)\t\tMeters Inc\r\nB00000-BFFFFF     (base 16)\t\tMeters Inc\r\n";
constexpr auto ma_s = "20-85-93   (hex)\t\tClocks AG\nB12000-B12FFF     (base 16)\t\tClocks AG\n";

std::string_view of(Vendors const& vendors, char const* mac) { return vendors.find(*parse_mac(mac)); }

}  // namespace

TEST_CASE("the longest registered prefix names the vendor", "[asset]") {
  test::Scratch const scratch;
  std::ofstream(scratch / "oui.txt") << ma_l;
  std::ofstream(scratch / "mam.txt") << ma_m;
  std::ofstream(scratch / "oui36.txt") << ma_s;
  auto const vendors = Vendors::load(scratch.path());
  REQUIRE(vendors);
  CHECK(vendors->size() == 4);
  CHECK(of(*vendors, "00:22:72:01:02:03") == "Grid Relays Ltd.");
  CHECK(of(*vendors, "20:85:93:b1:2f:ff") == "Clocks AG");
  CHECK(of(*vendors, "20:85:93:b1:30:00") == "Meters Inc");
  CHECK(of(*vendors, "20:85:93:c0:00:00") == "IEEE Registration Authority");
  CHECK(of(*vendors, "00:22:73:00:00:00").empty());
  CHECK(of(*vendors, "02:22:72:00:00:00").empty());  // locally administered
  CHECK(of(*vendors, "01:22:72:00:00:00").empty());  // a group
}

TEST_CASE("without the registry it is said what to install", "[asset]") {
  test::Scratch const scratch;
  auto const vendors = Vendors::load(scratch.path());
  REQUIRE_FALSE(vendors);
  CHECK(vendors.error().text.find("install the package ieee-data") != std::string::npos);
}

TEST_CASE("lines that are none of a registry are passed over", "[asset]") {
  test::Scratch const scratch;
  std::ofstream(scratch / "oui.txt") << "zz-zz-zz   (hex)\t\tx\nzzzzzz     (base 16)\t\ty\n\n(base 16)\n" << ma_l;
  auto const vendors = Vendors::load(scratch.path());
  REQUIRE(vendors);
  CHECK(of(*vendors, "00:22:72:01:02:03") == "Grid Relays Ltd.");
  CHECK(vendors->size() == 2);
}
