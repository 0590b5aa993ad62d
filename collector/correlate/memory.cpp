#include "collector/correlate/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "common/event/ndjson.hpp"

namespace greywatch::collector {

namespace json = boost::json;

namespace {

constexpr std::string_view end_line = "{\"end\":true}\n";

std::vector<std::string> first_of(std::vector<std::string> const& all) {
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), FindingMemory::max_traits))};
}

bool texts(json::value const* value, std::vector<std::string>& into) {
  if (!value || !value->is_array() || value->get_array().size() > FindingMemory::max_traits) return false;
  for (auto const& item : value->get_array()) {
    if (!item.is_string()) return false;
    into.emplace_back(item.get_string());
  }
  return true;
}

}  // namespace

void FindingMemory::add(std::string const& id, Finding const& finding) {
  add(id, Brief{finding.node, finding.p, first_of(finding.techniques), first_of(finding.traits)});
}

void FindingMemory::add(std::string id, Brief&& brief) {
  if (!briefs_.try_emplace(id, std::move(brief)).second) return;
  order_.push_back(std::move(id));
  if (order_.size() > capacity_) {
    briefs_.erase(order_.front());
    order_.pop_front();
  }
}

Brief const* FindingMemory::find(std::string const& id) const {
  auto const found = briefs_.find(id);
  return found == briefs_.end() ? nullptr : &found->second;
}

void FindingMemory::clear() {
  briefs_.clear();
  order_.clear();
}

void FindingMemory::save(std::string& out) const {
  auto const list = [](JsonLine& line, std::string_view key, std::vector<std::string> const& texts) {
    line.open_list(key);
    for (auto const& text : texts) line.item(std::string_view(text));
    line.close_list();
  };
  for (auto const& id : order_) {
    auto const& brief = briefs_.at(id);
    JsonLine line(out);
    line.text("id", id);
    line.text("node", brief.node);
    line.number("p", brief.p);
    list(line, "techniques", brief.techniques);
    list(line, "traits", brief.traits);
    line.end();
  }
  out += end_line;
}

Result<std::string_view, Refusal> FindingMemory::load(std::string_view text) {
  clear();
  for (std::size_t number = 2; !text.starts_with(end_line); ++number) {
    auto const line = text.substr(0, text.find('\n'));
    boost::system::error_code error;
    auto const root = json::parse(line, error, {}, {.max_depth = 3});
    if (error || !root.is_object()) return refuse(fmt::format("saved correlator, line {}: not a JSON object", number));
    auto const& object = root.get_object();
    auto const* id = object.if_contains("id");
    auto const* node = object.if_contains("node");
    auto const* p = object.if_contains("p");
    Brief brief;
    if (!id || !id->is_string() || !node || !node->is_string() || !p || !p->is_number() ||
        !texts(object.if_contains("techniques"), brief.techniques) ||
        !texts(object.if_contains("traits"), brief.traits))
      return refuse(fmt::format("saved correlator, line {}: a member is missing or of the wrong type", number));
    brief.node = node->get_string();
    brief.p = p->to_number<double>();
    add(std::string(id->get_string()), std::move(brief));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return text.substr(end_line.size());
}

}  // namespace greywatch::collector
