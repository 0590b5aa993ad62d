#pragma once
#include <array>
#include <optional>

#include "agent/dissect/text/utf16.hpp"

namespace greywatch::agent::tds {

/// PRELOGIN, of either end. MS-TDS, 2.2.6.5.
struct Prelogin {
  struct Option {
    std::uint8_t token = 0;
    std::uint16_t offset = 0, length = 0;
  };
  static constexpr std::size_t most_options = 16;
  std::array<Option, most_options> options{};
  std::size_t count = 0;
  text::Fixed<24> version;  ///< "16.0.1000.6"
  std::optional<std::uint8_t> encryption, mars, federated;
  std::string_view instance;
  std::optional<Malformed> malformed;  ///< from the start of the payload
};
Prelogin read_prelogin(Bytes payload);
bool looks_like_prelogin(Bytes payload);

/// LOGIN7. MS-TDS, 2.2.6.4. Of the password only whether there is one.
struct Login {
  static constexpr std::size_t fixed_octets = 94;
  std::uint32_t length = 0, version = 0, packet_size = 0, process = 0;
  std::uint8_t option_flags1 = 0, option_flags2 = 0, type_flags = 0;
  text::Name host, user, application, server, library, language, database;
  bool has_password = false, integrated = false;
  std::optional<Malformed> malformed;
};
Login read_login(Bytes payload);
bool looks_like_login(Bytes payload);

}  // namespace greywatch::agent::tds
