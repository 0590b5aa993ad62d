#include "agent/dissect/iec104/asdu.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/agent/dissect/iec104/recorder.hpp"

using namespace greywatch;
using namespace greywatch::agent;
using namespace greywatch::agent::iec104;
using namespace greywatch::test;

namespace {

/// One ASDU written by hand after IEC 60870-5-101:2003, 7.3 (58 to 64, 107, 127: IEC 60870-5-104:2006, clause 8).
struct Example {
  std::uint8_t id;
  char const* name;
  char const* asdu;
  std::vector<std::pair<char const*, char const*>> fields;
};

// CP24Time2a: 59.999 s, minute 13. CP56Time2a: 2008-12-24 13:13:59.999, a Wednesday, summer time.
#define CP24 "5F EA 0D"
#define CP56 "5F EA 0D 8D 78 0C 08"

std::vector<Example> const examples{
    {1,
     "M_SP_NA_1",
     "01 02 14 00 0A 00 64 00 00 01 65 00 00 F0",
     {{"ioa", "100 101"},
      {"siq.spi", "true false"},
      {"siq.bl", "false true"},
      {"siq.sb", "false true"},
      {"siq.nt", "false true"},
      {"siq.iv", "false true"}}},
    {2,
     "M_SP_TA_1",
     "02 01 03 00 0A 00 64 00 00 01 " CP24,
     {{"siq.spi", "true"},
      {"cp24time2a.milliseconds", "59999"},
      {"cp24time2a.minutes", "13"},
      {"cp24time2a.iv", "false"}}},
    {3,
     "M_DP_NA_1",
     "03 83 14 00 0A 00 64 00 00 01 02 83",
     {{"sq", "true"}, {"ioa", "100 101 102"}, {"diq.dpi", "1 2 3"}, {"diq.iv", "false false true"}}},
    {4, "M_DP_TA_1", "04 01 03 00 0A 00 64 00 00 02 " CP24, {{"diq.dpi", "2"}, {"cp24time2a.minutes", "13"}}},
    {5,
     "M_ST_NA_1",
     "05 82 14 00 0A 00 64 00 00 C0 00 3F 80",
     {{"vti.value", "-64 63"}, {"vti.transient", "true false"}, {"qds.iv", "false true"}}},
    {6, "M_ST_TA_1", "06 01 03 00 0A 00 64 00 00 7F 01 " CP24, {{"vti.value", "-1"}, {"qds.ov", "true"}}},
    {7, "M_BO_NA_1", "07 01 14 00 0A 00 64 00 00 78 56 34 12 10", {{"bsi", "305419896"}, {"qds.bl", "true"}}},
    {8, "M_BO_TA_1", "08 01 03 00 0A 00 64 00 00 01 00 00 80 20 " CP24, {{"bsi", "2147483649"}, {"qds.sb", "true"}}},
    {9,
     "M_ME_NA_1",
     "09 82 01 00 0A 00 64 00 00 00 80 00 00 40 40",
     {{"nva", "-1.000000 0.500000"}, {"qds.nt", "false true"}}},
    {10, "M_ME_TA_1", "0A 01 03 00 0A 00 64 00 00 00 C0 00 " CP24, {{"nva", "-0.500000"}}},
    {11, "M_ME_NB_1", "0B 82 02 00 0A 00 64 00 00 FF FF 00 FF 7F 00", {{"sva", "-1 32767"}}},
    {12, "M_ME_TB_1", "0C 01 03 00 0A 00 64 00 00 00 80 00 " CP24, {{"sva", "-32768"}}},
    {13, "M_ME_NC_1", "0D 01 05 00 0A 00 64 00 00 00 00 48 42 00", {{"float", "50.000000"}, {"cause", "5"}}},
    {14, "M_ME_TC_1", "0E 01 03 00 0A 00 64 00 00 00 00 80 BF 00 " CP24, {{"float", "-1.000000"}}},
    {15,
     "M_IT_NA_1",
     "0F 81 25 00 0A 00 64 00 00 FE FF FF FF E3",
     {{"bcr.counter", "-2"}, {"bcr.sequence", "3"}, {"bcr.cy", "true"}, {"bcr.ca", "true"}, {"bcr.iv", "true"}}},
    {16,
     "M_IT_TA_1",
     "10 01 25 00 0A 00 64 00 00 01 00 00 00 1F " CP24,
     {{"bcr.counter", "1"}, {"bcr.sequence", "31"}}},
    {17,
     "M_EP_TA_1",
     "11 01 03 00 0A 00 64 00 00 0A 10 27 " CP24,
     {{"sep.es", "2"}, {"sep.ei", "true"}, {"cp16time2a", "10000"}, {"cp24time2a.minutes", "13"}}},
    {18,
     "M_EP_TB_1",
     "12 01 03 00 0A 00 64 00 00 2B 08 10 27 " CP24,
     {{"spe.gs", "true"},
      {"spe.sl1", "true"},
      {"spe.sl2", "false"},
      {"spe.sl3", "true"},
      {"spe.sie", "false"},
      {"spe.srd", "true"},
      {"qdp.ei", "true"}}},
    {19,
     "M_EP_TC_1",
     "13 01 03 00 0A 00 64 00 00 0D 80 10 27 " CP24,
     {{"oci.gc", "true"}, {"oci.cl1", "false"}, {"oci.cl2", "true"}, {"oci.cl3", "true"}, {"qdp.iv", "true"}}},
    {20,
     "M_PS_NA_1",
     "14 01 14 00 0A 00 64 00 00 01 80 03 00 00",
     {{"scd.st", "32769"}, {"scd.cd", "3"}, {"qds.iv", "false"}}},
    {21, "M_ME_ND_1", "15 82 01 00 0A 00 64 00 00 00 40 00 20", {{"ioa", "100 101"}, {"nva", "0.500000 0.250000"}}},
    {30,
     "M_SP_TB_1",
     "1E 01 03 00 0A 00 64 00 00 01 " CP56,
     {{"cp56time2a.milliseconds", "59999"},
      {"cp56time2a.minutes", "13"},
      {"cp56time2a.hours", "13"},
      {"cp56time2a.su", "true"},
      {"cp56time2a.day_of_month", "24"},
      {"cp56time2a.day_of_week", "3"},
      {"cp56time2a.month", "12"},
      {"cp56time2a.year", "8"},
      {"cp56time2a.iv", "false"},
      {"cp56time2a.time", "2008-12-24T13:13:59.999Z"}}},
    {31, "M_DP_TB_1", "1F 01 03 00 0A 00 64 00 00 01 " CP56, {{"diq.dpi", "1"}}},
    {32, "M_ST_TB_1", "20 01 03 00 0A 00 64 00 00 05 00 " CP56, {{"vti.value", "5"}}},
    {33, "M_BO_TB_1", "21 01 03 00 0A 00 64 00 00 02 00 00 00 00 " CP56, {{"bsi", "2"}}},
    {34, "M_ME_TD_1", "22 01 03 00 0A 00 64 00 00 00 40 00 " CP56, {{"nva", "0.500000"}}},
    {35,
     "M_ME_TE_1",
     "23 02 03 00 0A 00 64 00 00 07 00 00 " CP56 "65 00 00 08 00 00 " CP56,
     {{"sva", "7 8"}, {"cp56time2a.year", "8 8"}}},
    {36, "M_ME_TF_1", "24 01 03 00 0A 00 64 00 00 00 00 00 40 00 " CP56, {{"float", "2.000000"}}},
    {37, "M_IT_TB_1", "25 01 25 00 0A 00 64 00 00 09 00 00 00 01 " CP56, {{"bcr.counter", "9"}}},
    {38, "M_EP_TD_1", "26 01 03 00 0A 00 64 00 00 01 05 00 " CP56, {{"sep.es", "1"}, {"cp16time2a", "5"}}},
    {39, "M_EP_TE_1", "27 01 03 00 0A 00 64 00 00 10 00 05 00 " CP56, {{"spe.sie", "true"}, {"qdp.bl", "false"}}},
    {40, "M_EP_TF_1", "28 01 03 00 0A 00 64 00 00 02 10 05 00 " CP56, {{"oci.cl1", "true"}, {"qdp.bl", "true"}}},
    {45, "C_SC_NA_1", "2D 01 06 00 0A 00 64 00 00 85", {{"sco.scs", "true"}, {"sco.qu", "1"}, {"sco.se", "true"}}},
    {46, "C_DC_NA_1", "2E 01 06 00 0A 00 64 00 00 0E", {{"dco.dcs", "2"}, {"dco.qu", "3"}, {"dco.se", "false"}}},
    {47, "C_RC_NA_1", "2F 01 06 00 0A 00 64 00 00 01", {{"rco.rcs", "1"}, {"rco.qu", "0"}, {"rco.se", "false"}}},
    {48,
     "C_SE_NA_1",
     "30 01 06 00 0A 00 64 00 00 00 C0 81",
     {{"nva", "-0.500000"}, {"qos.ql", "1"}, {"qos.se", "true"}}},
    {49, "C_SE_NB_1", "31 01 06 00 0A 00 64 00 00 2A 00 00", {{"sva", "42"}, {"qos.se", "false"}}},
    {50, "C_SE_NC_1", "32 01 06 00 0A 00 64 00 00 00 00 C8 42 00", {{"float", "100.000000"}, {"qos.ql", "0"}}},
    {51, "C_BO_NA_1", "33 01 06 00 0A 00 64 00 00 0F 00 00 00", {{"bsi", "15"}}},
    {58, "C_SC_TA_1", "3A 01 06 00 0A 00 64 00 00 01 " CP56, {{"sco.scs", "true"}, {"cp56time2a.day_of_month", "24"}}},
    {59, "C_DC_TA_1", "3B 01 06 00 0A 00 64 00 00 02 " CP56, {{"dco.dcs", "2"}}},
    {60, "C_RC_TA_1", "3C 01 06 00 0A 00 64 00 00 02 " CP56, {{"rco.rcs", "2"}}},
    {61, "C_SE_TA_1", "3D 01 06 00 0A 00 64 00 00 00 40 00 " CP56, {{"nva", "0.500000"}}},
    {62, "C_SE_TB_1", "3E 01 06 00 0A 00 64 00 00 01 00 00 " CP56, {{"sva", "1"}}},
    {63, "C_SE_TC_1", "3F 01 06 00 0A 00 64 00 00 00 00 80 3F 00 " CP56, {{"float", "1.000000"}}},
    {64, "C_BO_TA_1", "40 01 06 00 0A 00 64 00 00 01 00 00 00 " CP56, {{"bsi", "1"}}},
    {70, "M_EI_NA_1", "46 01 04 00 0A 00 00 00 00 82", {{"coi.cause", "2"}, {"coi.after_parameter_change", "true"}}},
    {100, "C_IC_NA_1", "64 01 06 07 0A 00 00 00 00 14", {{"qoi", "20"}, {"originator_address", "7"}}},
    {101, "C_CI_NA_1", "65 01 06 00 0A 00 00 00 00 45", {{"qcc.rqt", "5"}, {"qcc.frz", "1"}}},
    {102, "C_RD_NA_1", "66 01 05 00 0A 00 64 00 01", {{"ioa", "65636"}}},
    {103, "C_CS_NA_1", "67 01 06 00 0A 00 00 00 00 " CP56, {{"cp56time2a.time", "2008-12-24T13:13:59.999Z"}}},
    {104, "C_TS_NA_1", "68 01 06 00 0A 00 00 00 00 AA 55", {{"fbp", "21930"}}},
    {105, "C_RP_NA_1", "69 01 06 00 0A 00 00 00 00 01", {{"qrp", "1"}}},
    {106, "C_CD_NA_1", "6A 01 06 00 0A 00 00 00 00 E8 03", {{"cp16time2a", "1000"}}},
    {107, "C_TS_TA_1", "6B 01 06 00 0A 00 00 00 00 05 00 " CP56, {{"tsc", "5"}, {"cp56time2a.month", "12"}}},
    {110,
     "P_ME_NA_1",
     "6E 01 06 00 0A 00 64 00 00 00 20 C1",
     {{"nva", "0.250000"}, {"qpm.kpa", "1"}, {"qpm.lpc", "true"}, {"qpm.pop", "true"}}},
    {111, "P_ME_NB_1", "6F 01 06 00 0A 00 64 00 00 05 00 03", {{"sva", "5"}, {"qpm.kpa", "3"}}},
    {112, "P_ME_NC_1", "70 01 06 00 0A 00 64 00 00 00 00 00 3F 04", {{"float", "0.500000"}, {"qpm.kpa", "4"}}},
    {113, "P_AC_NA_1", "71 01 06 00 0A 00 64 00 00 03", {{"qpa", "3"}}},
    {120,
     "F_FR_NA_1",
     "78 01 0D 00 0A 00 64 00 00 02 01 10 00 01 80",
     {{"nof", "258"}, {"lof", "65552"}, {"frq.qualifier", "0"}, {"frq.negative", "true"}}},
    {121,
     "F_SR_NA_1",
     "79 01 0D 00 0A 00 64 00 00 01 00 02 10 00 00 80",
     {{"nos", "2"}, {"lof", "16"}, {"srq.not_ready", "true"}}},
    {122, "F_SC_NA_1", "7A 01 0D 00 0A 00 64 00 00 01 00 02 12", {{"scq.qualifier", "2"}, {"scq.error", "1"}}},
    {123, "F_LS_NA_1", "7B 01 0D 00 0A 00 64 00 00 01 00 02 03 5A", {{"lsq", "3"}, {"chs", "90"}}},
    {124, "F_AF_NA_1", "7C 01 0D 00 0A 00 64 00 00 01 00 02 23", {{"afq.qualifier", "3"}, {"afq.error", "2"}}},
    {125, "F_SG_NA_1", "7D 01 0D 00 0A 00 64 00 00 01 00 02 04 DE AD BE EF", {{"nos", "2"}, {"los", "4"}}},
    {126,
     "F_DR_TA_1",
     "7E 82 05 00 0A 00 64 00 00 01 00 10 00 00 20 " CP56 "02 00 20 00 00 C1 " CP56,
     {{"ioa", "100 101"},
      {"nof", "1 2"},
      {"lof", "16 32"},
      {"sof.lfd", "true false"},
      {"sof.status", "0 1"},
      {"sof.for", "false true"},
      {"sof.fa", "false true"}}},
    {127,
     "F_SC_NB_1",
     "7F 01 0D 00 0A 00 64 00 00 01 00 " CP56 CP56,
     {{"nof", "1"}, {"range_start", "2008-12-24T13:13:59.999Z"}, {"range_stop", "2008-12-24T13:13:59.999Z"}}},
};

}  // namespace

