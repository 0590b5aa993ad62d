#include "common/event/ndjson.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstring>
#include <limits>

namespace greywatch {

namespace json = boost::json;

namespace {

/// Length of the valid UTF-8 sequence at the front of `text`, 0 when there is none (RFC 3629, 4).
std::size_t utf8_length(std::string_view text) {
  auto const at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  auto const tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return at(i) >= low && at(i) <= high;
  };
  unsigned const first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF)
    return tail(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && tail(2) ? 3 : 0;
  if (first >= 0xF0 && first <= 0xF4)
    return tail(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && tail(2) && tail(3) ? 4 : 0;
  return 0;
}

/// Octets at the front that stand in JSON as they are.
std::size_t plain_length(std::string_view text) {
  // Eight at once, as long as none of them is special: below 0x20, 0x7F and above, quotation mark, backslash.
  std::size_t length = 0;
  constexpr std::uint64_t ones = ~std::uint64_t{0} / 0xFF, tops = ones << 7;
  auto const has_zero = [](std::uint64_t octets) { return (octets - ones) & ~octets & tops; };
  for (std::uint64_t octets; text.size() - length >= sizeof octets; length += sizeof octets) {
    std::memcpy(&octets, text.data() + length, sizeof octets);
    auto const below = (octets - ones * 0x20) & ~octets & tops;
    if ((octets & tops) | below | has_zero(octets ^ ones * 0x7F) | has_zero(octets ^ ones * '"') |
        has_zero(octets ^ ones * '\\'))
      break;
  }
  while (length < text.size()) {
    auto const c = static_cast<unsigned char>(text[length]);
    if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\') break;
    ++length;
  }
  return length;
}

void quote(std::string_view text, std::string& out) {
  out += '"';
  while (true) {
    auto const plain = plain_length(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    auto const c = static_cast<unsigned char>(text.front());
    auto const length = c >= 0x80 ? utf8_length(text) : 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (c < 0x80)
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
        else
          out += length ? text.substr(0, length) : "\xEF\xBF\xBD";
    }
    text.remove_prefix(length ? length : 1);
  }
  out += '"';
}

void append_double(double value, std::string& out) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  // The shortest form that reads back the same; a point keeps it a number with a fraction for the reader.
  char digits[32];
  std::string_view const text(digits, fmt::format_to(digits, FMT_COMPILE("{}"), value) - digits);
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

}  // namespace

void JsonLine::comma() {
  if (!first_) out_ += ',';
  first_ = false;
}
void JsonLine::key(std::string_view name) {
  comma();
  quote(name, out_);
  out_ += ':';
}
void JsonLine::text(std::string_view name, std::string_view value) {
  key(name);
  quote(value, out_);
}
void JsonLine::number(std::string_view name, std::uint64_t value) {
  key(name);
  fmt::format_to(std::back_inserter(out_), "{}", value);
}
void JsonLine::number(std::string_view name, std::int64_t value) {
  key(name);
  fmt::format_to(std::back_inserter(out_), "{}", value);
}
void JsonLine::number(std::string_view name, double value) {
  key(name);
  append_double(value, out_);
}
void JsonLine::boolean(std::string_view name, bool value) {
  key(name);
  out_ += value ? "true" : "false";
}
void JsonLine::raw(std::string_view name, std::string_view json) {
  key(name);
  out_ += json;
}
void JsonLine::open_list(std::string_view name) {
  key(name);
  out_ += '[';
  first_item_ = true;
}
namespace {
void separate(bool& first, std::string& out) {
  if (!first) out += ',';
  first = false;
}
}  // namespace
void JsonLine::item(std::string_view value) {
  separate(first_item_, out_);
  quote(value, out_);
}
void JsonLine::item(std::uint64_t value) {
  separate(first_item_, out_);
  fmt::format_to(std::back_inserter(out_), "{}", value);
}
void JsonLine::item(std::int64_t value) {
  separate(first_item_, out_);
  fmt::format_to(std::back_inserter(out_), "{}", value);
}
void JsonLine::item(double value) {
  separate(first_item_, out_);
  append_double(value, out_);
}
void JsonLine::item(bool value) {
  separate(first_item_, out_);
  out_ += value ? "true" : "false";
}

namespace {

struct WriteItem {
  JsonLine& line;
  void operator()(std::string const& value) const { line.item(std::string_view(value)); }
  void operator()(auto value) const { line.item(value); }
};

struct WriteField {
  JsonLine& line;
  std::string_view name;
  void operator()(bool value) const { line.boolean(name, value); }
  void operator()(std::string const& value) const { line.text(name, value); }
  void operator()(std::vector<Scalar> const& values) const {
    line.open_list(name);
    for (auto const& value : values) std::visit(WriteItem{line}, value);
    line.close_list();
  }
  void operator()(auto value) const { line.number(name, value); }
};

void write_endpoint(JsonLine& line, bool source, Endpoint const& endpoint) {
  if (endpoint.ip) line.text(source ? "source.ip" : "destination.ip", to_string(endpoint.ip));
  if (endpoint.mac) line.text(source ? "source.mac" : "destination.mac", to_string(*endpoint.mac));
  if (endpoint.port) line.number(source ? "source.port" : "destination.port", std::uint64_t{*endpoint.port});
}

void write_texts(JsonLine& line, std::string_view name, std::vector<std::string> const& texts) {
  if (texts.empty()) return;
  line.open_list(name);
  for (auto const& text : texts) line.item(std::string_view(text));
  line.close_list();
}

}  // namespace

void write_ndjson(Finding const& finding, std::string& out) {
  JsonLine line(out);
  auto const text = [&](std::string_view key, std::string const& value) {
    if (!value.empty()) line.text(key, value);
  };
  bool const alert = finding.kind == FindingKind::alert;
  line.text("@timestamp", to_rfc3339(finding.time));
  text("event.id", finding.id);
  text("event.code", finding.code);
  line.text("event.kind", name(finding.kind));
  text("message", finding.message);
  line.text("observer.name", finding.node);
  write_endpoint(line, true, finding.source);
  write_endpoint(line, false, finding.destination);
  if (finding.vlan) line.number("vlan.id", std::uint64_t{*finding.vlan});
  text("network.protocol", finding.protocol);
  text("network.community_id", finding.community_id);
  write_texts(line, "threat.technique.id", finding.techniques);
  text("threat.framework", finding.framework);
  text("rule.id", finding.rule);
  text("greywatch.detector", finding.detector);
  if (is_judged(finding.kind)) {
    line.text("greywatch.class", name(finding.classification));
    line.number("greywatch.p", finding.p);
  }
  write_texts(line, "greywatch.traits", finding.traits);
  if (alert) {
    line.number("greywatch.count", finding.count);
    line.text("greywatch.first", to_rfc3339(finding.first));
    line.text("greywatch.last", to_rfc3339(finding.last));
  }
  if (finding.coverage) line.number("greywatch.coverage", *finding.coverage);
  if (finding.frame) line.number("frame.number", finding.frame);
  for (auto const& field : finding.fields) std::visit(WriteField{line, field.name}, field.value);
  line.end();
}

namespace {

/// Takes the members of one JSON object into a finding; the first refusal sticks.
class FindingReader {
 public:
  explicit FindingReader(Finding& finding) : finding_(finding) {}

