#include "collector/status_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

namespace greywatch::collector {

namespace {

namespace json = boost::json;

constexpr std::size_t columns = 120;

/// `text` with "?" for each control character: C0, delete, and C1 as UTF-8 writes them.
std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const at = [&](std::size_t place) {
      return place < text.size() ? static_cast<unsigned char>(text[place]) : 0U;
    };
    bool const c1 = at(i) == 0xC2 && at(i + 1) >= 0x80 && at(i + 1) < 0xA0;
    out += c1 || at(i) < 0x20 || at(i) == 0x7F ? '?' : text[i];
    i += c1;
  }
  return out;
}

/// Characters of UTF-8: what is no continuation octet.
std::size_t width(std::string_view text) {
  std::size_t characters = 0;
  for (unsigned char c : text) characters += (c & 0xC0) != 0x80;
  return characters;
}

/// Appends `first` and the words of `text`, in lines that begin with `indent` spaces after the first. A word too long
/// for a line has one of its own.
void wrap(std::string const& first, std::string_view text, std::size_t indent, std::string& out) {
  std::string line = first;
  bool fresh = true;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) break;
    auto const word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    if (!fresh && width(line) + 1 + width(word) > columns) {
      out += line + '\n';
      line.assign(indent, ' ');
      fresh = true;
    }
    if (!fresh) line += ' ';
    line += word;
    fresh = false;
  }
  out += line + '\n';
}

double number(json::value const& object, std::string_view key) {
  auto const* found = object.as_object().if_contains(key);
  return found && found->is_number() ? found->to_number<double>() : 0;
}

/// "2026-11-22 11:00:07 UTC" of an API time.
std::string moment(std::string const& time) {
  if (time.size() < 20 || time[10] != 'T' || !time.ends_with('Z')) return time;
  return time.substr(0, 10) + ' ' + time.substr(11, 8) + " UTC";
}

std::string names(json::value const& object, std::string_view key) {
  std::string out;
  if (auto const* found = object.as_object().if_contains(key); found && found->is_array())
    for (auto const& name : found->get_array())
      if (name.is_string()) out += (out.empty() ? "" : ", ") + printable(name.get_string());
  return out.empty() ? "-" : out;
}

/// The lines of a text of several, each wrapped on its own.
void paragraphs(std::string_view text, std::string& out) {
  while (!text.empty()) {
    auto const line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    wrap("    ", printable(line), 6, out);
  }
}

void add_alert(json::value const& alert, std::string& out) {
  auto const* score = alert.as_object().if_contains("score");
  auto const severity = member_text(alert, "severity"), title = member_text(alert, "title");
  auto const shown = score && score->is_object()
                         ? fmt::format("score {:.1f} ({:.1f} to {:.1f})", number(*score, "score"),
                                       number(*score, "p05"), number(*score, "p95"))
                         : std::string("score -");
  wrap("  ",
       fmt::format("{}, {}, {}, since {}, id {}", severity, member_text(alert, "scope"), shown,
                   moment(member_text(alert, "since")), member_text(alert, "id")),
       4, out);
  // A title begins with the severity, which has just been said.
  bool const said = title.starts_with(severity + ": ");
  wrap("  ", said ? std::string_view(title).substr(severity.size() + 2) : std::string_view(title), 4, out);
  if (auto const* text = alert.as_object().if_contains("text"); text && text->is_string())
    paragraphs(text->get_string(), out);
  wrap("    nodes: ", names(alert, "nodes"), 6, out);
  wrap("    operators: ", names(alert, "operators"), 6, out);
}

}  // namespace

std::string member_text(json::value const& object, std::string_view key) {
  auto const* found = object.as_object().if_contains(key);
  if (!found || found->is_null()) return "-";
  return printable(found->is_string() ? std::string(found->get_string()) : json::serialize(*found));
}

std::string node_lines(json::array const& nodes) {
  std::size_t seen = 0;
  for (auto const& node : nodes) seen += member_text(node, "state") == "seen";
  auto out = fmt::format("nodes: {} of {} heard lately\n", seen, nodes.size());
  for (auto const& node : nodes)
    fmt::format_to(std::back_inserter(out), "  {:24} {:10}  last heard {:23}  coverage {:>5}  {} findings\n",
                   member_text(node, "name"), member_text(node, "state"), moment(member_text(node, "last_seen")),
                   member_text(node, "coverage") == "-" ? "-" : fmt::format("{:.0f} %", 100 * number(node, "coverage")),
                   member_text(node, "findings"));
  return out;
}

std::string score_lines(json::array const& scores) {
  std::string out = "scores (0 to 100)\n";
  for (auto const& score : scores) {
    fmt::format_to(std::back_inserter(out), "  {:24} {:6.1f}  ({:.1f} to {:.1f}), coverage {:.0f} %\n",
                   member_text(score, "scope"), number(score, "score"), number(score, "p05"), number(score, "p95"),
                   100 * number(score, "coverage"));
    auto const* parts = score.as_object().if_contains("contributions");
    if (!parts || !parts->is_array()) continue;
    for (auto const& part : parts->get_array())
      if (member_text(part, "family") != "prior")
        wrap(fmt::format("    {:+6.1f} points  ", number(part, "points")), member_text(part, "text"), 19, out);
  }
  return out;
}

std::string alert_lines(json::array const& alerts) {
  auto out = fmt::format("alerts that stand: {}\n", alerts.size());
  for (auto const& alert : alerts) {
    if (&alert != &alerts.front()) out += '\n';
    add_alert(alert, out);
  }
  return out;
}

}  // namespace greywatch::collector