TEST_CASE("every type identification of the standard is read with all its elements", "[dissect][iec104]") {
  for (auto const& example : examples) {
    INFO(example.name);
    Connection connection(true);
    auto const said = connection.say(i_format(example.asdu));
    CHECK(said.fields["type"] == example.name);
    CHECK(said.code == example.id);
    CHECK_FALSE(said.malformed);
    CHECK(said.rules().empty());
    CHECK(connection.unknowns.empty());
    CHECK(said.target.unit == 10);
    for (auto const& [field, value] : example.fields) {
      INFO(field);
      CHECK(said.fields[field] == value);
    }
  }
}

TEST_CASE("the examples are all there is in the table", "[dissect][iec104]") {
  REQUIRE(examples.size() == asdu_types().size());
  for (std::size_t n = 0; n < examples.size(); ++n) CHECK(examples[n].id == asdu_types()[n].id);
}

TEST_CASE("no prefix of an ASDU is one, nor an ASDU with an octet more", "[dissect][iec104]") {
  for (auto const& example : examples) {
    INFO(example.name);
    auto asdu = octets(example.asdu);
    REQUIRE(read_asdu(asdu, standard_sizes));
    for (std::size_t n = 0; n < asdu.size(); ++n) {
      auto const refused = read_asdu(Bytes(asdu).first(n), standard_sizes);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().defect == Defect::truncated);
      CHECK(refused.error().offset <= n);
      // What a hostile length leaves is still described as far as it goes.
      auto const said = Connection(true).say(i_format({asdu.begin(), asdu.begin() + static_cast<std::ptrdiff_t>(n)}));
      CHECK(said.malformed);
      CHECK(said.status == Status::malformed);
    }
    asdu.push_back(0);
    auto const longer = read_asdu(asdu, standard_sizes);
    REQUIRE_FALSE(longer);
    CHECK(longer.error().defect == Defect::trailing);
    CHECK(longer.error().offset == asdu.size() - 1);
  }
}

