#pragma once
#include <vector>

#include "agent/dissect/iec104/iec104.hpp"
#include "agent/dissect/iec104/session.hpp"
#include "tests/support/exchange.hpp"

namespace greywatch::test {

/// One IEC 104 connection: messages go in, what they said comes out.
class Connection : public Exchange {
 public:
  explicit Connection(bool midstream = false) : Exchange(agent::iec104::dissector, "iec104.") {
    flow.midstream = midstream;
  }
  SaidMessage say(Bytes apdu, agent::Direction way = agent::Direction::to_server) { return Exchange::say(apdu, way); }
  SaidMessage say(std::string_view hex, agent::Direction way = agent::Direction::to_server) {
    return Exchange::say(octets(hex), way);
  }
};

inline std::vector<std::uint8_t> i_format(std::vector<std::uint8_t> const& asdu, unsigned send = 0,
                                          unsigned receive = 0) {
  auto const low = [](unsigned number) { return static_cast<std::uint8_t>(number << 1 & 0xff); };
  auto const high = [](unsigned number) { return static_cast<std::uint8_t>(number >> 7 & 0xff); };
  std::vector<std::uint8_t> apdu{
      0x68, static_cast<std::uint8_t>(asdu.size() + 4), low(send), high(send), low(receive), high(receive)};
  apdu.insert(apdu.end(), asdu.begin(), asdu.end());
  return apdu;
}
inline std::vector<std::uint8_t> i_format(std::string_view asdu, unsigned send = 0, unsigned receive = 0) {
  return i_format(octets(asdu), send, receive);
}
inline std::vector<std::uint8_t> s_format(unsigned receive) {
  return {
      0x68, 4, 1, 0, static_cast<std::uint8_t>(receive << 1 & 0xff), static_cast<std::uint8_t>(receive >> 7 & 0xff)};
}

inline constexpr auto startdt_act = "68 04 07 00 00 00";
inline constexpr auto startdt_con = "68 04 0B 00 00 00";
inline constexpr auto stopdt_act = "68 04 13 00 00 00";
inline constexpr auto stopdt_con = "68 04 23 00 00 00";
inline constexpr auto testfr_act = "68 04 43 00 00 00";
inline constexpr auto testfr_con = "68 04 83 00 00 00";

}  // namespace greywatch::test
