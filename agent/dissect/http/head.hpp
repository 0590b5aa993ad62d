#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/dissect/text/text.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::http {

inline constexpr std::size_t most_head = 32'768;

/// IANA, HTTP Method Registry: what is met in practice.
struct Method {
  std::string_view name;
  Operation operation;
};
/// From 1; 0 for a method that is not in the table.
std::uint8_t find_method(std::string_view name);
Method const& method(std::uint8_t number);

/// The start line and the header of a message. RFC 9112, 2. Borrows the octets.
struct Head {
  bool request = true;
  std::uint8_t method = 0;
  std::string_view method_name, target, version;  ///< version: "HTTP/1.1"
  std::uint16_t status = 0;
  std::string_view reason;
  Bytes fields;  ///< the header behind the start line, with the empty line

  std::string_view host, user_agent, server, content_type, transfer_encoding, upgrade, location, referer;
  std::string_view authorization_scheme, authenticate_scheme;
  std::optional<std::uint64_t> content_length;
  bool bad_length = false;  ///< several lengths that differ, or one that is no number
  bool chunked = false;

  std::string_view path() const { return target.substr(0, target.find('?')); }
};

/// Is this the beginning of a head? `more` where the start line is not whole yet.
enum class Start : std::uint8_t { no, more, yes };
Start looks_like_start(Bytes octets);

/// Octets of the head with its empty line; 0 when that has not come yet.
std::size_t head_length(Bytes octets);
/// Reads a whole head. Nothing where its start line is none.
std::optional<Head> read_head(Bytes octets);

/// Observation::describe of a Head.
void describe(void const* head, FieldSink& sink);

}  // namespace greywatch::agent::http
