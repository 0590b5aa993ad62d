#include "common/rule/rule_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <system_error>

#include "common/rule/rule_reader.hpp"

namespace greywatch::rules {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_rules = 100'000;

/// The rules of one file until the whole set is known to fit together.
struct Loaded {
  std::string name;
  std::vector<Rule> rules;
  std::vector<CorrelationRule> correlations;
  std::vector<Filter> filters;
  std::string refusal;
};

void read_detection(const YAML::Node& document, Reading const& reading, Loaded& into) {
  std::optional<CorrelationRule> counting;
  into.rules.push_back(read_rule(document, reading, counting));
  if (counting) into.correlations.push_back(std::move(*counting));
}

Loaded read_file(RuleFile const& file, FieldTable& fields, Pipelines const& pipelines,
                 std::vector<std::string>& warnings) {
  Loaded loaded{.name = file.name};
  Complaint complain(file.name);
  auto const found = documents(file.text, complain);
  std::vector<std::string> odd;
  Reading const reading{fields, pipelines, complain, odd};
  if (found) {
    for (auto const& [document, begin] : collected(*found, complain)) {
      if (complain) break;
      complain.within(begin);
      if (!document.IsMap())
        complain(document, "a rule must be a map");
      else if (entry(document, "correlation").IsDefined())
        loaded.correlations.push_back(read_correlation(document, reading));
      else if (entry(document, "filter").IsDefined())
        loaded.filters.push_back(read_filter(document, reading));
      else
        read_detection(document, reading, loaded);
    }
  }
  if (!complain && loaded.rules.empty() && loaded.correlations.empty() && loaded.filters.empty())
    complain.at(YAML::Mark(), "the file holds no rule");
  if (complain)
    loaded.refusal = complain.text();
  else
    warnings.insert(warnings.end(), odd.begin(), odd.end());
  return loaded;
}

/// Files that do not fit the rest are refused: twice the same id, a rule that is not there, a circle of correlations.
class Fitting {
 public:
  explicit Fitting(std::vector<Loaded>& files) : files_(files) {}

  void run() {
    refuse_doubles();
    // Refusing one file can take a rule away from another: until nothing changes.
    while (refuse_dangling()) {
    }
    while (refuse_circles()) {
      while (refuse_dangling()) {
      }
    }
  }

 private:
  template <class Each>
  void headers(Each each) {
    for (auto& file : files_) {
      if (!file.refusal.empty()) continue;
      for (auto const& rule : file.rules) each(file, rule.header);
      for (auto const& correlation : file.correlations) each(file, correlation.header);
    }
  }

  void refuse_doubles() {
    std::map<std::string, std::string> places;
    headers([&](Loaded& file, Header const& header) {
      for (auto const* key : {&header.id, &header.name}) {
        if (key->empty() || !file.refusal.empty()) continue;
        auto const [first, added] = places.try_emplace(*key, header.place);
        if (!added)
          file.refusal = fmt::format("{}: \"{}\" already names the rule at {}", header.place, *key, first->second);
      }
    });
  }

  bool refuse_dangling() {
    std::map<std::string, bool> known;
    headers([&](Loaded&, Header const& header) { known[header.id] = known[header.name] = true; });
    known.erase("");
    std::set<std::string, std::less<>> detections;
    for (auto const& file : files_)
      for (auto const& rule : file.rules) {
        detections.insert({rule.header.id, rule.header.name});
        detections.insert(rule.also_called.begin(), rule.also_called.end());
      }
    bool changed = false;
    for (auto& file : files_)
      for (auto const& filter : file.filters)
        for (auto const& name : filter.rules)
          if (file.refusal.empty() && !known.contains(name)) {
            file.refusal = fmt::format("{}: filter refers to \"{}\", which is no id or name of a loaded rule",
                                       filter.header.place, name);
            changed = true;
          } else if (file.refusal.empty() && !detections.contains(name)) {
            file.refusal = fmt::format("{}: filter refers to \"{}\", which is a correlation: name its rules",
                                       filter.header.place, name);
            changed = true;
          }
    for (auto& file : files_)
      for (auto const& correlation : file.correlations)
        for (auto const& name : correlation.rules)
          if (file.refusal.empty() && !known.contains(name)) {
            file.refusal = fmt::format("{}: correlation refers to \"{}\", which is no id or name of a loaded rule",
                                       correlation.header.place, name);
            changed = true;
          }
    return changed;
  }