TEST_CASE("an identifier that was cut off is described as far as it goes", "[dissect][iec104]") {
  auto const asdu = octets("01 02 14 07 0A 00 64 00 00 01 65 00 00 F0");
  auto const fields = [&](std::ptrdiff_t n) {
    return Connection(true).say(i_format({asdu.begin(), asdu.begin() + n})).fields;
  };
  CHECK(fields(1)["type"] == "M_SP_NA_1");
  CHECK(fields(1)["sq"].empty());
  CHECK(fields(2)["number_of_objects"] == "2");
  CHECK(fields(2)["cause"].empty());
  CHECK(fields(3)["cause"] == "20");
  CHECK(fields(3)["originator_address"].empty());
  CHECK(fields(4)["originator_address"] == "7");
  CHECK(fields(5)["common_address"].empty());
  CHECK(fields(6)["common_address"] == "10");
  CHECK(fields(8)["ioa"].empty());
  CHECK(fields(9)["ioa"] == "100");
  CHECK(fields(9)["siq.spi"].empty());
}

TEST_CASE("a count that lies reads no octet that is not there", "[dissect][iec104]") {
  for (auto const& example : examples) {
    INFO(example.name);
    for (unsigned structure = 0; structure < 256; ++structure) {
      auto asdu = octets(example.asdu);
      auto const honest = asdu[1] == structure;
      asdu[1] = static_cast<std::uint8_t>(structure);
      auto const single_object = (asdu[1] & 0x7f) == 1 && (octets(example.asdu)[1] & 0x7f) == 1;
      auto const said = Connection(true).say(i_format(asdu));
      auto const addresses = said.fields["ioa"];
      CHECK(std::count(addresses.begin(), addresses.end(), ' ') <= asdu[1] % 128);
      // A sequence of other length may fit by chance, and a read command has no elements to miss.
      if (structure < 0x80) CHECK(said.malformed.has_value() == !(honest || single_object));
    }
  }
}

