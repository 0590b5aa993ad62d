#include "agent/dissect/c37118/c37118.hpp"

#include <catch2/catch.hpp>
#include <cstdio>

#include "agent/dissect/c37118/frame.hpp"
#include "tests/support/exchange.hpp"

namespace greywatch::agent::c37118 {
namespace {

using test::Exchange;
using test::octets;

std::string hex(std::uint64_t value, int digits) {
  char text[24];
  std::snprintf(text, sizeof text, "%0*llx", digits, static_cast<unsigned long long>(value));
  return text;
}
std::string hex(std::string_view text) {
  std::string out;
  for (unsigned char letter : text) out += hex(letter, 2);
  return out;
}
/// A name in its 16 octets, filled with blanks; or behind its length, as in configuration 3.
std::string name(std::string text) {
  text.resize(16, ' ');
  return hex(text);
}
std::string short_name(std::string const& text) { return hex(text.size(), 2) + hex(text); }

constexpr std::uint32_t nine = 0x44853600;  // 2006-06-06 08:00:00 UTC, of the standard's examples
constexpr std::uint16_t stream = 0x1E36;

/// A frame of the 2011 edition with its size and CHK.
std::vector<std::uint8_t> frame(FrameType type, std::string const& body, std::uint32_t soc = nine,
                                std::uint32_t fracsec = 0, std::uint16_t idcode = stream) {
  auto const size = least_octets + octets(body).size();
  auto const text = "aa" + hex(static_cast<std::uint64_t>(type) << 4 | 2, 2) + hex(size, 4) + hex(idcode, 4) +
                    hex(soc, 8) + hex(fracsec, 8) + body;
  return octets(text + hex(checksum(octets(text)), 4));
}

/// IEEE C37.118.2-2011, annex D: four whole-number phasors, three floating-point analog values, a digital word.
constexpr auto example_data =
    "AA01 0034 1E36 44853600 000041B1 0000 392B0000 E36ACE7C E36A3183 04440000 09C4 0000 42C80000 447A0000 461C4000 "
    "3C12 D43F";
std::string example_pmu(std::string const& phunit = "000DF847") {
  std::string names =
      name("VA") + name("VB") + name("VC") + name("I1") + name("ANALOG1") + name("ANALOG2") + name("ANALOG3");
  for (int i = 0; i < 16; ++i) names += name("BREAKER " + std::to_string(i));
  return name("Station A") + "1E36 0004 0004 0003 0001" + names + phunit + "000DF847 000DF847 0100B2D0" +
         "00000001 01000001 02FFFFFF" + "0000FFFF" + "0000" + "0016";
}
std::string example_configuration(std::string const& phunit = "000DF847", std::string const& rate = "001E") {
  return "000F4240 0001" + example_pmu(phunit) + rate;
}
std::string stat(std::string const& word) {
  return word + "392B0000 E36ACE7C E36A3183 04440000 09C4 0000 42C80000 447A0000 461C4000 3C12";
}

/// A PMU of configuration 3 with one phasor, one analog value and no digital word, whole numbers in polar form.
std::string third_configuration() {
  return "000F4240 0001" + short_name("Nord") + "0007" + "000102030405060708090a0b0c0d0e0f" + "0001 0001 0001 0000" +
         short_name("U1") + short_name("P") + "00000000 3F000000 3F800000" + "40000000 41200000" +
         "42480000 41200000 447A0000" + "4D" + "00004E20 00002710" + "0001 0003" + "0032";
}

/// One direction of a flow after the configuration of the example.
struct Pmu : Exchange {
  Pmu() : Exchange(tcp_dissector, "c37118.") {}
  test::SaidMessage tells(std::vector<std::uint8_t> const& octets) { return say(octets, Direction::to_client); }
  test::SaidMessage asks(std::string const& word) { return say(frame(FrameType::command, word), Direction::to_server); }
  test::SaidMessage configures(std::string const& body = example_configuration()) {
    return tells(frame(FrameType::configuration_2, body));
  }
  test::SaidMessage sends(std::uint32_t soc, std::uint32_t fracsec, std::string const& word = "0000") {
    return tells(frame(FrameType::data, stat(word), soc, fracsec));
  }
};

TEST_CASE("The standard's data frame is read by its configuration, scaled") {
  Pmu pmu;
  auto const told = pmu.configures();
  CHECK(told.operation == Operation::diagnose);
  CHECK(told.role == Role::response);
  CHECK(told.code == 3);
  CHECK(told.target.unit == stream);
  CHECK(told.fields["station_name"] == "Station A");
  CHECK(told.fields["time_base"] == "1000000");
  CHECK(told.fields["phunit"] == "915527 915527 915527 16822992");
  CHECK(told.fields["anunit.type"] == "0 1 2");
  CHECK(told.fields["anunit.factor"] == "1 1 -1");
  CHECK(told.fields["fnom"] == "60.000000");
  CHECK(told.fields["cfgcnt"] == "22");
  CHECK(told.fields["data_rate"] == "30");
  auto const said = pmu.answer(example_data);
  CHECK_FALSE(said.malformed);
  CHECK(said.operation == Operation::report);
  CHECK(said.role == Role::unsolicited);
  CHECK(said.code == 0);
  CHECK(said.fields["soc"] == "1149580800");
  CHECK(said.fields["fraction_of_second"] == "0.016817");
  CHECK(said.fields["phasor.name"] == "VA VB VC I1");
  CHECK(said.fields["phasor.unit"] == "V V V A");
  // 14635, (-7318, -12676) and (-7318, 12675) counts of 9.15527 V.
  CHECK(said.fields["phasor.magnitude"] == "133987.376450 134003.288534 133995.359783 499.873920");
  CHECK(said.fields["phasor.angle"] == "0.000000 -119.998332 120.000289 0.000000");
  CHECK(said.fields["freq_deviation"] == "2500");
  CHECK(said.fields["freq"] == "62.500000");
  CHECK(said.fields["analog.name"] == "ANALOG1 ANALOG2 ANALOG3");
  CHECK(said.fields["analog.value"] == "100.000000 1000.000000 10000.000000");
  CHECK(said.fields["digital"] == "15378");
  CHECK(said.rules().empty());
}

TEST_CASE("Commands switch, ask for what the device is, and carry what users define") {
  Pmu pmu;
  auto const off = pmu.asks("0001");
  CHECK(off.operation == Operation::control);
  CHECK(off.role == Role::request);
  CHECK(off.code == 4);
  CHECK(off.subcode == 1);
  CHECK(pmu.asks("0002").operation == Operation::control);
  for (auto const* word : {"0003", "0004", "0005", "0006"}) CHECK(pmu.asks(word).operation == Operation::diagnose);
  auto const extended = pmu.asks("0008 c0ffee");
  CHECK(extended.operation == Operation::configure);
  CHECK(extended.fields["extended_frame"] == "c0ffee");
  CHECK(pmu.asks("0abc").operation == Operation::other);
  CHECK(pmu.unknowns.empty());
  CHECK(pmu.asks("1000").operation == Operation::other);
  CHECK(pmu.unknowns["command"] == std::vector<std::uint32_t>{0x1000});
  CHECK(pmu.asks("").malformed);
}

TEST_CASE("A header is text, and may be empty") {
  Pmu pmu;
  CHECK(pmu.tells(frame(FrameType::header, hex("PMU of bay 3"))).fields["header"] == "PMU of bay 3");
  auto const empty = pmu.tells(frame(FrameType::header, ""));
  CHECK(empty.operation == Operation::diagnose);
  CHECK_FALSE(empty.malformed);
}

TEST_CASE("Configuration 3 has names of any length, scales and offsets") {
  Pmu pmu;
  auto const told = pmu.tells(frame(FrameType::configuration_3, "0000" + third_configuration()));
  REQUIRE_FALSE(told.malformed);
  CHECK(told.target.name == "Nord");
  CHECK(told.fields["cont_idx"] == "0");
  CHECK(told.fields["g_pmu_id"] == "000102030405060708090a0b0c0d0e0f");
  CHECK(told.fields["chnam"] == "U1 P");
  CHECK(told.fields["phscale.factor"] == "0.500000");
  CHECK(told.fields["anscale.offset"] == "10.000000");
  CHECK(told.fields["pmu_lat"] == "50.000000");
  CHECK(told.fields["svc_class"] == "M");
  CHECK(told.fields["window"] == "20000");
  CHECK(told.fields["fnom"] == "50.000000");
  auto const said = pmu.tells(frame(FrameType::data, "0000 03E8 2710 FFF6 0064 0005"));
  REQUIRE_FALSE(said.malformed);
  CHECK(said.fields["phasor.magnitude"] == "500.000000");
  CHECK(said.fields["phasor.angle"] == "0.000000");  // one radian as sent, less one of adjustment
  CHECK(said.fields["freq"] == "49.990000");
  CHECK(said.fields["dfreq"] == "1.000000");
  CHECK(said.fields["analog.value"] == "20.000000");
}

TEST_CASE("Configuration 3 may come in several frames, and counts when the last one is there") {
  Pmu pmu;
  auto const whole = octets(third_configuration());
  auto const piece = [&](std::size_t from, std::size_t to) {
    std::string text;
    for (auto i = from; i < to; ++i) text += hex(whole[i], 2);
    return text;
  };
  auto const send = [&](std::string const& index, std::size_t from, std::size_t to) {
    return pmu.tells(frame(FrameType::configuration_3, index + piece(from, to)));
  };
  CHECK(send("0001", 0, 9).fields["cont_idx"] == "1");
  CHECK(send("0002", 9, 40).fields["station_name"].empty());
  auto const last = send("ffff", 40, whole.size());
  CHECK(last.fields["station_name"] == "Nord");
  CHECK(pmu.tells(frame(FrameType::data, "0000 03E8 2710 FFF6 0064 0005")).fields["phasor.name"] == "U1");

  SECTION("with one missing none of them counts") {
    Pmu other;
    other.tells(frame(FrameType::configuration_3, "0001" + piece(0, 9)));
    auto const end = other.tells(frame(FrameType::configuration_3, "ffff" + piece(40, whole.size())));
    CHECK_FALSE(end.fields["cont_idx"].empty());
    CHECK(end.malformed);
  }
  SECTION("octets that were lost void what was begun") {
    Pmu other;
    other.tells(frame(FrameType::configuration_3, "0001" + piece(0, 40)));
    other.lose(Direction::to_client);
    other.tells(frame(FrameType::configuration_3, "ffff" + piece(40, whole.size())));
    other.configures();
    CHECK(other.answer(example_data).fields["phasor.name"] == "VA VB VC I1");
  }
}

TEST_CASE("Floating point comes in volts, amperes and hertz; what is absent is not a number") {
  Pmu pmu;
  pmu.configures("000F4240 0001" + name("X") + "0001 000E 0001 0001 0000" + name("V") + name("A") + "010DF847" +
                 "00000001" + "0000 0001" + "001E");
  auto const said = pmu.tells(frame(FrameType::data, "0000 40400000 40800000 42700000 BF000000 7FC00000"));
  REQUIRE_FALSE(said.malformed);
  CHECK(said.fields["phasor.unit"] == "A");
  CHECK(said.fields["phasor.magnitude"] == "5.000000");
  CHECK(said.fields["phasor.real"] == "3.000000");
  CHECK(said.fields["phasor.imaginary"] == "4.000000");
  CHECK(said.fields["freq_deviation"].empty());
  CHECK(said.fields["freq"] == "60.000000");
  CHECK(said.fields["dfreq"] == "-0.500000");
  CHECK(said.fields["analog.value"] == "nan");

  Pmu whole;
  whole.tells(frame(FrameType::configuration_3, "0000" + third_configuration()));
  CHECK(whole.tells(frame(FrameType::data, "0000 03E8 8000 FFF6 0064 8000")).fields["phasor.magnitude"] == "nan");
}

TEST_CASE("Several streams of one end keep their own configurations") {
  Pmu pmu;
  pmu.configures();
  pmu.tells(frame(FrameType::configuration_3, "0000" + third_configuration(), nine, 0, 9));
  CHECK(pmu.answer(example_data).fields["phasor.name"] == "VA VB VC I1");
  CHECK(pmu.tells(frame(FrameType::data, "0000 03E8 2710 FFF6 0064 0005", nine, 0, 9)).fields["phasor.name"] == "U1");
}

TEST_CASE("Configuration 1 tells what could be sent, and data are not read by it") {
  Pmu pmu;
  CHECK(pmu.tells(frame(FrameType::configuration_1, example_configuration())).fields["station_name"] == "Station A");
  pmu.answer(example_data);
  CHECK(pmu.emitted == 0);
}

TEST_CASE("Data frames before any configuration wait for it, with their own time and frame") {
  Pmu pmu;
  pmu.answer(example_data);
  CHECK(pmu.emitted == 0);
  pmu.sends(nine + 1, 0);
  pmu.configures();
  REQUIRE(pmu.emitted == 3);
  CHECK(pmu.all[0].fields["phasor.name"] == "VA VB VC I1");
  CHECK(pmu.all[1].fields["soc"] == std::to_string(nine + 1));
  CHECK(pmu.all[2].code == 3);
  CHECK(pmu.deviations.empty());

  SECTION("and are told raw when none comes") {
    Pmu other;
    other.answer(example_data);
    other.sends(nine + 1, 0, "2000");
    other.close();
    REQUIRE(other.emitted == 2);
    CHECK(other.all[1].fields["stat.sync_lost"] == "true");
    CHECK(other.all[1].fields["data"].starts_with("392b0000"));
    CHECK(other.deviations["data_without_configuration"] == 2);
    other.close();
    CHECK(other.emitted == 0);
  }
  SECTION("and after too many of them, or too long, none waits any more") {
    Pmu other;
    int most = 0;
    for (; most < 1000; ++most) {
      other.sends(nine, most);
      if (other.emitted != 0) break;
    }
    CHECK(other.emitted == most + 1);
    other.sends(nine + 1, 0);
    CHECK(other.emitted == 1);
    Pmu late;
    late.sends(nine, 0);
    late.now += std::chrono::seconds(5);
    late.sends(nine + 5, 0);
    CHECK(late.emitted == 2);
  }
}

TEST_CASE("A data frame that does not fit its configuration is told, and not read by it") {
  Pmu pmu;
  pmu.configures();
  auto const odd = pmu.tells(frame(FrameType::data, stat("0000") + "0000"));
  CHECK(odd.rules() == "c37118.data.size_mismatch");
  CHECK(odd.violations[0].expected == 52);
  CHECK(odd.violations[0].actual == 54);
  CHECK(odd.fields["phasor.name"].empty());
  pmu.lose(Direction::to_client);
  CHECK(pmu.tells(frame(FrameType::data, stat("0000") + "0000")).rules().empty());
}

TEST_CASE("A configuration that differs from the one before is told, the same one again is not") {
  Pmu pmu;
  pmu.configures();
  CHECK(pmu.configures().rules().empty());
  CHECK(pmu.configures(example_configuration("000DF848")).rules() == "c37118.configuration.changed");
  CHECK(pmu.answer(example_data).fields["phasor.magnitude"].starts_with("133987.52"));
  pmu.lose(Direction::to_client);
  CHECK(pmu.configures().rules().empty());
}

TEST_CASE("Time that runs backward is told, of data and of commands") {
  Pmu pmu;
  pmu.configures();
  CHECK(pmu.sends(nine, 0).rules().empty());
  CHECK(pmu.sends(nine - 1, 0).rules().empty());
  CHECK(pmu.sends(nine - 60, 0).rules() == "c37118.time.backward");
  pmu.say(frame(FrameType::command, "0002", nine), Direction::to_server);
  CHECK(pmu.say(frame(FrameType::command, "0002", nine - 9), Direction::to_server).rules() == "c37118.time.backward");
}

TEST_CASE("A clock that jumps ahead of the capture's is told, one that stood still with the network is not") {
  Pmu pmu;
  pmu.configures(example_configuration("000DF847", "0000"));
  pmu.now = from_unix_ns(std::int64_t{nine} * 1'000'000'000);
  CHECK(pmu.sends(nine, 0).rules().empty());
  pmu.now += std::chrono::seconds(10);
  CHECK(pmu.sends(nine + 1, 0).rules().empty());
  CHECK(pmu.sends(nine + 10, 0).rules().empty());
  CHECK(pmu.sends(nine + 3610, 0).rules() == "c37118.time.stepped");
  CHECK(pmu.sends(nine + 3611, 0).rules().empty());
}

TEST_CASE("Two different frames of one moment are told, one frame twice is not") {
  Pmu pmu;
  pmu.configures();
  pmu.sends(nine, 7);
  CHECK(pmu.sends(nine, 7).rules().empty());
  CHECK(pmu.sends(nine, 7, "0001").rules() == "c37118.data.conflicting");
}

TEST_CASE("Frames that the rate of the stream says must have come are counted") {
  Pmu pmu;
  pmu.configures();
  pmu.sends(nine, 0);
  CHECK(pmu.sends(nine, 33'333).rules().empty());
  auto const after = pmu.sends(nine, 166'667);
  CHECK(after.rules() == "c37118.data.frames_missing");
  CHECK(after.violations[0].actual == 3);
  pmu.asks("0001");
  CHECK(pmu.sends(nine + 1, 0).rules().empty());
  pmu.lose(Direction::to_client);
  CHECK(pmu.sends(nine + 1, 500'000).rules().empty());
}

TEST_CASE("A PMU that loses its time or calls its data wrong is told when it begins") {
  Pmu pmu;
  pmu.configures();
  CHECK(pmu.sends(nine, 0, "2000").rules().empty());
  CHECK(pmu.sends(nine, 33'333).rules().empty());
  CHECK(pmu.sends(nine, 66'667, "2000").rules() == "c37118.pmu.sync_lost");
  CHECK(pmu.sends(nine, 100'000, "2000").rules().empty());
  CHECK(pmu.sends(nine, 133'333, "E000").rules() == "c37118.pmu.data_error");
}

TEST_CASE("A frame whose CHK is wrong, whose size lies or whose configuration ends early is malformed") {
  Pmu pmu;
  auto damaged = frame(FrameType::configuration_2, example_configuration());
  damaged[60] ^= 1;
  auto const bad = pmu.tells(damaged);
  REQUIRE(bad.malformed);
  CHECK(bad.malformed->defect == Defect::bad_checksum);
  CHECK(bad.status == Status::malformed);
  auto longer = octets(example_data);
  longer.push_back(0);
  CHECK(pmu.tells(longer).malformed->defect == Defect::trailing);
  auto const many = "000F4240 0002" + example_pmu() + "001E";
  CHECK(pmu.tells(frame(FrameType::configuration_2, many)).malformed->defect == Defect::truncated);
  CHECK(pmu.tells(frame(FrameType::configuration_2, example_configuration() + "00")).malformed->defect ==
        Defect::trailing);
  CHECK(pmu.tells(frame(FrameType::configuration_3, "00")).malformed);
}

TEST_CASE("Types and versions that no edition has are counted") {
  Pmu pmu;
  auto const said = pmu.tells(frame(static_cast<FrameType>(6), "0000"));
  CHECK(said.operation == Operation::other);
  CHECK(pmu.unknowns["frame_type"] == std::vector<std::uint32_t>{6});
  auto later = octets(example_data);
  later[1] = 0x03;
  auto const chk = checksum(Bytes(later).first(later.size() - 2));
  later[later.size() - 2] = static_cast<std::uint8_t>(chk >> 8);
  later.back() = static_cast<std::uint8_t>(chk);
  pmu.configures();
  pmu.tells(later);
  CHECK(pmu.unknowns["version"] == std::vector<std::uint32_t>{3});
}

TEST_CASE("CHK is the CRC-CCITT that begins with ones, for any number of octets") {
  // 0x29B1 is the published check value of this CRC over the nine digits.
  CHECK(checksum(as_bytes("123456789")) == 0x29B1);
  CHECK(checksum(as_bytes("")) == 0xFFFF);
  auto const whole = octets(example_data);
  CHECK(checksum(Bytes(whole).first(whole.size() - 2)) == 0xD43F);
  // A frame with its own CHK behind it leaves nothing.
  for (std::size_t length = 0; length < whole.size(); ++length) {
    std::vector<std::uint8_t> with(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    auto const check = checksum(with);
    with.push_back(static_cast<std::uint8_t>(check >> 8));
    with.push_back(static_cast<std::uint8_t>(check));
    CHECK(checksum(with) == 0);
  }
}

TEST_CASE("Every prefix of a frame is waited for in a stream, and refused as a datagram") {
  auto const whole = octets(example_data);
  CHECK(probe_stream(whole, Direction::to_client) == Likeness::certain);
  CHECK(probe_datagram(whole, Direction::to_client) == Likeness::certain);
  CHECK(c37118::frame(whole).length == whole.size());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    auto const prefix = Bytes(whole).first(length);
    CHECK(probe_stream(prefix, Direction::to_client) < Likeness::plausible);
    CHECK(probe_datagram(prefix, Direction::to_client) == Likeness::no);
    CHECK(c37118::frame(prefix).verdict == Frame::Verdict::more);
    Pmu pmu;
    CHECK(pmu.tells({prefix.begin(), prefix.end()}).malformed);
  }
  auto damaged = whole;
  damaged[20] ^= 1;
  CHECK(probe_stream(damaged, Direction::to_client) == Likeness::no);
  CHECK(c37118::frame(octets("AA01 000F")).verdict == Frame::Verdict::lost);
  CHECK(c37118::frame(octets("AB")).verdict == Frame::Verdict::lost);
}

}  // namespace
}  // namespace greywatch::agent::c37118
