#include "collector/client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>

#include "collector/status_text.hpp"

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

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

}  // namespace

struct Client::Impl {
  explicit Impl(ClientOptions const& with) : options(with), handle(curl_easy_init(), curl_easy_cleanup) {
    if (options.token.empty()) return;
    std::ifstream in(options.token);
    std::getline(in, token);
  }
  ClientOptions options;
  std::string token;
  std::unique_ptr<CURL, void (*)(CURL*)> handle;
};

Client::Client(ClientOptions const& options) : impl_(std::make_unique<Impl>(options)) {}
Client::~Client() = default;

Result<Client::Answer, Refusal> Client::ask(std::string const& path) {
  auto const& options = impl_->options;
  std::string text;
  auto* const handle = impl_->handle.get();
  auto const url = options.url + path;
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, 10L);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, gather);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &text);
  if (!options.authority.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, options.authority.c_str());
  if (options.pinned) curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
  if (auto const code = curl_easy_perform(handle); code != CURLE_OK)
    return refuse(fmt::format("{}: {}", url, curl_easy_strerror(code)));
  Answer answer;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
  boost::system::error_code error;
  answer.body = json::parse(text, error);
  if (error || !answer.body.is_object())
    return refuse(fmt::format("{}: status {}, not the answer of a collector", url, answer.status));
  return answer;
}

Result<Client::Answer, Refusal> Client::get(std::string const& path) {
  auto* const handle = impl_->handle.get();
  List headers;
  if (!impl_->token.empty())
    headers.reset(curl_slist_append(nullptr, ("Authorization: Bearer " + impl_->token).c_str()));
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
  auto answer = ask(path);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, nullptr);
  if (answer && answer->status != 200 && answer->status != 503)
    return refuse(fmt::format("{}{}: status {}: {}", impl_->options.url, path, answer->status,
                              member_text(answer->body, "detail")));
  return answer;
}

Result<Client::Answer, Refusal> Client::post(std::string const& path, std::string const& type,
                                             std::string const& content) {
  auto* const handle = impl_->handle.get();
  List headers(curl_slist_append(nullptr, ("Content-Type: " + type).c_str()));
  if (!impl_->token.empty()) curl_slist_append(headers.get(), ("Authorization: Bearer " + impl_->token).c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_POST, 1L);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, content.c_str());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(content.size()));
  auto answer = ask(path);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, nullptr);
  if (answer && answer->status >= 300)
    return refuse(fmt::format("{}{}: status {}: {}", impl_->options.url, path, answer->status,
                              member_text(answer->body, "detail")));
  return answer;
}

}  // namespace greywatch::collector