TEST_CASE("types outside the tables stay opaque and are counted", "[dissect][iec104]") {
  for (unsigned id = 0; id < 256; ++id) {
    if (find_type(static_cast<std::uint8_t>(id))) continue;
    INFO(id);
    auto asdu = octets("00 02 03 00 0A 00 64 00 00 01 02 03");
    asdu[0] = static_cast<std::uint8_t>(id);
    Connection connection(true);
    auto const said = connection.say(i_format(asdu));
    CHECK_FALSE(said.malformed);
    CHECK(said.operation == Operation::other);
    CHECK(said.code == id);
    CHECK(connection.unknowns["type_id"] == std::vector<std::uint32_t>{id});
    auto const secure = without_object(static_cast<std::uint8_t>(id));
    CHECK(said.fields["ioa"] == (secure ? "" : "100"));
    CHECK(said.fields["opaque_octets"] == (secure ? "6" : "3"));
    CHECK(said.target.object == (secure ? 0 : 100));
  }
}

TEST_CASE("a segment is as long as its own length says", "[dissect][iec104]") {
  CHECK(read_asdu(octets("7D 01 0D 00 0A 00 64 00 00 01 00 02 00"), standard_sizes));
  CHECK_FALSE(read_asdu(octets("7D 01 0D 00 0A 00 64 00 00 01 00 02 05 DE AD BE EF"), standard_sizes));
  CHECK_FALSE(read_asdu(octets("7D 01 0D 00 0A 00 64 00 00 01 00 02 03 DE AD BE EF"), standard_sizes));
}

