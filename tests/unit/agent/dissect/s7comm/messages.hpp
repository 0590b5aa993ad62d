#pragma once
#include <fmt/format.h>

#include <string>

namespace greywatch::agent::s7comm {

inline std::string hex16(std::size_t value) { return fmt::format("{:04x}", value); }
/// Parts without blanks; a PDU in one TPKT with one data TPDU.
inline std::string tpkt(std::string const& pdu) { return "0300" + hex16(7 + pdu.size() / 2) + "02f080" + pdu; }
inline std::string pdu(char const* rosctr, std::string const& reference, std::string const& parameter,
                       std::string const& data = "", std::string const& error = "") {
  return tpkt("32" + std::string(rosctr) + "0000" + reference + hex16(parameter.size() / 2) + hex16(data.size() / 2) +
              error + parameter + data);
}
inline std::string job(std::string const& reference, std::string const& parameter, std::string const& data = "") {
  return pdu("01", reference, parameter, data);
}
inline std::string acknowledge(std::string const& reference, std::string const& parameter, std::string const& data = "",
                               std::string const& error = "0000") {
  return pdu("03", reference, parameter, data, error);
}

inline std::string user_data(std::string const& reference, std::string const& parameter, std::string const& data) {
  return pdu("07", reference, parameter, data);
}

/// Write of DB131.DBX8.0.
inline std::string const write_bit = job("2700",
                                         "0501"
                                         "120a10010001008384000040",
                                         "0003000101");
inline std::string const setup = job("0001",
                                     "f000"
                                     "0001"
                                     "0001"
                                     "01e0");

}  // namespace greywatch::agent::s7comm
