#include "collector/status.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <boost/json.hpp>
#include <ostream>

#include "collector/client.hpp"
#include "collector/status_text.hpp"
#include "common/result.hpp"

namespace greywatch::collector {

namespace {

namespace json = boost::json;

/// All items of a listing, page by page, at most `most`.
Result<json::array, Refusal> all(Client& client, std::string const& path, std::size_t most) {
  json::array items;
  std::string cursor;
  do {
    auto page = client.get(
        path + (cursor.empty() ? "" : (path.find('?') == std::string::npos ? "?" : "&") + ("cursor=" + cursor)));
    if (!page) return std::unexpected(page.error());
    auto const& body = page->body.as_object();
    for (auto const& item : body.at("items").as_array()) items.push_back(item);
    auto const& next = body.at("next");
    cursor = next.is_string() ? std::string(next.get_string()) : std::string();
  } while (!cursor.empty() && items.size() < most);
  return items;
}

int tell(Client& client, std::ostream& out, std::ostream& err) {
  auto const fault = [&](Refusal const& why) {
    fmt::print(err, "{}\n", why.text);
    return 1;
  };
  auto const ready = client.get("/readyz");
  if (!ready) return fault(ready.error());
  fmt::print(out, "{}\n", member_text(ready->body, "status"));
  for (auto const& check : ready->body.as_object().at("checks").as_array())
    fmt::print(out, "  {:10} {}  {}\n", member_text(check, "name"),
               member_text(check, "ok") == "true" ? "ok    " : "FAILED", member_text(check, "detail"));
  auto const nodes = all(client, "/api/v1/nodes?limit=1000", 20'000);
  if (!nodes) return fault(nodes.error());
  auto const scores = all(client, "/api/v1/scores?state=current", 1'000);
  if (!scores) return fault(scores.error());
  auto const alerts = all(client, "/api/v1/alerts?state=firing", 1'000);
  if (!alerts) return fault(alerts.error());
  fmt::print(out, "\n{}\n{}\n{}", score_lines(*scores), alert_lines(*alerts), node_lines(*nodes));
  return ready->status == 200 ? 0 : 1;
}

}  // namespace

int status(StatusOptions const& options, std::ostream& out, std::ostream& err) {
  try {
    Client client({.url = options.url, .token = options.token, .authority = options.authority, .pinned = false});
    return tell(client, out, err);
  } catch (std::exception const& error) {
    fmt::print(err, "{}: unexpected answer: {}\n", options.url, error.what());
    return 1;
  }
}

}  // namespace greywatch::collector