  /// Takes away correlations that stand on rules or on such already taken; what is left goes in circles.
  bool refuse_circles() {
    std::vector<std::pair<Loaded*, CorrelationRule const*>> left;
    for (auto& file : files_)
      if (file.refusal.empty())
        for (auto const& correlation : file.correlations) left.emplace_back(&file, &correlation);
    auto const waits = [&](CorrelationRule const& correlation) {
      return std::ranges::any_of(left, [&](auto const& other) {
        auto const& header = other.second->header;
        return std::ranges::any_of(correlation.rules,
                                   [&](std::string const& name) { return name == header.id || name == header.name; });
      });
    };
    for (bool moved = true; moved;) {
      auto const done = std::ranges::find_if(left, [&](auto const& one) { return !waits(*one.second); });
      moved = done != left.end();
      if (moved) left.erase(done);
    }
    for (auto const& [file, correlation] : left)
      if (file->refusal.empty())
        file->refusal = fmt::format("{}: correlations refer to each other in a circle", correlation->header.place);
    return !left.empty();
  }

  std::vector<Loaded>& files_;
};

/// Whether the filter names the rule, or names none and is of its log source.
bool concerns(Filter const& filter, Rule const& rule) {
  if (!filter.rules.empty())
    return std::ranges::any_of(filter.rules, [&](std::string const& name) {
      return name == rule.header.id || name == rule.header.name ||
             std::ranges::find(rule.also_called, name) != rule.also_called.end();
    });
  auto const same = [&](std::string LogSource::* part) {
    return (filter.logsource.*part).empty() || filter.logsource.*part == rule.logsource.*part;
  };
  return same(&LogSource::category) && same(&LogSource::product) && same(&LogSource::service);
}

/// The rule then wants its own condition and the filter's.
void apply(Filter const& filter, Rule& rule) {
  auto added = filter.condition;
  for (auto& node : added.nodes)
    if (node.kind == Condition::Kind::selection) node.selection += static_cast<std::uint32_t>(rule.selections.size());
  rule.selections.insert(rule.selections.end(), filter.selections.begin(), filter.selections.end());
  rule.condition = all_of({std::move(rule.condition), std::move(added)});
}

}  // namespace

RuleSet RuleSet::parse(std::vector<RuleFile> const& files, LoadReport& report, Pipelines const& pipelines) {
  RuleSet set;
  std::vector<Loaded> loaded;
  for (auto const& file : files) loaded.push_back(read_file(file, set.fields_, pipelines, report.warnings));
  std::size_t count = 0;
  for (auto& file : loaded) {
    count += file.rules.size() + file.correlations.size();
    if (count > max_rules && file.refusal.empty())
      file.refusal = fmt::format("{}:1:1: more than {} rules in all", file.name, max_rules);
  }
  Fitting(loaded).run();

  std::vector<CorrelationRule> waiting;
  std::vector<Filter> filters;
  for (auto& file : loaded) {
    ++report.files;
    if (!file.refusal.empty()) {
      ++report.refused;
      report.refusals.push_back(file.refusal);
      continue;
    }
    std::ranges::move(file.rules, std::back_inserter(set.rules_));
    std::ranges::move(file.correlations, std::back_inserter(waiting));
    std::ranges::move(file.filters, std::back_inserter(filters));
  }
  for (auto const& filter : filters)
    for (auto& rule : set.rules_)
      if (concerns(filter, rule)) apply(filter, rule);
  report.unfed += static_cast<std::size_t>(std::ranges::count(set.rules_, false, &Rule::fed));
  set.reports_.assign(set.rules_.size(), true);

  std::map<std::string, Source> places;
  auto const place = [&](Header const& header, Source source) {
    for (auto const* key : {&header.id, &header.name})
      if (!key->empty()) places[*key] = source;
  };
  for (std::uint32_t i = 0; i < set.rules_.size(); ++i) place(set.rules_[i].header, {false, i});
  while (!waiting.empty()) {
    // There is always one whose rules all have a place: circles were refused.
    auto const next = std::ranges::find_if(waiting, [&](CorrelationRule const& correlation) {
      return std::ranges::all_of(correlation.rules, [&](std::string const& name) { return places.contains(name); });
    });
    if (next == waiting.end()) break;
    std::vector<Source> sources;
    for (auto const& name : next->rules) sources.push_back(places.at(name));
    place(next->header, {true, static_cast<std::uint32_t>(set.correlations_.size())});
    set.sources_.push_back(std::move(sources));
    set.correlations_.push_back(std::move(*next));
    waiting.erase(next);
  }
  set.call_fields_as_here(pipelines, report);
  set.correlation_reports_.assign(set.correlations_.size(), true);
  for (bool const generate : {false, true})
    for (std::size_t i = 0; i < set.correlations_.size(); ++i)
      if (set.correlations_[i].generate == generate)
        for (auto const& source : set.sources_[i])
          (source.correlation ? set.correlation_reports_ : set.reports_)[source.place] = generate;
  set.prefilter_.build(set.rules_);
  return set;
}

