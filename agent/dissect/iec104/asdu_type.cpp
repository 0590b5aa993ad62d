#include "agent/dissect/iec104/asdu_type.hpp"

#include <initializer_list>

namespace greywatch::agent::iec104 {
namespace {

using enum Element;
using enum Structure;
using Op = Operation;

constexpr std::uint64_t causes(std::initializer_list<int> values) {
  std::uint64_t bits = 0;
  for (int value : values) bits |= std::uint64_t{1} << value;
  return bits;
}
constexpr std::uint64_t causes(int first, int last) {
  std::uint64_t bits = 0;
  for (int value = first; value <= last; ++value) bits |= std::uint64_t{1} << value;
  return bits;
}

constexpr auto unknown = causes(44, 47);
constexpr auto interrogated = causes(20, 36);
constexpr auto counted = causes(37, 41);
constexpr auto cyclic = causes({1, 2, 3, 5}) | interrogated;
constexpr auto point = causes({2, 3, 5, 11, 12}) | interrogated;
constexpr auto bitstring = causes({2, 3, 5}) | interrogated;
constexpr auto event = causes({3, 5});
constexpr auto point_event = causes({3, 5, 11, 12});
constexpr auto total = causes({3}) | counted;
constexpr auto command = causes({6, 7, 8, 9, 10}) | unknown;
constexpr auto output = causes({6, 7, 10}) | unknown;
constexpr auto confirmed = causes({6, 7}) | unknown;
constexpr auto parameter = confirmed | interrogated;
constexpr auto file = causes({13}) | unknown;

constexpr AsduType tabulated[] = {
    {1, "M_SP_NA_1", Op::report, objects_or_sequence, point, {siq}},
    {2, "M_SP_TA_1", Op::report, objects, point_event, {siq, cp24}},
    {3, "M_DP_NA_1", Op::report, objects_or_sequence, point, {diq}},
    {4, "M_DP_TA_1", Op::report, objects, point_event, {diq, cp24}},
    {5, "M_ST_NA_1", Op::report, objects_or_sequence, point, {vti, qds}},
    {6, "M_ST_TA_1", Op::report, objects, point_event, {vti, qds, cp24}},
    {7, "M_BO_NA_1", Op::report, objects_or_sequence, bitstring, {bsi, qds}},
    {8, "M_BO_TA_1", Op::report, objects, event, {bsi, qds, cp24}},
    {9, "M_ME_NA_1", Op::report, objects_or_sequence, cyclic, {nva, qds}},
    {10, "M_ME_TA_1", Op::report, objects, event, {nva, qds, cp24}},
    {11, "M_ME_NB_1", Op::report, objects_or_sequence, cyclic, {sva, qds}},
    {12, "M_ME_TB_1", Op::report, objects, event, {sva, qds, cp24}},
    {13, "M_ME_NC_1", Op::report, objects_or_sequence, cyclic, {flt, qds}},
    {14, "M_ME_TC_1", Op::report, objects, event, {flt, qds, cp24}},
    {15, "M_IT_NA_1", Op::report, objects_or_sequence, total, {bcr}},
    {16, "M_IT_TA_1", Op::report, objects, total, {bcr, cp24}},
    {17, "M_EP_TA_1", Op::report, objects, causes({3}), {sep, cp16, cp24}},
    {18, "M_EP_TB_1", Op::report, single, causes({3}), {spe, qdp, cp16, cp24}},
    {19, "M_EP_TC_1", Op::report, single, causes({3}), {oci, qdp, cp16, cp24}},
    {20, "M_PS_NA_1", Op::report, objects_or_sequence, point, {scd, qds}},
    {21, "M_ME_ND_1", Op::report, objects_or_sequence, cyclic, {nva}},
    {30, "M_SP_TB_1", Op::report, objects, point_event, {siq, cp56}},
    {31, "M_DP_TB_1", Op::report, objects, point_event, {diq, cp56}},
    {32, "M_ST_TB_1", Op::report, objects, point_event, {vti, qds, cp56}},
    {33, "M_BO_TB_1", Op::report, objects, event, {bsi, qds, cp56}},
    {34, "M_ME_TD_1", Op::report, objects, event, {nva, qds, cp56}},
    {35, "M_ME_TE_1", Op::report, objects, event, {sva, qds, cp56}},
    {36, "M_ME_TF_1", Op::report, objects, event, {flt, qds, cp56}},
    {37, "M_IT_TB_1", Op::report, objects, total, {bcr, cp56}},
    {38, "M_EP_TD_1", Op::report, objects, causes({3}), {sep, cp16, cp56}},
    {39, "M_EP_TE_1", Op::report, single, causes({3}), {spe, qdp, cp16, cp56}},
    {40, "M_EP_TF_1", Op::report, single, causes({3}), {oci, qdp, cp16, cp56}},
    {45, "C_SC_NA_1", Op::control, single, command, {sco}},
    {46, "C_DC_NA_1", Op::control, single, command, {dco}},
    {47, "C_RC_NA_1", Op::control, single, command, {rco}},
    {48, "C_SE_NA_1", Op::write, single, command, {nva, qos}},
    {49, "C_SE_NB_1", Op::write, single, command, {sva, qos}},
    {50, "C_SE_NC_1", Op::write, single, command, {flt, qos}},
    {51, "C_BO_NA_1", Op::write, single, output, {bsi}},
    {58, "C_SC_TA_1", Op::control, single, command, {sco, cp56}},
    {59, "C_DC_TA_1", Op::control, single, command, {dco, cp56}},
    {60, "C_RC_TA_1", Op::control, single, command, {rco, cp56}},
    {61, "C_SE_TA_1", Op::write, single, command, {nva, qos, cp56}},
    {62, "C_SE_TB_1", Op::write, single, command, {sva, qos, cp56}},
    {63, "C_SE_TC_1", Op::write, single, command, {flt, qos, cp56}},
    {64, "C_BO_TA_1", Op::write, single, output, {bsi, cp56}},
    {70, "M_EI_NA_1", Op::report, single, causes({4}), {coi}},
    {100, "C_IC_NA_1", Op::read, single, command, {qoi}},
    {101, "C_CI_NA_1", Op::read, single, command, {qcc}},
    {102, "C_RD_NA_1", Op::read, single, causes({5}) | unknown, {}},
    {103, "C_CS_NA_1", Op::time, single, causes({3}) | confirmed, {cp56}},
    {104, "C_TS_NA_1", Op::diagnose, single, confirmed, {fbp}},
    {105, "C_RP_NA_1", Op::control, single, confirmed, {qrp}},
    {106, "C_CD_NA_1", Op::time, single, causes({3}) | confirmed, {cp16}},
    {107, "C_TS_TA_1", Op::diagnose, single, confirmed, {tsc, cp56}},
    {110, "P_ME_NA_1", Op::configure, single, parameter, {nva, qpm}},
    {111, "P_ME_NB_1", Op::configure, single, parameter, {sva, qpm}},
    {112, "P_ME_NC_1", Op::configure, single, parameter, {flt, qpm}},
    {113, "P_AC_NA_1", Op::configure, single, causes({6, 7, 8, 9}) | unknown, {qpa}},
    {120, "F_FR_NA_1", Op::file, single, file, {nof, lof, frq}},
    {121, "F_SR_NA_1", Op::file, single, file, {nof, nos, lof, srq}},
    {122, "F_SC_NA_1", Op::file, single, file | causes({5}), {nof, nos, scq}},
    {123, "F_LS_NA_1", Op::file, single, file, {nof, nos, lsq, chs}},
    {124, "F_AF_NA_1", Op::file, single, file, {nof, nos, afq}},
    {125, "F_SG_NA_1", Op::file, single, file, {nof, nos, los, segment}},
    {126, "F_DR_TA_1", Op::file, sequence, causes({3, 5}), {nof, lof, sof, cp56}},
    {127, "F_SC_NB_1", Op::file, single, file | causes({5}), {nof, cp56_start, cp56_stop}},
};

constexpr bool selects(Element element) { return element == sco || element == dco || element == rco || element == qos; }

constexpr auto types = [] {
  auto all = std::to_array(tabulated);
  for (auto& type : all) {
    for (auto element : type.elements) {
      if (selects(element)) type.select_at = type.octets;
      type.octets = static_cast<std::uint8_t>(type.octets + octets(element));
    }
  }
  return all;
}();

/// Position of each id in `types` plus one; 0 where there is none.
constexpr auto positions = [] {
  std::array<std::uint8_t, 256> at{};
  for (std::size_t n = 0; n < types.size(); ++n) at[types[n].id] = static_cast<std::uint8_t>(n + 1);
  return at;
}();

/// What real stations do with all process information (1 to 40), however it is tagged.
constexpr auto practice = cyclic | point_event | counted;
constexpr auto defined = causes(1, 13) | causes(20, 41) | unknown;

constexpr bool among(std::uint64_t set, std::uint8_t cause) { return cause < 64 && (set >> cause & 1) != 0; }

}  // namespace

AsduType const* find_type(std::uint8_t id) { return positions[id] == 0 ? nullptr : &types[positions[id] - 1]; }

std::span<AsduType const> asdu_types() { return types; }

bool permits(AsduType const& type, std::uint8_t cause) {
  return among(type.id <= 40 ? type.causes | practice : type.causes, cause);
}

bool defined_cause(std::uint8_t cause) { return among(defined, cause); }

}  // namespace greywatch::agent::iec104
