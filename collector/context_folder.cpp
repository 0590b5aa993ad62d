#include "collector/context_folder.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <iterator>

namespace greywatch::collector {

namespace fs = std::filesystem;

namespace {

constexpr auto full_again = std::chrono::minutes{1};

std::string sha256(std::string_view octets) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(octets.data(), octets.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string out;
  for (unsigned i = 0; i < length; ++i) out += fmt::format("{:02x}", digest.at(i));
  return out;
}

}  // namespace

std::vector<std::pair<std::size_t, std::string_view>> numbered_lines(std::string_view text) {
  std::vector<std::pair<std::size_t, std::string_view>> out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto const end = text.find('\n');
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) out.emplace_back(number, line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

ContextFolder::ContextFolder(fs::path folder, ContextIntake& intake, std::unique_ptr<StoreReader> reader)
    : folder_(std::move(folder)), intake_(intake), reader_(std::move(reader)) {}

void ContextFolder::tell_once(std::string trouble) {
  if (trouble != trouble_ && !trouble.empty()) spdlog::error("context: {}", trouble);
  trouble_ = std::move(trouble);
}

void ContextFolder::look(Time now) {
  std::error_code error;
  std::map<std::string, Seen> present;
  std::size_t files = 0;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    auto const name = at->path().filename().string();
    if (name.starts_with('.') || at->path().extension() != ".ndjson") continue;
    if (++files > most_files)
      return tell_once(fmt::format("{}: more than {} files, take some away", folder_.string(), most_files));
    std::error_code gone;  // files may go while we look
    if (!at->is_regular_file(gone)) continue;
    Seen now_seen{.size = at->file_size(gone), .written = {}, .done = false, .again = {}};
    if (gone) continue;
    now_seen.written = at->last_write_time(gone);
    if (gone) continue;
    auto const before = seen_.find(name);
    bool const steady = before != seen_.end() && before->second.same(now_seen);
    if (steady) now_seen = before->second;
    auto& seen = present.emplace(name, now_seen).first->second;
    if (steady && !seen.done && now >= seen.again) read(at->path(), seen, now);
  }
  if (error) return tell_once(fmt::format("{}: {}", folder_.string(), error.message()));
  tell_once({});
  seen_ = std::move(present);
}

void ContextFolder::read(fs::path const& file, Seen& seen, Time now) {
  seen.done = true;
  if (seen.size > longest_file) {
    spdlog::warn("context: {}:1:1: has more than {} octets and is not read", file.string(), longest_file);
    intake_.refused(ContextWay::folder);
    return;
  }
  std::ifstream in(file, std::ios::binary);
  std::string const text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) {
    spdlog::warn("context: {}: cannot be read", file.string());
    intake_.refused(ContextWay::folder);
    return;
  }
  auto digest = sha256(text);
  if (reader_->knows_context_file(digest)) return;
  auto const name = file.filename().string();
  std::vector<ContextEntry> entries;
  std::vector<std::string> bad;
  for (auto const& [number, line] : numbered_lines(text)) {
    auto entry = read_context(line, now, fmt::format("folder {}:{}", name, number));
    if (entry)
      entries.push_back(std::move(*entry));
    else
      bad.push_back(fmt::format("{}:{}:1: {}", file.string(), number, entry.error().text));
  }
  auto const taken = intake_.take(ContextWay::folder, std::move(entries), std::move(digest), name);
  if (!taken) {
    spdlog::error("context: {} waits: {}", file.string(), taken.error().text);
    seen.done = false;
    if (taken.error().why == Declined::Why::full) seen.again = now + full_again;
    return;
  }
  intake_.refused(ContextWay::folder, bad.size());
  for (std::size_t i = 0; i < std::min(bad.size(), told_lines); ++i) spdlog::warn("context: {}", bad[i]);
  if (bad.size() > told_lines)
    spdlog::warn("context: {}: {} more lines are no causes", file.string(), bad.size() - told_lines);
  spdlog::info("context: {}: {} causes are new, {} were known, {} lines refused", file.string(), taken->accepted,
               taken->known, bad.size());
}

}  // namespace greywatch::collector
