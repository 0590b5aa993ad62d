#include "agent/rule/rule_source.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "common/rule/pipeline.hpp"

namespace greywatch::agent {

namespace fs = std::filesystem;

namespace {

Result<RuleFiles, Refusal> checked(RuleFiles files, std::string_view what) {
  rules::LoadReport report;
  auto const set = rules::RuleSet::parse(files.files, report, files.pipelines);
  if (report.refused > 0)
    return refuse(fmt::format("{}: {} of {} files are refused, the first: {}", what, report.refused, report.files,
                              report.refusals.front()));
  return files;
}

RuleFiles from_pack(pack::RulePack&& opened) {
  RuleFiles out{.version = opened.version, .files = {}, .pipelines = {}};
  for (auto& file : opened.files) out.files.push_back({std::move(file.name), std::move(file.text)});
  return out;
}

}  // namespace

rules::RuleSet RuleFiles::compile() const {
  rules::LoadReport report;
  return rules::RuleSet::parse(files, report, pipelines);
}

Result<RuleFiles, Refusal> load_rules(fs::path const& path, fs::path const& authority) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    auto pipelines = rules::Pipelines::load(path / "pipelines");
    if (!pipelines) return std::unexpected(pipelines.error());
    rules::LoadReport report;
    auto files = rules::read_rule_files(rules::rule_folders(path), report);
    if (report.refused) return refuse(report.refusals.front());
    return checked({.version = 0, .files = std::move(files), .pipelines = std::move(*pipelines)}, path.string());
  }
  auto const octets = pack::read_file(path);
  if (!octets) return std::unexpected(octets.error());
  if (authority.empty())
    return refuse(fmt::format("{}: a rule pack is believed with collector.authority configured only", path.string()));
  auto const verifier = pack::Verifier::load(authority);
  if (!verifier) return std::unexpected(verifier.error());
  auto opened = verifier->open(as_bytes(*octets), true);
  if (!opened) return refuse(fmt::format("{}: {}", path.string(), opened.error().text));
  return checked(from_pack(std::move(*opened)), path.string());
}

Result<RuleFiles, Refusal> PackKeeper::judge(std::string_view octets, bool kept) const {
  // Read anew each time, as the link does: a renewed authority needs no restart.
  auto const verifier = pack::Verifier::load(authority_);
  if (!verifier) return std::unexpected(verifier.error());
  auto opened = verifier->open(as_bytes(octets), kept);
  if (!opened) return std::unexpected(opened.error());
  if (auto const held = version(); opened->version <= held)
    return refuse(fmt::format("its version {} is not newer than {}", opened->version, held));
  return checked(from_pack(std::move(*opened)), "its rules");
}

std::optional<RuleFiles> PackKeeper::load() {
  std::error_code error;
  if (!fs::exists(file_, error)) return std::nullopt;
  auto const octets = pack::read_file(file_);
  auto files = octets ? judge(*octets, true) : Result<RuleFiles, Refusal>(std::unexpected(octets.error()));
  std::lock_guard const guard(mutex_);
  if (!files) {
    ++counters_.refused;
    spdlog::error("rules: the pack {} is not used: {}", file_.string(), files.error().text);
    return std::nullopt;
  }
  counters_.version = files->version;
  return std::move(*files);
}

Result<RuleFiles, Refusal> PackKeeper::take(std::string_view octets) {
  auto files = judge(octets, false);
  if (files)
    if (auto const kept = pack::replace_file(file_, octets); !kept) files = std::unexpected(kept.error());
  std::lock_guard const guard(mutex_);
  if (!files) {
    ++counters_.refused;
    spdlog::error("rules: a pack of the collector is refused, version {} stays: {}", counters_.version,
                  files.error().text);
    return files;
  }
  ++counters_.accepted;
  counters_.version = files->version;
  spdlog::info("rules: pack {} with {} files is in use", files->version, files->files.size());
  return files;
}

std::uint64_t PackKeeper::version() const {
  std::lock_guard const guard(mutex_);
  return counters_.version;
}

PackCounters PackKeeper::counters() const {
  std::lock_guard const guard(mutex_);
  return counters_;
}

}  // namespace greywatch::agent