TEST_CASE("an ASDU with the field sizes of IEC 60870-5-101 is told as such and read all the same",
          "[dissect][iec104]") {
  // Cause 1 octet, common address 1, object address 2: C_SC_NA_1 on, common address 3, object 258.
  Connection connection(true);
  auto const said = connection.say(i_format("2D 01 06 03 02 01 01"));
  REQUIRE(said.malformed);
  CHECK(said.malformed->field == "field_sizes");
  CHECK(said.malformed->offset == 6);
  CHECK(said.target.unit == 3);
  CHECK(said.target.object == 258);
  CHECK(said.value == 1.0);
  CHECK(said.fields["originator_address"].empty());
  CHECK(connection.unknowns["field_sizes"] == std::vector<std::uint32_t>{112});
  // Two objects tell address sizes apart: cause 1, common address 2, object address 2.
  CHECK(deviating_sizes(octets("01 02 03 0A 00 01 00 01 02 00 00")) == FieldSizes{1, 2, 2});
  CHECK_FALSE(deviating_sizes(octets("01 02 03")));
}

TEST_CASE("a time that is no instant has no text", "[dissect][iec104]") {
  char text[24];
  auto const is_instant = [&](std::string_view hex) { return to_text(little_endian(octets(hex)), text); };
  CHECK(is_instant("00 00 00 00 01 01 00"));
  CHECK(std::string_view(text, 24) == "2000-01-01T00:00:00.000Z");
  CHECK(is_instant("00 00 00 00 1D 02 00"));
  CHECK_FALSE(is_instant("00 00 00 00 1F 02 08"));
  CHECK_FALSE(is_instant("00 00 00 00 00 01 08"));
  CHECK_FALSE(is_instant("00 00 00 00 01 00 08"));
  CHECK_FALSE(is_instant("00 00 00 00 01 0D 08"));
  CHECK_FALSE(is_instant("60 EA 00 00 01 01 08"));
  CHECK_FALSE(is_instant("00 00 3C 00 01 01 08"));
  CHECK_FALSE(is_instant("00 00 00 18 01 01 08"));
}