void RuleSet::call_fields_as_here(Pipelines const& pipelines, LoadReport& report) {
  // The rules below a correlation decide what its fields are called; below one that stands on others, the first does.
  auto const mapping = [&](Source source) {
    while (source.correlation) source = sources_[source.place].front();
    auto const& rule = rules_[source.place];
    return rule.logsource.product == "greywatch" ? nullptr : pipelines.find(rule.logsource);
  };
  for (std::size_t i = 0; i < correlations_.size(); ++i) {
    auto& correlation = correlations_[i];
    // What a rule of Sigma 1 counts was read with its mapping; only its own correlation stands on the rule itself.
    if (auto const first = sources_[i].front(); !first.correlation && !rules_[first.place].also_called.empty())
      continue;
    auto const written = correlation.aliases;
    auto fields = correlation.group_by;
    if (!correlation.counted.empty()) fields.push_back(correlation.counted);
    for (auto const& field : fields)
      if (std::ranges::find(written, field, &CorrelationRule::Alias::name) == written.end())
        for (auto const& name : correlation.rules) correlation.aliases.push_back({field, name, field});
    bool changed = false;
    for (auto& alias : correlation.aliases) {
      auto const which = std::ranges::find(correlation.rules, alias.rule) - correlation.rules.begin();
      auto const* const here = mapping(sources_[i][static_cast<std::size_t>(which)]);
      if (here == nullptr) continue;
      auto const found = here->fields.find(alias.field);
      if (found == here->fields.end()) {
        auto const is_ours = [&](auto const& field) { return field.second == alias.field; };
        if (std::ranges::any_of(here->fields, is_ours)) continue;
        report.warnings.push_back(fmt::format("{}: no pipeline says what field \"{}\" is called here",
                                              correlation.header.place, alias.field));
      } else {
        alias.field = found->second;
        changed = true;
      }
    }
    if (!changed) correlation.aliases = written;
  }
}

RuleSet RuleSet::load(std::span<fs::path const> paths, LoadReport& report, Pipelines const& pipelines) {
  return parse(read_rule_files(paths, report), report, pipelines);
}

std::vector<RuleFile> read_rule_files(std::span<fs::path const> paths, LoadReport& report) {
  std::vector<fs::path> found;
  auto const unreadable = [&](fs::path const& path, std::string_view why) {
    ++report.files;
    ++report.refused;
    report.refusals.push_back(fmt::format("{}:1:1: {}", path.string(), why));
  };
  for (auto const& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      found.push_back(path);
      continue;
    }
    for (fs::recursive_directory_iterator at(path, error), end; !error && at != end; at.increment(error))
      if (at->is_regular_file(error) && (at->path().extension() == ".yml" || at->path().extension() == ".yaml"))
        found.push_back(at->path());
    if (error) unreadable(path, fmt::format("cannot be read: {}", error.message()));
  }
  std::ranges::sort(found);
  std::vector<RuleFile> files;
  for (auto const& path : found) {
    std::ifstream in(path, std::ios::binary);
    std::error_code error;
    auto const size = fs::file_size(path, error);
    std::string text(error ? max_file_octets + 1 : std::min<std::uintmax_t>(size, max_file_octets + 1), '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (in.bad() || (!in.is_open())) {
      unreadable(path, "cannot be read");
      continue;
    }
    files.push_back({path.string(), std::move(text)});
  }
  return files;
}

std::vector<std::string> RuleSet::translate(AttackTable const& attack) {
  std::vector<std::string> told;
  auto const one = [&](Header& header, bool fed) {
    for (auto& id : header.techniques) {
      if (attack.find(id)) continue;
      auto const now = attack.replacement(id);
      if (now.empty()) {
        // Rules for other products' logs have ids of other frameworks; while they wait nobody sees them.
        if (!fed) continue;
        told.push_back(fmt::format("{}: {} is no technique of {}", header.place, id, attack.framework()));
        continue;
      }
      told.push_back(fmt::format("{}: {} was revoked in {}, read as {}", header.place, id, attack.framework(), now));
      id = now;
    }
  };
  for (auto& rule : rules_) one(rule.header, rule.fed);
  std::vector<bool> fed(correlations_.size());
  for (std::size_t i = 0; i < correlations_.size(); ++i) {
    fed[i] = std::ranges::any_of(
        sources_[i], [&](Source source) { return source.correlation ? fed[source.place] : rules_[source.place].fed; });
    one(correlations_[i].header, fed[i]);
  }
  return told;
}

void RuleSet::match(EventView const& event, std::vector<std::uint32_t>& out) {
  cache_.start(event, fields_);
  candidates_.clear();
  prefilter_.candidates(cache_, candidates_);
  for (auto const candidate : candidates_)
    if (rules_[candidate].matches(cache_)) out.push_back(candidate);
}

std::vector<fs::path> rule_folders(fs::path const& dir) {
  std::vector<fs::path> out;
  std::error_code error;
  for (auto const* name : {"detect", "correlate"})
    if (fs::is_directory(dir / name, error)) out.push_back(dir / name);
  if (out.empty()) out.push_back(dir);
  return out;
}

}  // namespace greywatch::rules
