#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/yaml.hpp"

namespace greywatch::yaml {

namespace {

/// The text of a scalar, else an error that says what was wanted.
std::string const* scalar(Node const& node, std::string_view wanted, Errors& errors) {
  if (node.kind == Kind::scalar) return &node.text;
  errors.add(node.at, fmt::format("expected {}, found {}", wanted, name(node.kind)));
  return nullptr;
}

bool wrong(Node const& node, std::string_view wanted, Errors& errors) {
  errors.add(node.at, fmt::format("\"{}\" is not {}", node.text, wanted));
  return false;
}

template <class T>
bool number(Node const& node, std::string_view wanted, T& into, Errors& errors) {
  auto const* text = scalar(node, wanted, errors);
  if (!text) return false;
  T value{};
  auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (node.quoted || error != std::errc{} || end != text->data() + text->size()) return wrong(node, wanted, errors);
  into = value;
  return true;
}

template <class T, class Parse>
bool parsed(Node const& node, std::string_view wanted, Parse parse, T& into, Errors& errors) {
  auto const* text = scalar(node, wanted, errors);
  if (!text) return false;
  auto const value = parse(*text);
  if (!value) return wrong(node, wanted, errors);
  into = *value;
  return true;
}

struct Unit {
  std::string_view name;
  std::uint64_t octets;
};
constexpr Unit units[] = {{"TiB", 1ULL << 40},
                          {"GiB", 1ULL << 30},
                          {"MiB", 1ULL << 20},
                          {"KiB", 1ULL << 10},
                          {"GB", 1'000'000'000},
                          {"MB", 1'000'000},
                          {"kB", 1'000},
                          {"B", 1},
                          {"", 1}};

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t const best = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = std::exchange(row[j], best);
    }
  }
  return row.back();
}

}  // namespace

std::optional<Size> parse_size(std::string_view text) {
  std::uint64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  for (auto const& unit : units)
    if (text == unit.name) {
      if (value > std::numeric_limits<std::int64_t>::max() / unit.octets) return std::nullopt;
      return Size{value * unit.octets};
    }
  return std::nullopt;
}

std::string to_string(Size size) {
  for (auto const& unit : units)
    if (unit.octets > 1 && (unit.octets & (unit.octets - 1)) == 0 && size.octets && size.octets % unit.octets == 0)
      return fmt::format("{}{}", size.octets / unit.octets, unit.name);
  return fmt::format("{}", size.octets);
}

std::string to_string(Duration duration) {
  using namespace std::chrono_literals;
  struct Step {
    Duration length;
    std::string_view name;
  };
  static constexpr Step steps[] = {{24h, "d"}, {1h, "h"}, {1min, "m"}, {1s, "s"}, {1ms, "ms"}, {1us, "us"}};
  std::string out;
  for (auto const& [length, suffix] : steps)
    if (duration >= length) {
      out += fmt::format("{}{}", duration / length, suffix);
      duration %= length;
    }
  return out.empty() ? "0s" : out;
}

std::optional<SocketAddress> parse_socket_address(std::string_view text) {
  auto const colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  auto host = text.substr(0, colon);
  auto const digits = text.substr(colon + 1);
  bool const bracketed = host.front() == '[';
  if (bracketed) {
    if (host.size() < 2 || host.back() != ']') return std::nullopt;
    host = host.substr(1, host.size() - 2);
  }
  auto const ip = parse_ip(host);
  std::uint16_t port = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (!ip || bracketed != (ip->version == 6) || error != std::errc{} || end != digits.data() + digits.size())
    return std::nullopt;
  return SocketAddress{*ip, port};
}

std::string to_string(SocketAddress const& address) {
  auto const ip = to_string(address.ip);
  return address.ip.version == 6 ? fmt::format("[{}]:{}", ip, address.port) : fmt::format("{}:{}", ip, address.port);
}

