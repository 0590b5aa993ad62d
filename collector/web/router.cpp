#include "collector/web/router.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <set>

#include "common/event/finding.hpp"
#include "common/event/ndjson.hpp"

namespace greywatch::collector {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t most_rows = 1000;

constexpr std::array no_parameters = std::array<std::string_view, 0>{};
constexpr std::array node_parameters{"limit"sv, "cursor"sv, "node"sv, "state"sv};
constexpr std::array finding_parameters{"limit"sv, "cursor"sv, "node"sv,  "code"sv, "class"sv,
                                        "kind"sv,  "id"sv,     "since"sv, "until"sv};
constexpr std::array indicator_parameters{"limit"sv, "cursor"sv, "node"sv,  "class"sv,
                                          "rule"sv,  "id"sv,     "since"sv, "until"sv};
constexpr std::array asset_parameters{"limit"sv, "cursor"sv, "node"sv, "id"sv, "since"sv, "until"sv};
constexpr std::array context_parameters{"limit"sv, "cursor"sv, "kind"sv, "state"sv, "id"sv, "since"sv, "until"sv};
constexpr std::array score_parameters{"limit"sv, "cursor"sv, "scope"sv, "state"sv, "since"sv, "until"sv};
constexpr std::array alert_parameters{"limit"sv, "cursor"sv, "scope"sv, "state"sv, "id"sv, "since"sv, "until"sv};

constexpr std::array all{
    Route{"/", "this list", no_parameters},
    Route{"/healthz", "200 while the process lives", no_parameters},
    Route{"/readyz", "200 when every part works, else 503; JSON with each check", no_parameters},
    Route{"/metrics", "Prometheus text or OpenMetrics", no_parameters},
    Route{"/api/v1/nodes", "nodes with coverage and when they were last heard", node_parameters},
    Route{"/api/v1/findings", "what the agents found odd", finding_parameters},
    Route{"/api/v1/indicators", "what the rules made of it", indicator_parameters},
    Route{"/api/v1/scores", "campaign scores with their contributions", score_parameters},
    Route{"/api/v1/alerts", "alerts with their explanations", alert_parameters},
    Route{"/api/v1/assets", "who is there, as the agents heard it", asset_parameters},
    Route{"/api/v1/context", "declared causes; POST adds some", context_parameters, true},
};

struct Word {
  std::string_view parameter;
  std::vector<std::string_view> words;
};

/// The words a state may take, which differ from table to table.
std::vector<std::string_view> states(Listing listing) {
  switch (listing) {
    case Listing::nodes:
      return {"seen", "silent", "never_seen"};
    case Listing::scores:
      return {"current", "ticks"};
    case Listing::alerts:
      return {"firing", "resolved"};
    case Listing::context:
      return {"standing", "over"};
    default:
      return {};
  }
}

std::vector<std::string_view> kinds(Listing listing) {
  if (listing == Listing::context)
    return {"maintenance", "weather", "rollout", "scan_wave", "market_stress", "crisis", "exercise"};
  return {"alert", "summary", "coverage"};
}

/// Reads a target's query into `query`; the first error sticks.
class QueryReader {
 public:
  QueryReader(Route const& route, Listing listing) : route_(route), listing_(listing) {}

  void take(std::string const& key, std::string const& value) {
    if (std::ranges::find(route_.parameters, std::string_view(key)) == route_.parameters.end())
      return wrong(
          fmt::format("there is no parameter \"{}\" here; known are: {}", key, fmt::join(route_.parameters, ", ")));
    if (!seen_.insert(key).second) return wrong(fmt::format("the parameter \"{}\" is there twice", key));
    if (value.empty()) return wrong(fmt::format("the parameter \"{}\" is empty", key));
    if (key == "limit") return limit(value);
    if (key == "cursor") query_.cursor = value;
    if (key == "node") query_.node = value;
    if (key == "code") query_.code = value;
    if (key == "scope") query_.scope = value;
    if (key == "rule") query_.rule = value;
    if (key == "id") query_.id = value;
    if (key == "since") return time(key, value, query_.since);
    if (key == "until") return time(key, value, query_.until);
    if (key == "class")
      return word(key, value, {"recon", "access", "command", "market", "timing", "loss"}, query_.classification);
    if (key == "kind") return word(key, value, kinds(listing_), query_.kind);
    if (key == "state") return word(key, value, states(listing_), query_.state);
  }

