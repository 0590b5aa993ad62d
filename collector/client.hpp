#pragma once
#include <boost/json/value.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "common/result.hpp"

namespace greywatch::collector {

/// How a running collector is asked over its HTTP API.
struct ClientOptions {
  std::string url = "http://127.0.0.1:9464";
  std::filesystem::path token;      ///< file with the bearer token, if it wants one
  std::filesystem::path authority;  ///< PEM to trust for https; empty: the system's
  bool pinned = false;              ///< `authority` is the collector's own certificate: its names do not matter
};

/// Asks one collector, over one connection. One thread.
class Client {
 public:
  explicit Client(ClientOptions const& options);
  ~Client();

  struct Answer {
    long status = 0;
    boost::json::value body;  ///< an object
  };
  /// Refused: no answer, one that is no collector's, or a problem, with its detail. 503 is an answer to GET.
  Result<Answer, Refusal> get(std::string const& path);
  Result<Answer, Refusal> post(std::string const& path, std::string const& type, std::string const& content);

 private:
  struct Impl;
  Result<Answer, Refusal> ask(std::string const& path);
  std::unique_ptr<Impl> impl_;
};

}  // namespace greywatch::collector
