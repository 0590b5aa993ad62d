#include "agent/dissect/http/head.hpp"

#include <algorithm>
#include <array>

namespace greywatch::agent::http {
namespace {

using enum Operation;

constexpr Method methods[] = {
    {"", other},
    {"GET", read},
    {"HEAD", read},
    {"POST", write},
    {"PUT", write},
    {"DELETE", write},
    {"CONNECT", session},
    {"OPTIONS", diagnose},
    {"TRACE", diagnose},
    {"PATCH", write},
    {"PROPFIND", read},
    {"PROPPATCH", write},
    {"MKCOL", file},
    {"COPY", file},
    {"MOVE", file},
    {"LOCK", session},
    {"UNLOCK", session},
    {"SEARCH", read},
    {"REPORT", read},
    {"MKCALENDAR", file},
    {"SUBSCRIBE", session},
    {"UNSUBSCRIBE", session},
    {"NOTIFY", report},
    {"M-SEARCH", read},
    {"BITS_POST", file},
    {"CCM_POST", write},
};

bool is_version(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/1.") && text::is_digit(static_cast<std::uint8_t>(text[7]));
}

/// RFC 9112, 4: version, three digits, a reason that may be empty.
bool read_status_line(std::string_view line, Head& head) {
  if (line.size() < 12 || !is_version(line.substr(0, 8)) || line[8] != ' ') return false;
  auto const status = text::number(line.substr(9, 3));
  if (!status || *status < 100 || (line.size() > 12 && line[12] != ' ')) return false;
  head.request = false;
  head.version = line.substr(0, 8);
  head.status = static_cast<std::uint16_t>(*status);
  head.reason = line.size() > 13 ? line.substr(13) : std::string_view{};
  return true;
}

/// RFC 9112, 3: method, target, version.
bool read_request_line(std::string_view line, Head& head) {
  head.method_name = line.substr(0, line.find(' '));
  head.method = find_method(head.method_name);
  auto const last = line.rfind(' ');
  if (head.method == 0 || last == std::string_view::npos || last <= head.method_name.size()) return false;
  head.version = line.substr(last + 1);
  head.target = text::trimmed(line.substr(head.method_name.size(), last - head.method_name.size()));
  return is_version(head.version) && !head.target.empty();
}

void take_length(std::string_view value, Head& head) {
  auto const length = text::number(value);
  if (!length || (head.content_length && *head.content_length != *length))
    head.bad_length = true;
  else
    head.content_length = length;
}

std::string_view first_word(std::string_view value) { return value.substr(0, value.find(' ')); }

void take_field(std::string_view name, std::string_view value, Head& head) {
  struct Row {
    std::string_view name;
    std::string_view Head::* member;
  };
  static constexpr Row rows[] = {
      {"host", &Head::host},         {"user-agent", &Head::user_agent},
      {"server", &Head::server},     {"content-type", &Head::content_type},
      {"upgrade", &Head::upgrade},   {"transfer-encoding", &Head::transfer_encoding},
      {"location", &Head::location}, {"referer", &Head::referer},
  };
  for (auto const& row : rows)
    if (text::equal_ignoring_case(name, row.name)) {
      head.*row.member = value;
      return;
    }
  if (text::equal_ignoring_case(name, "content-length")) return take_length(value, head);
  // Only how somebody proves who he is, never with what.
  if (text::equal_ignoring_case(name, "authorization")) head.authorization_scheme = first_word(value);
  if (text::equal_ignoring_case(name, "www-authenticate")) head.authenticate_scheme = first_word(value);
}

/// Is chunked the last coding? RFC 9112, 6.1.
bool ends_chunked(std::string_view codings) {
  auto const last = codings.rfind(',');
  return text::equal_ignoring_case(text::trimmed(last == std::string_view::npos ? codings : codings.substr(last + 1)),
                                   "chunked");
}

}  // namespace

std::uint8_t find_method(std::string_view name) {
  auto const found = name.empty() ? std::end(methods) : std::ranges::find(methods, name, &Method::name);
  return found == std::end(methods) ? 0 : static_cast<std::uint8_t>(found - std::begin(methods));
}

Method const& method(std::uint8_t number) { return methods[number < std::size(methods) ? number : 0]; }

Start looks_like_start(Bytes octets) {
  auto const whole = text::line_length(octets, most_head);
  auto line = as_text(octets.first(whole != 0 ? whole - 1 : std::min(octets.size(), most_head)));
  if (whole != 0) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    Head head;
    return read_status_line(line, head) || read_request_line(line, head) ? Start::yes : Start::no;
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  constexpr std::string_view version = "HTTP/1.";
  if (line.starts_with(version) || version.starts_with(line)) return Start::more;
  auto const word = line.substr(0, line.find(' '));
  if (word.size() == line.size())
    return std::ranges::any_of(methods, [&](Method const& row) { return row.name.starts_with(word); }) ? Start::more
                                                                                                       : Start::no;
  return find_method(word) != 0 &&
                 std::ranges::all_of(line, [](char letter) { return letter >= 0x20 && letter != 0x7f; })
             ? Start::more
             : Start::no;
}

std::size_t head_length(Bytes octets) {
  auto const some = as_text(octets.first(std::min(octets.size(), most_head)));
  if (some.starts_with("\n")) return 1;
  if (some.starts_with("\r\n")) return 2;
  for (std::size_t at = 0; (at = some.find('\n', at)) != std::string_view::npos;) {
    auto const next = some.substr(++at, 2);
    if (next.starts_with('\n')) return at + 1;
    if (next == "\r\n") return at + 2;
  }
  return 0;
}

std::optional<Head> read_head(Bytes octets) {
  Head head;
  auto left = octets;
  auto const start = text::take_line(left);
  if (!start || (!read_status_line(*start, head) && !read_request_line(*start, head))) return std::nullopt;
  head.fields = left;
  while (auto const line = text::take_line(left)) {
    auto const colon = line->find(':');
    if (colon == std::string_view::npos) continue;
    take_field(text::trimmed(line->substr(0, colon)), text::trimmed(line->substr(colon + 1)), head);
  }
  head.chunked = ends_chunked(head.transfer_encoding);
  return head;
}

void describe(void const* what, FieldSink& sink) {
  auto const& head = *static_cast<Head const*>(what);
  auto const put = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) sink.field(name, value);
  };
  if (head.request) {
    put("http.request.method", head.method_name);
    put("http.request.target", head.target);
    put("http.request.version", head.version);
  } else {
    sink.field("http.response.status_code", std::uint64_t{head.status});
    put("http.response.reason", head.reason);
    put("http.response.version", head.version);
  }
  put("http.host", head.host);
  put("http.user_agent", head.user_agent);
  put("http.server", head.server);
  put("http.content_type", head.content_type);
  if (head.content_length) sink.field("http.content_length", *head.content_length);
  put("http.transfer_encoding", head.transfer_encoding);
  put("http.upgrade", head.upgrade);
  put("http.location", head.location);
  put("http.referer", head.referer);
  put("http.authorization_scheme", head.authorization_scheme);
  put("http.authenticate_scheme", head.authenticate_scheme);
}

}  // namespace greywatch::agent::http