  void take(std::string_view key, json::value const& value) {
    if (key == "@timestamp") return time(key, value, finding_.time);
    if (key == "event.id") return text(key, value, finding_.id);
    if (key == "event.code") return text(key, value, finding_.code);
    if (key == "event.kind") return word(key, value, parse_kind, finding_.kind);
    if (key == "message") return text(key, value, finding_.message);
    if (key == "observer.name") return text(key, value, finding_.node);
    if (key == "source.ip") return parsed(key, value, parse_ip, finding_.source.ip);
    if (key == "destination.ip") return parsed(key, value, parse_ip, finding_.destination.ip);
    if (key == "source.mac") return parsed(key, value, parse_mac, finding_.source.mac);
    if (key == "destination.mac") return parsed(key, value, parse_mac, finding_.destination.mac);
    if (key == "source.port") return number16(key, value, finding_.source.port);
    if (key == "destination.port") return number16(key, value, finding_.destination.port);
    if (key == "vlan.id") return number16(key, value, finding_.vlan);
    if (key == "network.protocol") return text(key, value, finding_.protocol);
    if (key == "network.community_id") return text(key, value, finding_.community_id);
    if (key == "threat.technique.id") return texts(key, value, finding_.techniques);
    if (key == "threat.framework") return text(key, value, finding_.framework);
    if (key == "rule.id") return text(key, value, finding_.rule);
    if (key == "greywatch.detector") return text(key, value, finding_.detector);
    if (key == "greywatch.class") {
      has_class_ = true;
      return word(key, value, parse_class, finding_.classification);
    }
    if (key == "greywatch.p") return probability(key, value, finding_.p, false);
    if (key == "greywatch.traits") return texts(key, value, finding_.traits);
    if (key == "greywatch.count") return number64(key, value, finding_.count);
    if (key == "greywatch.first") return time(key, value, finding_.first);
    if (key == "greywatch.last") return time(key, value, finding_.last);
    if (key == "greywatch.coverage") {
      double coverage = 0;
      probability(key, value, coverage, true);
      finding_.coverage = coverage;
      return;
    }
    if (key == "frame.number") return number64(key, value, finding_.frame);
    if (key.find('.') != std::string_view::npos) return field(key, value);
  }

