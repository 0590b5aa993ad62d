// Reads the #include lines and the CMake files of the tree against one table. Runs in the root of the tree.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace fs = std::filesystem;

namespace {

using Folders = std::set<std::string>;

/// What each folder may include of the project, its own files aside. "agent" and "collector" stand for the nouns at the
/// root of a program's folder when a sub-folder names them. Siblings never include each other; collector never knows a
/// dissector.
std::map<std::string, Folders> const table{
    {"common", {}},
    {"common/event", {"common"}},
    {"common/wire", {"common", "common/event"}},
    {"common/openssl", {}},
    {"common/tls", {"common", "common/openssl"}},
    {"common/rule", {"common", "common/event"}},
    {"common/pack", {"common", "common/openssl"}},
    {"common/metrics", {}},
    {"common/service", {}},
    {"agent/capture", {"common", "agent"}},
    {"agent/net", {"common", "common/event", "agent"}},
    {"agent/dissect", {"common", "common/event", "agent"}},  // and each protocol's folder
    {"agent/detect", {"common", "common/event", "agent"}},
    {"agent/asset", {"common", "common/event", "agent"}},
    {"agent/rule", {"common", "common/event", "common/rule", "common/pack", "agent"}},
    {"agent/ship", {"common", "common/event", "common/tls", "common/wire"}},
    {"agent",
     {"common", "common/event", "agent/capture", "agent/net", "agent/dissect", "agent/detect", "agent/asset",
      "agent/ship", "agent/rule", "common/metrics", "common/rule", "common/service", "common/tls", "common/wire"}},
    {"collector/ingest", {"common", "common/event", "common/tls", "common/wire", "collector"}},
    {"collector/store", {"common", "common/event", "collector"}},
    {"collector/correlate", {"common", "common/event", "common/rule", "collector"}},
    {"collector/score", {"common", "common/event", "collector"}},
    {"collector/alert", {"common", "common/event", "collector"}},
    {"collector/sink", {"common", "common/event", "collector"}},
    {"collector/web", {"common", "common/event", "collector"}},
    {"collector",
     {"common", "common/event", "common/metrics", "common/openssl", "common/pack", "common/rule", "common/service",
      "common/tls", "collector/ingest", "collector/store", "collector/correlate", "collector/score", "collector/alert",
      "collector/sink", "collector/web"}},
};

/// What several protocols stand on: octets of ASN.1, the ISO transport and upper layers, text without allocation, the
/// frames of IEC 61850, who failed to log on, the messages of DCE/RPC that pipes of SMB carry, too.
Folders const shared_by_dissectors{"agent/dissect/asn1", "agent/dissect/logon", "agent/dissect/osi",
                                   "agent/dissect/rpc",  "agent/dissect/text",  "agent/dissect/iec61850"};

/// The table, with a row for each protocol: a folder of agent/dissect may use what dissectors share and never another
/// protocol.
std::map<std::string, Folders> with_protocols() {
  auto rows = table;
  for (auto const& entry : fs::directory_iterator("agent/dissect")) {
    if (!entry.is_directory()) continue;
    auto const folder = entry.path().generic_string();
    Folders may{"common", "common/event", "agent", "agent/dissect", "agent/dissect/asn1", "agent/dissect/text"};
    if (!shared_by_dissectors.contains(folder)) may.merge(Folders(shared_by_dissectors));
    rows[folder] = may;
    rows["agent/dissect"].insert(folder);
  }
  return rows;
}

std::map<std::string, Folders> const allowed = with_protocols();

/// Headers that a sub-folder may take from the root of its program: the nouns, how state is saved, and nothing else.
std::set<std::string> const nouns{"agent/packet.hpp",        "agent/segment.hpp",       "agent/observation.hpp",
                                  "collector/indicator.hpp", "collector/inventory.hpp", "collector/score.hpp",
                                  "collector/alert.hpp",     "collector/state.hpp",     "collector/context.hpp"};

std::vector<std::string> lines(fs::path const& file) {
  std::ifstream in(file);
  std::vector<std::string> all;
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

template <class Visit>
void for_each_source(Visit visit) {
  for (auto const* top : {"common", "agent", "collector"})
    for (auto const& entry : fs::recursive_directory_iterator(top)) {
      auto const extension = entry.path().extension();
      if (extension == ".hpp" || extension == ".cpp") visit(entry.path());
    }
}

}  // namespace

TEST_CASE("every folder includes only what the table allows", "[architecture]") {
  std::regex const include(R"(^\s*#\s*include\s+"([^"]+)\")");
  std::size_t files = 0;
  for_each_source([&](fs::path const& file) {
    auto const folder = file.parent_path().generic_string();
    INFO(file.generic_string());
    REQUIRE(allowed.contains(folder));
    ++files;
    for (auto const& line : lines(file)) {
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      auto const target = fs::path(match[1].str());
      auto const from = target.parent_path().generic_string();
      INFO(line);
      if (target.extension() == ".h") continue;  // generated by protoc; its folder's CMake target decides
      if (from == folder) continue;
      CHECK(allowed.at(folder).contains(from));
      if (folder.find('/') != std::string::npos && (from == "agent" || from == "collector"))
        CHECK(nouns.contains(target.generic_string()));
    }
  });
  CHECK(files > 20);
}

TEST_CASE("every folder's CMake target links only what the table allows", "[architecture]") {
  std::regex const target(R"(greywatch::([a-z0-9_]+))");
  std::map<std::string, std::string> folder_of;
  for (auto const& [folder, _] : allowed) {
    auto name = folder;
    std::replace(name.begin(), name.end(), '/', '_');
    folder_of[name] = folder;
  }
  for (auto const& [folder, may] : allowed) {
    std::ifstream in(folder + "/CMakeLists.txt");
    std::stringstream all;
    all << in.rdbuf();
    auto const text = all.str();
    INFO(folder);
    auto const begin = text.find("greywatch_folder(");
    REQUIRE(begin != std::string::npos);
    auto const call = text.substr(begin, text.find(')', begin) - begin);
    for (std::sregex_iterator it(call.begin(), call.end(), target), end; it != end; ++it) {
      auto const name = (*it)[1].str();
      if (name == "agent_nouns" || name == "collector_nouns") {
        CHECK(folder.starts_with(name.substr(0, name.find('_'))));
        continue;
      }
      if (!folder_of.contains(name)) continue;  // a third party's
      INFO(name);
      CHECK(may.contains(folder_of.at(name)));
    }
  }
}

TEST_CASE("no code path sends on a capture interface", "[architecture]") {
  // libpcap's own ways to send, and raw sockets.
  for (auto const* word : {"pcap_inject", "pcap_sendpacket", "pcap_sendqueue", "SOCK_RAW", "SOCK_PACKET"})
    for_each_source([&](fs::path const& file) {
      if (!file.generic_string().starts_with("agent/")) return;
      for (auto const& line : lines(file)) {
        auto const code = line.substr(0, line.find("//"));
        INFO(file.generic_string() << ": " << line);
        CHECK(code.find(word) == std::string::npos);
      }
    });
}

TEST_CASE("the collector links no dissector", "[architecture]") {
  for (auto const& entry : fs::recursive_directory_iterator("collector"))
    if (entry.path().filename() == "CMakeLists.txt")
      for (auto const& line : lines(entry.path())) CHECK(line.find("agent_") == std::string::npos);
}

TEST_CASE("the program and the build name the same version", "[architecture]") {
  auto const between = [](std::string const& text, std::string const& before, char after) {
    auto const begin = text.find(before);
    REQUIRE(begin != std::string::npos);
    auto const from = begin + before.size();
    return text.substr(from, text.find(after, from) - from);
  };
  std::stringstream build, header;
  build << std::ifstream("CMakeLists.txt").rdbuf();
  header << std::ifstream("common/version.hpp").rdbuf();
  CHECK(between(build.str(), "project(greywatch VERSION ", ' ') == between(header.str(), "version = \"", '"'));
}
