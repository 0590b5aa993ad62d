#include "collector/sink/http.hpp"

#include <curl/curl.h>

#include <mutex>
#include <stdexcept>

#include "collector/sink/signature.hpp"

namespace greywatch::collector {

namespace {

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) { return size * count; }

int stop_asked(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<std::stop_token const*>(stop)->stop_requested() ? 1 : 0;
}

struct Headers {
  curl_slist* list = nullptr;
  void add(std::string const& line) {
    auto* longer = curl_slist_append(list, line.c_str());
    if (!longer) throw std::bad_alloc();
    list = longer;
  }
  ~Headers() { curl_slist_free_all(list); }
};

}  // namespace

struct HttpClient::Impl {
  CURL* curl = nullptr;
  char error[CURL_ERROR_SIZE] = {};
};

HttpClient::HttpClient(WebhookOptions const& options) : impl_(std::make_unique<Impl>()) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  impl_->curl = curl_easy_init();
  auto* curl = impl_->curl;
  if (!curl) throw std::runtime_error("libcurl gives no handle");
  auto const milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(options.timeout).count();
  curl_easy_setopt(curl, CURLOPT_URL, options.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(milliseconds));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(milliseconds));
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "greywatch-collector");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, impl_->error);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
  curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(1 << 20));
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, stop_asked);
  if (!options.ca.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, secret_path(options.ca).c_str());
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  }
  if (!options.certificate.empty()) curl_easy_setopt(curl, CURLOPT_SSLCERT, secret_path(options.certificate).c_str());
  if (!options.key.empty()) curl_easy_setopt(curl, CURLOPT_SSLKEY, secret_path(options.key).c_str());
  if (options.proxy == "none")
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
  else if (!options.proxy.empty())
    curl_easy_setopt(curl, CURLOPT_PROXY, options.proxy.c_str());
}

HttpClient::~HttpClient() { curl_easy_cleanup(impl_->curl); }

HttpAnswer HttpClient::post(std::vector<std::string> const& lines, std::string_view body, std::stop_token const& stop) {
  auto* curl = impl_->curl;
  Headers headers;
  for (auto const& line : lines) headers.add(line);
  // No "Expect: 100-continue": it costs a second at receivers that ignore it.
  headers.add("expect:");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.list);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &stop);
  impl_->error[0] = 0;
  auto const code = curl_easy_perform(curl);
  HttpAnswer answer;
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    answer.stopped = true;
  } else if (code != CURLE_OK) {
    answer.error = impl_->error[0] ? impl_->error : curl_easy_strerror(code);
  } else {
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_off_t after = 0;
    if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &after) == CURLE_OK && after > 0)
      answer.retry_after = std::chrono::seconds(std::min<curl_off_t>(after, 86400));
  }
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, nullptr);
  return answer;
}

}  // namespace greywatch::collector
