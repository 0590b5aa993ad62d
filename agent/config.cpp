#include "agent/config.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agent/detect/detectors.hpp"

namespace greywatch::agent {

namespace {

bool is_node_name(std::string_view text) {
  return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
}

bool is_detector(std::string_view word) {
  return std::any_of(std::begin(detect::detectors), std::end(detect::detectors),
                     [&](auto const& row) { return row.word == word; });
}

std::string detector_words() {
  std::string words;
  for (auto const& row : detect::detectors) words += (words.empty() ? "" : ", ") + std::string(row.word);
  return words;
}

bool is_loopback(Ip const& ip) { return ip.version == 4 ? ip.octets[0] == 127 : ip == parse_ip("::1"); }

LiveOptions read_capture_of(yaml::Node const& node, yaml::Errors& errors) {
  LiveOptions options;
  yaml::Mapping entry(node, errors);
  entry.required("interface", options.interface);
  entry.optional("filter", options.filter);
  yaml::Size buffer{options.buffer_octets};
  entry.optional("buffer", buffer, {{1 << 20}, {2047ULL << 20}});
  options.buffer_octets = buffer.octets;
  entry.optional("snap_length", options.snap_length, {64, 262144});
  entry.optional("promiscuous", options.promiscuous);
  entry.finish();
  return options;
}

CollectorConfig read_collector(yaml::Mapping& entry) {
  CollectorConfig collector;
  if (std::string text; entry.required("address", text)) {
    if (auto const address = parse_collector(text))
      collector.address = *address;
    else
      entry.errors().add(entry.find("address")->at, address.error().text);
  }
  entry.required("certificate", collector.files.certificate);
  entry.required("key", collector.files.key);
  entry.required("authority", collector.files.authority);
  return collector;
}

Result<Config, Refusal> read_config(yaml::Node const& root, std::string_view file) {
  yaml::Errors errors{std::filesystem::path(file)};
  Config config;
  yaml::Mapping top(root, errors);
  if (top.required("node", config.node) && !is_node_name(config.node))
    top.error(*top.find("node"), "is no node name: 1 to 63 of a-z, 0-9, '.' and '-'");
  top.optional("state", config.state);
  top.list(
      "capture",
      [&](yaml::Node const& node) {
        config.capture.push_back(read_capture_of(node, errors));
        auto const& added = config.capture.back();
        auto const same = std::count_if(config.capture.begin(), config.capture.end(),
                                        [&](LiveOptions const& other) { return other.interface == added.interface; });
        if (same > 1) errors.add(node.at, fmt::format("interface {} is captured twice", added.interface));
      },
      true);
  if (errors.empty() && config.capture.empty()) errors.add(top.where("capture"), "no interface to capture");
  top.optional("learning", config.learning, {std::chrono::seconds{1}, std::chrono::hours{365 * 24}});
  if (std::vector<std::string> words; top.optional("detectors", words)) {
    auto const& node = *top.find("detectors");
    for (std::size_t i = 0; i < words.size(); ++i)
      if (!is_detector(words[i]))
        top.error(node.items[i], fmt::format("is no detector; there are {}", detector_words()));
    config.detectors = std::move(words);
  }
  top.optional("flows", config.flows, {1024U, 4'194'304U});
  top.optional("deduplicate", config.deduplicate);
  top.optional("assets", config.assets);
  if (std::string from; top.optional("rules", from)) {
    config.rules = from != "none";
    if (config.rules && from != "collector")
      config.rules_from = std::filesystem::path(std::string(file)).parent_path() / from;
  }
  top.mapping("collector", [&](yaml::Mapping& entry) { config.collector = read_collector(entry); });
  yaml::Size spool{config.spool_octets};
  top.optional("spool", spool, {{1 << 20}, {1ULL << 40}});
  config.spool_octets = spool.octets;
  if (top.optional("metrics", config.metrics) && config.metrics && !is_loopback(config.metrics->ip))
    top.error(*top.find("metrics"), "is not a loopback address: an agent never listens on a network");
  top.choice("log", config.log, service::log_levels);
  top.finish();
  if (!errors.empty()) return std::unexpected(errors.refusal());
  return config;
}

}  // namespace

Result<Config, Refusal> load_config(std::filesystem::path const& file) {
  auto const root = yaml::load(file);
  if (!root) return std::unexpected(root.error());
  return read_config(*root, file.string());
}

Result<Config, Refusal> parse_config(std::string_view text, std::string_view file) {
  auto const root = yaml::parse(text, file);
  if (!root) return std::unexpected(root.error());
  return read_config(*root, file);
}

}  // namespace greywatch::agent
