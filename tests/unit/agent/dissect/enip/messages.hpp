#pragma once
#include <fmt/format.h>

#include <cstddef>
#include <string>

namespace greywatch::agent::enip {

/// Parts, blanks in `cip` only; numbers as the wire has them, lowest octet first.
inline std::string le16(std::size_t value) { return fmt::format("{:02x}{:02x}", value & 255, value >> 8 & 255); }
inline std::string encapsulate(std::string const& command, std::string const& data,
                               std::string const& session = "00010211", std::string const& context = "0102030405060708",
                               std::string const& status = "00000000") {
  return command + le16(data.size() / 2) + session + status + context + "00000000" + data;
}
inline std::string unconnected(std::string cip, std::string const& context = "0102030405060708",
                               std::string const& session = "00010211") {
  std::erase(cip, ' ');
  return encapsulate("6f00",
                     "00000000"
                     "0a00"
                     "0200"
                     "00000000"
                     "b200" +
                         le16(cip.size() / 2) + cip,
                     session, context);
}
inline std::string connected(std::string cip, std::string const& count) {
  std::erase(cip, ' ');
  return encapsulate("7000",
                     "00000000"
                     "0000"
                     "0200"
                     "a100"
                     "0400"
                     "01037900"
                     "b100" +
                         le16(2 + cip.size() / 2) + count + cip);
}

}  // namespace greywatch::agent::enip
