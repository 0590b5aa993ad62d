#include "collector/packer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/rule/rule_set.hpp"

namespace greywatch::collector {

namespace fs = std::filesystem;

PackOptions pack_options(Config const& config) {
  return {.rules = config.rules,
          .key = config.rules_key,
          .certificate = config.rules_certificate,
          .authority = config.ingest.files.authority,
          .kept = fs::path(config.store.file).concat(".rules")};
}

Result<std::vector<pack::File>, Refusal> observation_files(fs::path const& rules, std::vector<std::string>& told) {
  std::vector<pack::File> out;
  if (rules.empty()) return out;
  rules::LoadReport reading;
  auto const files = rules::read_rule_files(rules::rule_folders(rules), reading);
  if (reading.refused) return refuse(reading.refusals.front());
  for (auto const& file : files) {
    rules::LoadReport report;
    auto const set = rules::RuleSet::parse({file}, report);
    // A file that needs others is one of correlations or filters.
    bool const observes = std::ranges::any_of(set.rules(), [](rules::Rule const& rule) {
      return rule.logsource.product == "greywatch" && rule.logsource.category == "observation";
    });
    if (!observes) continue;
    if (!set.correlations().empty()) {
      told.push_back(fmt::format("{}: is not sent to agents, correlations are for the collector", file.name));
      continue;
    }
    out.push_back({fs::path(file.name).lexically_relative(rules).generic_string(), file.text});
  }
  return out;
}

Result<std::optional<RulesOffer>, Refusal> make_pack(PackOptions const& options, Time now,
                                                     std::vector<std::string>& told) {
  auto files = observation_files(options.rules, told);
  if (!files) return std::unexpected(files.error());
  std::optional<pack::RulePack> before;
  std::error_code error;
  if (fs::exists(options.kept, error)) {
    auto const octets = pack::read_file(options.kept);
    auto const verifier = pack::Verifier::load(options.authority);
    if (octets && verifier) {
      if (auto opened = verifier->open(as_bytes(*octets), true))
        before = std::move(*opened);
      else
        told.push_back(
            fmt::format("{}: {}; versions go on from the clock", options.kept.string(), opened.error().text));
    }
  }
  if (files->empty() && !before) return std::nullopt;
  auto const signer = pack::Signer::load(options.key, options.certificate);
  if (!signer) return std::unexpected(signer.error());
  auto const clock = static_cast<std::uint64_t>(std::max<std::int64_t>(1, unix_ns(now) / 1'000'000'000));
  pack::RulePack made{.version = clock, .made = now, .files = std::move(*files)};
  if (before) made.version = before->files == made.files ? before->version : std::max(before->version + 1, clock);
  auto octets = signer->sign(made);
  if (!octets) return std::unexpected(octets.error());
  if (auto const kept = pack::replace_file(options.kept, *octets); !kept) return std::unexpected(kept.error());
  return RulesOffer{made.version, std::move(*octets)};
}

}  // namespace greywatch::collector