  Result<ListQuery, Refusal> finish() {
    if (why_.empty() && query_.since && query_.until && *query_.since > *query_.until)
      wrong("since is later than until");
    if (!why_.empty()) return refuse(why_);
    return std::move(query_);
  }

 private:
  void wrong(std::string text) {
    if (why_.empty()) why_ = std::move(text);
  }
  void limit(std::string const& value) {
    std::size_t rows = 0;
    auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), rows);
    if (error != std::errc{} || end != value.data() + value.size() || rows < 1 || rows > most_rows)
      return wrong(fmt::format("limit is \"{}\", not a number from 1 to {}", value, most_rows));
    query_.limit = rows;
  }
  void time(std::string const& key, std::string const& value, std::optional<Time>& into) {
    // An offset's "+" that nobody wrote as %2B has been decoded to a space.
    auto text = value;
    if (text.size() > 24 && text[text.size() - 6] == ' ') text[text.size() - 6] = '+';
    auto const read = parse_rfc3339(text);
    if (!read) return wrong(fmt::format("{}: {}", key, read.error().text));
    into = *read;
  }
  void word(std::string const& key, std::string const& value, std::vector<std::string_view> const& words,
            std::optional<std::string>& into) {
    if (std::ranges::find(words, std::string_view(value)) == words.end())
      return wrong(fmt::format("{} is \"{}\", none of: {}", key, value, fmt::join(words, ", ")));
    into = value;
  }

  Route const& route_;
  Listing listing_;
  ListQuery query_;
  std::set<std::string> seen_;
  std::string why_;
};

WebAnswer index() {
  WebAnswer out{.content_type = "text/plain; charset=utf-8", .body = "greywatch collector\n\n"};
  for (auto const& route : all) out.body += fmt::format("{:20} {}\n", route.path, route.about);
  return out;
}

WebAnswer ready(Views& views) {
  WebAnswer out{.content_type = "application/json"};
  auto const checks = views.readiness();
  bool const ok = std::ranges::all_of(checks, &Check::ok);
  out.status = ok ? 200 : 503;
  out.body = fmt::format("{{\"status\":\"{}\",\"checks\":[", ok ? "ready" : "not_ready");
  for (auto const& check : checks) {
    if (out.body.back() != '[') out.body += ',';
    JsonLine line(out.body);
    line.text("name", check.name);
    line.boolean("ok", check.ok);
    line.text("detail", check.detail);
    line.end();
    out.body.pop_back();
  }
  out.body += "]}\n";
  return out;
}

WebAnswer metrics(WebRequest const& request, Views& views) {
  // Prometheus asks for OpenMetrics by name and takes the text format else; quality values need no weighing for that.
  bool const open = request.accept.find("application/openmetrics-text") != std::string::npos;
  return {.content_type = open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                               : "text/plain; version=0.0.4; charset=utf-8",
          .body = views.metrics(open ? Exposition::open_metrics : Exposition::text)};
}

WebAnswer list(Route const& route, Listing listing, boost::urls::url_view const& url, Views& views) {
  QueryReader reader(route, listing);
  for (auto const& parameter : url.params()) reader.take(std::string(parameter.key), std::string(parameter.value));
  auto const query = reader.finish();
  if (!query) return problem(400, "Bad query", query.error().text);
  auto const page = views.list(listing, *query);
  if (!page) return problem(400, "Bad query", page.error().text);
  WebAnswer out{.content_type = "application/json"};
  out.body = "{\"items\":[";
  for (auto const& item : page->items) {
    if (&item != &page->items.front()) out.body += ",\n";
    out.body += item;
  }
  out.body += "],\"next\":";
  out.body += page->next.empty() ? "null" : '"' + page->next + '"';
  out.body += "}\n";
  return out;
}

std::optional<Listing> listing_of(std::string_view path) {
  static constexpr std::array names{"nodes"sv,  "findings"sv, "indicators"sv, "scores"sv,
                                    "alerts"sv, "assets"sv,   "context"sv};
  if (!path.starts_with("/api/v1/")) return std::nullopt;
  auto const found = std::ranges::find(names, path.substr(8));
  if (found == names.end()) return std::nullopt;
  return static_cast<Listing>(found - names.begin());
}

