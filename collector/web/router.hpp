#pragma once
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/web/views.hpp"

namespace greywatch::collector {

/// What is asked, without the octets: made by the server, or by a test.
struct WebRequest {
  std::string method;  ///< "GET", …
  std::string target;  ///< origin form, as received
  std::string accept;
  std::string content_type, content;  ///< where the route takes any
  std::string peer;                   ///< the address that asks
};

struct WebAnswer {
  unsigned status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// One row of the table of what the server answers; docs/openapi.yaml says the same, a test compares.
struct Route {
  std::string_view path;
  std::string_view about;
  std::span<std::string_view const> parameters;
  bool takes_content = false;  ///< POST is answered besides GET and HEAD
};
std::span<Route const> routes();

/// Answers one request; every refusal is application/problem+json (RFC 9457) with a detail that says what to change.
WebAnswer answer(WebRequest const& request, Views& views);

/// An application/problem+json answer.
WebAnswer problem(unsigned status, std::string_view title, std::string_view detail);

/// Whether the request's content is to be read at all.
bool takes_content(std::string_view method, std::string_view target);

/// The longest content that is read, octets; longer ones get 413.
inline constexpr std::size_t longest_content = 256 * 1024;

/// The longest target that is answered, octets; longer ones get 414.
inline constexpr std::size_t longest_target = 2048;

}  // namespace greywatch::collector
