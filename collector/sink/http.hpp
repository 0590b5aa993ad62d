#pragma once
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "collector/sink/sinks.hpp"

namespace greywatch::collector {

/// What a receiver answered; `status` 0 when nothing came, then `error` says why.
struct HttpAnswer {
  long status = 0;
  bool stopped = false;    ///< the stop token ended it
  Duration retry_after{};  ///< 0 when not asked for
  std::string error;
};

/// Posts to one URL over a kept connection, HTTP/2 where the server speaks it. One thread at a time.
class HttpClient {
 public:
  explicit HttpClient(WebhookOptions const& options);
  ~HttpClient();
  HttpClient(HttpClient const&) = delete;
  HttpClient& operator=(HttpClient const&) = delete;

  /// Blocks until answered, timed out or stopped. What the answer holds beside status and Retry-After is ignored.
  HttpAnswer post(std::vector<std::string> const& headers, std::string_view body, std::stop_token const& stop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace greywatch::collector