/// Only these types: a web page cannot send them to another origin without asking first (the Fetch standard, 4.8), and
/// what it asks is refused. So no page in an operator's browser declares anything.
WebAnswer declare(WebRequest const& request, Views& views) {
  auto const type = request.content_type.substr(0, request.content_type.find_first_of("; "));
  bool const lines = type == "application/x-ndjson";
  if (!lines && type != "application/json")
    return problem(415, "Unsupported media type", "send application/json, or application/x-ndjson for several causes");
  if (request.content.find_first_not_of(" \r\n\t") == std::string::npos)
    return problem(400, "Bad content", "the content is empty; docs/api.md says what a cause looks like");
  auto const done = views.declare(request.content, lines, request.peer);
  if (!done) {
    switch (done.error().why) {
      case Declined::Why::content:
        return problem(400, "Bad content", done.error().text);
      case Declined::Why::full:
        return problem(409, "Too many causes", done.error().text);
      case Declined::Why::unavailable:
        return problem(503, "Not available", done.error().text);
    }
  }
  WebAnswer out{.status = done->accepted ? 201U : 200U, .content_type = "application/json"};
  JsonLine line(out.body);
  line.number("accepted", std::uint64_t{done->accepted});
  line.number("known", std::uint64_t{done->known});
  line.open_list("ids");
  for (auto const& id : done->ids) line.item(id);
  line.close_list();
  line.end();
  return out;
}

WebAnswer dispatch(WebRequest const& request, Views& views) {
  if (request.target.size() > longest_target)
    return problem(414, "URI too long", fmt::format("the target has more than {} octets", longest_target));
  auto const url = boost::urls::parse_origin_form(request.target);
  if (!url) return problem(400, "Bad target", "the target is no path with a query, see RFC 9112, 3.2.1");
  // The path as it stands: nothing here needs percent-encoding, and what needs none is not decoded.
  auto const encoded = url->encoded_path();
  std::string_view const path(encoded.data(), encoded.size());
  auto const route = std::ranges::find(all, path, &Route::path);
  if (route == all.end()) return problem(404, "Not found", "there is nothing under this path; / lists what there is");
  if (request.method != "GET" && request.method != "HEAD") {
    if (route->takes_content && request.method == "POST") {
      if (url->has_query()) return problem(400, "Bad query", "POST takes no parameters here");
      return declare(request, views);
    }
    std::string const allowed = route->takes_content ? "GET, HEAD, POST" : "GET, HEAD";
    auto refused = problem(405, "Method not allowed", fmt::format("only {} are answered", allowed));
    refused.headers.emplace_back("Allow", allowed);
    return refused;
  }
  if (auto const listing = listing_of(path)) return list(*route, *listing, *url, views);
  if (url->has_query()) return problem(400, "Bad query", "this path takes no parameters");
  if (path == "/metrics") return metrics(request, views);
  if (path == "/readyz") return ready(views);
  if (path == "/healthz") return {.content_type = "text/plain; charset=utf-8", .body = "ok\n"};
  return index();
}

}  // namespace

std::span<Route const> routes() { return all; }

bool takes_content(std::string_view method, std::string_view target) {
  auto const route = std::ranges::find(all, target.substr(0, target.find('?')), &Route::path);
  return method == "POST" && route != all.end() && route->takes_content;
}

WebAnswer problem(unsigned status, std::string_view title, std::string_view detail) {
  WebAnswer out{.status = status, .content_type = "application/problem+json"};
  JsonLine line(out.body);
  line.text("type", "about:blank");
  line.text("title", title);
  line.number("status", std::uint64_t{status});
  line.text("detail", detail);
  line.end();
  return out;
}

WebAnswer answer(WebRequest const& request, Views& views) {
  try {
    return dispatch(request, views);
  } catch (std::exception const& error) {
    spdlog::error("web: {} {}: {}", request.method, request.target.substr(0, 200), error.what());
    return problem(500, "Internal error", "the request failed for a reason of the collector's own; its log says which");
  }
}

}  // namespace greywatch::collector
