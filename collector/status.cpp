#include "collector/status.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <boost/json.hpp>
#include <fstream>
#include <memory>
#include <ostream>

#include "collector/status_text.hpp"
#include "common/result.hpp"

namespace greywatch::collector {

namespace {

namespace json = boost::json;

constexpr std::size_t longest_answer = 16 << 20;

std::size_t gather(char* data, std::size_t size, std::size_t count, void* into) {
  auto& text = *static_cast<std::string*>(into);
  if (text.size() + size * count > longest_answer) return 0;
  text.append(data, size * count);
  return size * count;
}

struct Answer {
  long status = 0;
  json::value body;
};

class Client {
 public:
  explicit Client(StatusOptions const& options) : options_(options), handle_(curl_easy_init(), curl_easy_cleanup) {
    if (options.token.empty()) return;
    std::ifstream in(options.token);
    std::string token;
    std::getline(in, token);
    headers_.reset(curl_slist_append(nullptr, ("Authorization: Bearer " + token).c_str()));
  }

  Result<Answer, Refusal> get(std::string const& path) {
    std::string text;
    auto* const handle = handle_.get();
    auto const url = options_.url + path;
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(handle, CURLOPT_TIMEOUT, 10L);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, gather);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &text);
    if (headers_) curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers_.get());
    if (!options_.authority.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, options_.authority.c_str());
    if (auto const code = curl_easy_perform(handle); code != CURLE_OK)
      return refuse(fmt::format("{}: {}", url, curl_easy_strerror(code)));
    Answer answer;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
    boost::system::error_code error;
    answer.body = json::parse(text, error);
    if (error || !answer.body.is_object())
      return refuse(fmt::format("{}: status {}, not the answer of a collector", url, answer.status));
    if (answer.status != 200 && answer.status != 503)
      return refuse(fmt::format("{}: status {}: {}", url, answer.status, member_text(answer.body, "detail")));
    return answer;
  }

 private:
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  StatusOptions const& options_;
  std::unique_ptr<CURL, void (*)(CURL*)> handle_;
  std::unique_ptr<curl_slist, FreeList> headers_;
};

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
    Client client(options);
    return tell(client, out, err);
  } catch (std::exception const& error) {
    fmt::print(err, "{}: unexpected answer: {}\n", options.url, error.what());
    return 1;
  }
}

}  // namespace greywatch::collector
