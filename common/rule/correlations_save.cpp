#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "common/event/ndjson.hpp"
#include "common/rule/correlations.hpp"

namespace greywatch::rules {

namespace json = boost::json;

namespace {

constexpr std::string_view format_line = "{\"greywatch.correlations\":1}\n";
constexpr std::size_t entry_items = 4;  ///< time, which, id, value

}  // namespace

std::string Correlations::save() const {
  std::string out(format_line);
  for (std::size_t i = 0; i < states_.size(); ++i) {
    auto const& state = states_[i];
    std::vector<std::string_view> keys;
    for (auto const& [key, group] : state.groups)
      if (!group.entries.empty()) keys.push_back(key);
    std::ranges::sort(keys);
    for (auto const key : keys) {
      auto const& group = state.groups.at(std::string(key));
      JsonLine line(out);
      line.number("definition", state.digest);
      line.text("title", rules_.correlations()[i].header.title);
      line.open_list("group");
      // Octet by octet, as a key need not be UTF-8 and JSON text must.
      for (char const c : key) line.item(std::uint64_t{static_cast<unsigned char>(c)});
      line.close_list();
      line.number("newest", unix_ns(group.newest));
      line.open_list("entries");
      for (auto const& entry : group.entries) {
        line.item(unix_ns(entry.time));
        line.item(std::uint64_t{entry.which});
        line.item(std::string_view(entry.id));
        line.item(std::string_view(entry.value));
      }
      line.close_list();
      line.end();
    }
  }
  return out;
}

void Correlations::clear() {
  for (auto& state : states_) {
    state.groups.clear();
    state.entries = 0;
    state.newest = state.last_purge = Time{};
  }
}

Result<void, Refusal> Correlations::load(std::string_view text) {
  clear();
  auto const broken = [&](std::size_t line, std::string_view why) {
    clear();
    return refuse(fmt::format("saved correlations, line {}: {}", line, why));
  };
  if (!text.starts_with(format_line)) return broken(1, "not a state of this version");
  text.remove_prefix(format_line.size());
  for (std::size_t number = 2; !text.empty(); ++number) {
    auto const line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    boost::system::error_code error;
    auto const root = json::parse(line, error, {}, {.max_depth = 4});
    if (error || !root.is_object()) return broken(number, "not a JSON object");
    auto const& object = root.get_object();
    auto const* definition = object.if_contains("definition");
    auto const* octets = object.if_contains("group");
    auto const* newest = object.if_contains("newest");
    auto const* entries = object.if_contains("entries");
    if (!definition || !definition->is_number() || !octets || !octets->is_array() || !newest || !newest->is_number() ||
        !entries || !entries->is_array() || entries->get_array().size() % entry_items != 0)
      return broken(number, "a member is missing or of the wrong type");
    auto const digest = definition->to_number<std::uint64_t>(error);
    auto const found =
        std::ranges::find_if(states_, [&](State const& state) { return !error && state.digest == digest; });
    if (found == states_.end()) continue;
    auto const& rule = rules_.correlations()[static_cast<std::size_t>(found - states_.begin())];
    std::string key;
    for (auto const& octet : octets->get_array()) {
      auto const value = octet.is_number() ? octet.to_number<std::uint8_t>(error) : 0;
      if (!octet.is_number() || error || key.size() >= limits_.key_octets) return broken(number, "a wrong group");
      key += static_cast<char>(value);
    }
    if (found->groups.size() >= limits_.groups) {
      ++counters_.groups_turned_away;
      continue;
    }
    Group group{.newest = from_unix_ns(newest->to_number<std::int64_t>(error))};
    if (error || group.newest < Time{}) return broken(number, "a wrong time");
    auto const& items = entries->get_array();
    for (std::size_t i = 0; i < items.size(); i += entry_items) {
      if (!items[i].is_number() || !items[i + 1].is_number() || !items[i + 2].is_string() || !items[i + 3].is_string())
        return broken(number, "a wrong entry");
      Entry entry{.time = from_unix_ns(items[i].to_number<std::int64_t>(error))};
      if (!error) entry.which = items[i + 1].to_number<std::uint32_t>(error);
      if (error || entry.time < Time{} || entry.which >= rule.rules.size() ||
          (!group.entries.empty() && entry.time < group.entries.back().time))
        return broken(number, "a wrong entry");
      entry.id = items[i + 2].get_string();
      entry.value = items[i + 3].get_string();
      if (is_metric(rule.type)) {
        char const* const end = entry.value.data() + entry.value.size();
        if (std::from_chars(entry.value.data(), end, entry.number).ptr != end) return broken(number, "a wrong entry");
      }
      if (found->entries >= limits_.entries) {
        ++counters_.entries_dropped;
        break;
      }
      group.entries.push_back(std::move(entry));
      ++found->entries;
    }
    found->newest = std::max(found->newest, group.newest);
    if (!found->groups.emplace(std::move(key), std::move(group)).second)
      return broken(number, "a group that is there twice");
  }
  return {};
}

}  // namespace greywatch::rules