  Result<Finding, Refusal> finish() {
    if (!why_.empty()) return refuse(why_);
    if (finding_.time == Time{}) return refuse("@timestamp is missing");
    if (!has_kind_) return refuse("event.kind is missing");
    if (finding_.node.empty()) return refuse("observer.name is missing");
    if (finding_.kind == FindingKind::alert && finding_.code.empty()) return refuse("event.code is missing");
    if (is_judged(finding_.kind) && !has_class_) return refuse("greywatch.class is missing");
    if (finding_.kind == FindingKind::coverage && !finding_.coverage) return refuse("greywatch.coverage is missing");
    if (finding_.first == Time{}) finding_.first = finding_.time;
    if (finding_.last == Time{}) finding_.last = finding_.time;
    return std::move(finding_);
  }

 private:
  void wrong(std::string_view key, std::string_view wanted) {
    if (why_.empty()) why_ = fmt::format("{} is no {}", key, wanted);
  }
  void text(std::string_view key, json::value const& value, std::string& into) {
    if (!value.is_string()) return wrong(key, "text");
    into = value.get_string();
  }
  void texts(std::string_view key, json::value const& value, std::vector<std::string>& into) {
    if (value.is_string()) return into.assign(1, std::string(value.get_string()));
    if (!value.is_array()) return wrong(key, "list of text");
    for (auto const& item : value.get_array()) {
      if (!item.is_string()) return wrong(key, "list of text");
      into.emplace_back(item.get_string());
    }
  }
  void time(std::string_view key, json::value const& value, Time& into) {
    if (!value.is_string()) return wrong(key, "time");
    auto const read = parse_rfc3339(value.get_string());
    if (!read) return wrong(key, "RFC 3339 time");
    into = *read;
  }
  template <class Parse, class Into>
  void word(std::string_view key, json::value const& value, Parse parse, Into& into) {
    has_kind_ |= key == "event.kind";
    auto const read = value.is_string() ? parse(std::string_view(value.get_string())) : std::nullopt;
    if (!read) return wrong(key, "known word");
    into = *read;
  }
  template <class Parse, class Into>
  void parsed(std::string_view key, json::value const& value, Parse parse, Into& into) {
    auto const read = value.is_string() ? parse(value.get_string()) : std::nullopt;
    if (!read) return wrong(key, "address");
    into = *read;
  }
  void number64(std::string_view key, json::value const& value, std::uint64_t& into) {
    if (value.is_int64() && value.get_int64() >= 0)
      into = static_cast<std::uint64_t>(value.get_int64());
    else if (value.is_uint64())
      into = value.get_uint64();
    else
      wrong(key, "whole number");
  }
  void number16(std::string_view key, json::value const& value, std::optional<std::uint16_t>& into) {
    std::uint64_t wide = std::numeric_limits<std::uint64_t>::max();
    number64(key, value, wide);
    if (wide > 0xFFFF) return wrong(key, "number below 65536");
    into = static_cast<std::uint16_t>(wide);
  }
  void probability(std::string_view key, json::value const& value, double& into, bool zero) {
    if (!value.is_number()) return wrong(key, "number");
    into = value.to_number<double>();
    if (!(into <= 1) || into < 0 || (!zero && into == 0))
      wrong(key, zero ? "number from 0 to 1" : "number above 0 and up to 1");
  }
  std::optional<Scalar> scalar(json::value const& value) {
    switch (value.kind()) {
      case json::kind::bool_:
        return value.get_bool();
      case json::kind::int64:
        if (value.get_int64() >= 0) return static_cast<std::uint64_t>(value.get_int64());
        return value.get_int64();
      case json::kind::uint64:
        return value.get_uint64();
      case json::kind::double_:
        return value.get_double();
      case json::kind::string:
        return std::string(value.get_string());
      default:
        return std::nullopt;
    }
  }
  void field(std::string_view key, json::value const& value) {
    if (value.is_array()) {
      std::vector<Scalar> items;
      for (auto const& item : value.get_array()) {
        auto one = scalar(item);
        if (!one) return wrong(key, "list of plain values");
        items.push_back(std::move(*one));
      }
      finding_.fields.push_back({std::string(key), std::move(items)});
      return;
    }
    if (value.is_null()) return;
    auto one = scalar(value);
    if (!one) return wrong(key, "plain value or list");
    finding_.fields.push_back(
        {std::string(key),
         std::visit([](auto&& v) { return FieldValue(std::forward<decltype(v)>(v)); }, std::move(*one))});
  }

  Finding& finding_;
  std::string why_;
  bool has_kind_ = false, has_class_ = false;
};

}  // namespace

Result<Finding, Refusal> read_finding(std::string_view line) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 4;
  auto const root = json::parse(line, error, {}, options);
  if (error) return refuse(fmt::format("not JSON: {}", error.message()));
  if (!root.is_object()) return refuse("not a JSON object");
  Finding finding;
  FindingReader reader(finding);
  for (auto const& member : root.get_object()) reader.take(member.key(), member.value());
  return reader.finish();
}

}  // namespace greywatch
