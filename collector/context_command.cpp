#include "collector/context_command.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <iterator>

#include "collector/client.hpp"
#include "collector/config.hpp"
#include "collector/context.hpp"
#include "collector/context_folder.hpp"
#include "collector/store/reader.hpp"

namespace greywatch::collector {

namespace json = boost::json;

namespace {

constexpr std::size_t causes_a_request = 500;

Time wall_now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

std::string user() {
  auto const* entry = ::getpwuid(::getuid());
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return fmt::format("{}@{}", entry ? std::string(entry->pw_name) : std::to_string(::getuid()), host.data());
}

/// The collector listens where its configuration says; "all addresses" includes loopback.
ClientOptions client_of(Config const& config) {
  auto const& web = config.web;
  bool const tls = !web.certificate.empty();
  bool const any = std::ranges::all_of(web.address.octets, [](auto octet) { return octet == 0; });
  auto const host = web.address.version == 6 ? any ? "[::1]" : "[" + to_string(web.address) + "]"
                    : any                    ? "127.0.0.1"
                                             : to_string(web.address);
  return {.url = fmt::format("{}://{}:{}", tls ? "https" : "http", host, web.port),
          .token = web.token,
          .authority = web.certificate,
          .pinned = tls};
}

Result<std::string, Refusal> said(ContextAddOptions const& options) {
  if (options.kind.empty() || options.group.empty() || options.end.empty())
    return refuse("say --kind, --group and --end, or name files of causes");
  json::object group;
  auto const colon = options.group.find(':');
  group["kind"] = options.group.substr(0, colon);
  if (colon != std::string::npos) group["name"] = options.group.substr(colon + 1);
  json::object cause;
  cause["start"] = options.start.empty() ? to_rfc3339(wall_now()) : options.start;
  cause["end"] = options.end;
  cause["kind"] = options.kind;
  cause["group"] = std::move(group);
  if (!options.classes.empty()) cause["classes"] = json::value_from(options.classes);
  if (options.index > 0) cause["index"] = options.index;
  cause["source"] = options.source.empty() ? user() : options.source;
  return json::serialize(cause);
}

struct Line {
  std::string place, text;
};

/// Every line of every file, each checked here already so that a refusal names file and line.
Result<std::vector<Line>, Refusal> gather(ContextAddOptions const& options, std::istream& in) {
  std::vector<Line> lines;
  if (options.files.empty()) {
    auto cause = said(options);
    if (!cause) return std::unexpected(cause.error());
    lines.push_back({"command line", std::move(*cause)});
  }
  for (auto const& name : options.files) {
    std::ifstream file;
    if (name != "-") file.open(name, std::ios::binary);
    if (name != "-" && !file) return refuse(fmt::format("{}: cannot be read", name));
    std::string const text{std::istreambuf_iterator<char>(name == "-" ? in : file), {}};
    for (auto const& [number, line] : numbered_lines(text))
      lines.push_back({fmt::format("{}:{}:1", name == "-" ? "<stdin>" : name, number), std::string(line)});
  }
  std::string bad;
  for (auto const& line : lines)
    if (auto const entry = read_context(line.text, wall_now(), {}); !entry)
      bad += fmt::format("{}{}: {}", bad.empty() ? "" : "\n", line.place, entry.error().text);
  if (!bad.empty()) return refuse(bad);
  return lines;
}

}  // namespace

int context_add(ContextAddOptions const& options, std::istream& in, std::ostream& out, std::ostream& err) {
  auto const fault = [&](Refusal const& why) {
    err << why.text << '\n';
    return 1;
  };
  auto const config = load_config(options.config, false);
  if (!config) return fault(config.error());
  auto const lines = gather(options, in);
  if (!lines) return fault(lines.error());
  Client client(client_of(*config));
  std::uint64_t accepted = 0, known = 0;
  for (std::size_t from = 0; from < lines->size(); from += causes_a_request) {
    std::string content;
    for (std::size_t i = from; i < std::min(lines->size(), from + causes_a_request); ++i)
      content += (*lines)[i].text + '\n';
    auto const answer = client.post("/api/v1/context", "application/x-ndjson", content);
    if (!answer) return fault(answer.error());
    auto const& body = answer->body.as_object();
    accepted += body.at("accepted").to_number<std::uint64_t>();
    known += body.at("known").to_number<std::uint64_t>();
    for (auto const& id : body.at("ids").as_array()) out << std::string_view(id.as_string()) << '\n';
  }
  err << fmt::format("{} causes are new, {} were known\n", accepted, known);
  return 0;
}

int context_list(std::filesystem::path const& config_file, bool standing, std::ostream& out, std::ostream& err) {
  auto const config = load_config(config_file, false);
  auto reader = config ? StoreReader::open(config->store.file)
                       : Result<std::unique_ptr<StoreReader>, Refusal>(std::unexpected(config.error()));
  if (!reader) {
    err << reader.error().text << '\n';
    return 1;
  }
  auto const now = wall_now();
  (*reader)->each("context", std::nullopt, std::nullopt, [&](std::string_view body) {
    auto const cause = standing ? read_declared(body) : Result<Declared, Refusal>(Declared{});
    if (standing && (!cause || cause->end <= now)) return;
    out << body << '\n';
  });
  out.flush();
  return out ? 0 : 1;
}

}  // namespace greywatch::collector