bool read(Node const& node, bool& into, Errors& errors) {
  auto const* text = scalar(node, "true or false", errors);
  if (!text) return false;
  if (node.quoted || (*text != "true" && *text != "false")) return wrong(node, "true or false", errors);
  into = *text == "true";
  return true;
}
bool read(Node const& node, std::int64_t& into, Errors& errors) { return number(node, "a whole number", into, errors); }
bool read(Node const& node, std::uint64_t& into, Errors& errors) {
  return number(node, "a whole number from 0", into, errors);
}
bool read(Node const& node, double& into, Errors& errors) {
  double value = 0;
  if (!number(node, "a number", value, errors)) return false;
  if (!std::isfinite(value)) return wrong(node, "a finite number", errors);
  into = value;
  return true;
}
bool read(Node const& node, std::string& into, Errors& errors) {
  auto const* text = scalar(node, "text", errors);
  if (!text) return false;
  if (text->empty()) {
    errors.add(node.at, "expected text, found an empty one");
    return false;
  }
  into = *text;
  return true;
}
bool read(Node const& node, std::filesystem::path& into, Errors& errors) {
  std::string text;
  if (!read(node, text, errors)) return false;
  into = text;
  return true;
}
bool read(Node const& node, Duration& into, Errors& errors) {
  return parsed(node, "a duration such as 90s, 15m, 12h or 7d", parse_duration, into, errors);
}
bool read(Node const& node, Time& into, Errors& errors) {
  return parsed(node, "an RFC 3339 time such as 2026-11-22T09:46:14Z", parse_rfc3339, into, errors);
}
bool read(Node const& node, Size& into, Errors& errors) {
  return parsed(node, "a size such as 512KiB, 64MiB or 2GiB", parse_size, into, errors);
}
bool read(Node const& node, Ip& into, Errors& errors) { return parsed(node, "an IP address", parse_ip, into, errors); }
bool read(Node const& node, Prefix& into, Errors& errors) {
  return parsed(node, "a network such as 10.0.0.0/8", parse_prefix, into, errors);
}
bool read(Node const& node, SocketAddress& into, Errors& errors) {
  return parsed(node, "an address with a port such as 127.0.0.1:9464 or [::1]:9464", parse_socket_address, into,
                errors);
}

std::string describe(double value) { return fmt::format("{}", value); }
std::string describe(std::int64_t value) { return fmt::format("{}", value); }
std::string describe(std::uint64_t value) { return fmt::format("{}", value); }

Mapping::Mapping(Node const& node, Errors& errors) : node_(node), errors_(errors), usable_(node.kind == Kind::mapping) {
  if (!usable_) errors.add(node.at, fmt::format("expected a mapping, found {}", name(node.kind)));
}

Node const* Mapping::want(std::string_view key, bool must) {
  if (std::ranges::find(known_, key) == known_.end()) known_.emplace_back(key);
  auto const* found = node_.find(key);
  if (found && found->kind == Kind::null) found = nullptr;
  if (!found && must && usable_) errors_.add(where(key), fmt::format("\"{}\" is missing", key));
  return found;
}

Mark Mapping::where(std::string_view key) const {
  for (auto const& one : node_.keys)
    if (one.text == key) return one.at;
  return node_.at;
}

void Mapping::error(Node const& at, std::string_view text) {
  errors_.add(at.at, at.kind == Kind::scalar ? fmt::format("\"{}\" {}", at.text, text)
                                             : fmt::format("{} {}", name(at.kind), text));
}

bool Mapping::list(std::string_view key, std::function<void(Node const&)> const& each, bool must) {
  auto const* node = want(key, must);
  if (!node) return false;
  if (node->kind != Kind::sequence) {
    errors_.add(node->at, fmt::format("expected a list, found {}", name(node->kind)));
    return false;
  }
  for (auto const& item : node->items) each(item);
  return true;
}

bool Mapping::mapping(std::string_view key, std::function<void(Mapping&)> const& inside, bool must) {
  auto const* node = want(key, must);
  if (!node) return false;
  Mapping below(*node, errors_);
  inside(below);
  below.finish();
  return true;
}

void Mapping::finish() {
  for (auto const& key : node_.keys) {
    if (std::ranges::find(known_, key.text) != known_.end()) continue;
    auto const near = nearest(key.text, known_);
    errors_.add(key.at, near.empty()
                            ? fmt::format("unknown key \"{}\"; known are: {}", key.text, fmt::join(known_, ", "))
                            : fmt::format("unknown key \"{}\"; did you mean \"{}\"?", key.text, near));
  }
}

std::string nearest(std::string_view word, std::vector<std::string> const& known) {
  if (word.size() > 64) return {};
  std::string best;
  std::size_t least = std::min(std::max<std::size_t>(2, word.size() / 3) + 1, word.size());
  for (auto const& one : known)
    if (auto const steps = distance(word, one); steps < least) {
      least = steps;
      best = one;
    }
  return best;
}

}  // namespace greywatch::yaml
