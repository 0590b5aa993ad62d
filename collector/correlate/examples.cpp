#include "collector/correlate/examples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "common/event/ndjson.hpp"
#include "common/rule/correlations.hpp"
#include "common/rule/finding_view.hpp"

namespace greywatch::collector {

namespace json = boost::json;

namespace {

/// The finding of one line of an example, the `sequence`th of its stream.
Result<Finding, Refusal> complete(std::string const& line, std::size_t sequence) {
  boost::system::error_code error;
  auto root = json::parse(line, error);
  if (error || !root.is_object()) return refuse("no event");
  auto& object = root.get_object();
  // A key without a dot is a slip of the pen that read_finding would pass over.
  for (auto const& member : object)
    if (member.key() != "message" && member.key() != "@timestamp" && member.key().find('.') == json::string_view::npos)
      return refuse(fmt::format("\"{}\" is no key of a finding", std::string(member.key())));
  auto const fill = [&](std::string_view key, std::string_view value) {
    if (!object.contains(key)) object.emplace(key, value);
  };
  constexpr auto start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  fill("@timestamp", to_rfc3339(Time(start) + std::chrono::seconds(sequence)));
  fill("event.id", fmt::format("node-1-{}", sequence + 1));
  fill("event.kind", "alert");
  fill("event.code", "example.code");
  fill("observer.name", "node");
  fill("greywatch.class", "recon");
  return read_finding(json::serialize(root));
}

/// The observation of one line of an example.
class ObservationExample final : public rules::EventView {
 public:
  static Result<ObservationExample, Refusal> read(std::string const& line) {
    boost::system::error_code error;
    auto const root = json::parse(line, error);
    if (error || !root.is_object()) return refuse("no event");
    ObservationExample out;
    for (auto const& [key, value] : root.get_object()) {
      if (key.find('.') == json::string_view::npos && key != "@timestamp")
        return refuse(fmt::format("\"{}\" is no key of an observation", std::string(key)));
      std::vector<Scalar> scalars;
      auto const add = [&](json::value const& one) {
        if (one.is_bool()) scalars.emplace_back(one.get_bool());
        if (one.is_int64()) scalars.emplace_back(one.get_int64());
        if (one.is_uint64()) scalars.emplace_back(one.get_uint64());
        if (one.is_double()) scalars.emplace_back(one.get_double());
        if (one.is_string()) scalars.emplace_back(std::string(one.get_string()));
      };
      if (value.is_array())
        for (auto const& item : value.get_array()) add(item);
      else
        add(value);
      out.fields_.emplace_back(std::string(key), std::move(scalars));
    }
    out.fields_.emplace_back("event.kind", std::vector<Scalar>{std::string("observation")});
    return out;
  }

  rules::Values values(std::string_view name) const override {
    for (auto const& [key, scalars] : fields_)
      if (key == name) return rules::Values(std::span<Scalar const>(scalars));
    return {};
  }
  void texts(std::vector<std::string_view>& out) const override {
    for (auto const& [_, scalars] : fields_)
      for (auto const& scalar : scalars)
        if (auto const* found = std::get_if<std::string>(&scalar)) out.push_back(*found);
  }

 private:
  std::vector<std::pair<std::string, std::vector<Scalar>>> fields_;
};

class Runner {
 public:
  Runner(rules::RuleSet& set, ExampleReport& report) : set_(set), report_(report) {}

  void run() {
    for (std::uint32_t i = 0; i < set_.rules().size(); ++i) {
      if (set_.rules()[i].logsource.category == "observation" && set_.rules()[i].logsource.product == "greywatch") {
        observed(i);
        continue;
      }
      examples(set_.rules()[i].header, set_.reports(i), [&](std::vector<Finding> const& findings) {
        return std::ranges::all_of(findings, [&](Finding const& finding) {
          auto const matched = match(finding);
          return std::ranges::find(matched, i) != matched.end();
        });
      });
    }
    for (std::uint32_t i = 0; i < set_.correlations().size(); ++i)
      examples(set_.correlations()[i].header, set_.correlation_reports(i), [&](std::vector<Finding> const& findings) {
        rules::Correlations correlations(set_);
        std::vector<rules::Correlated> fired;
        for (auto const& finding : findings)
          correlations.on_event(rules::FindingView(finding), finding.time, finding.id, match(finding), fired);
        return std::ranges::find(fired, i, &rules::Correlated::correlation) != fired.end();
      });
  }

 private:
  std::vector<std::uint32_t> match(Finding const& finding) {
    std::vector<std::uint32_t> matched;
    set_.match(rules::FindingView(finding), matched);
    return matched;
  }

  void bare(rules::Header const& header, bool reports) {
    if (reports && (header.hits.empty() || header.misses.empty()))
      report_.bare.push_back(fmt::format("{}: \"{}\" has no example that {}", header.place, header.title,
                                         header.hits.empty() ? "hits" : "misses"));
  }

  /// An example of a rule that agents evaluate is one observation.
  void observed(std::uint32_t rule) {
    auto const& header = set_.rules()[rule].header;
    bare(header, set_.reports(rule));
    for (auto const* list : {&header.hits, &header.misses})
      for (auto const& example : *list) {
        ++report_.examples;
        auto const event = ObservationExample::read(example.lines.size() == 1 ? example.lines.front() : "");
        if (!event) {
          report_.failures.push_back(
              fmt::format("{}: the example is no observation: {}", example.place, event.error().text));
          continue;
        }
        std::vector<std::uint32_t> matched;
        set_.match(*event, matched);
        bool const wanted = list == &header.hits;
        if ((std::ranges::find(matched, rule) != matched.end()) != wanted)
          report_.failures.push_back(fmt::format("{}: \"{}\" {} {}", example.place, header.title,
                                                 wanted ? "should hit but misses" : "should miss but hits",
                                                 example.lines.front()));
      }
  }

  template <class Hits>
  void examples(rules::Header const& header, bool reports, Hits hits) {
    bare(header, reports);
    for (auto const* list : {&header.hits, &header.misses}) {
      bool const wanted = list == &header.hits;
      for (auto const& example : *list) {
        ++report_.examples;
        std::vector<Finding> findings;
        for (auto const& line : example.lines) {
          auto finding = complete(line, findings.size());
          if (!finding) {
            report_.failures.push_back(
                fmt::format("{}: the example is no finding: {}", example.place, finding.error().text));
            break;
          }
          findings.push_back(std::move(*finding));
        }
        if (findings.size() != example.lines.size() || hits(findings) == wanted) continue;
        std::string events;
        for (auto const& line : example.lines) events += (events.empty() ? "" : " ") + line.substr(0, line.size() - 1);
        report_.failures.push_back(fmt::format("{}: \"{}\" {} {}", example.place, header.title,
                                               wanted ? "should hit but misses" : "should miss but hits", events));
      }
    }
  }

  rules::RuleSet& set_;
  ExampleReport& report_;
};

}  // namespace

ExampleReport run_examples(rules::RuleSet& rules) {
  ExampleReport report;
  Runner(rules, report).run();
  return report;
}

}  // namespace greywatch::collector
