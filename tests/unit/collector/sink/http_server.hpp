#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace greywatch::test {

/// A receiver on a loopback port: answers each POST with the next status of a script (then 200) and keeps what came.
class HttpServer {
 public:
  struct Request {
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
  };

  explicit HttpServer(std::deque<int> script = {}) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listener_, 8) != 0)
      throw std::runtime_error("no loopback port");
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](std::stop_token const& stop) { run(stop); });
  }
  ~HttpServer() {
    thread_.request_stop();
    thread_.join();
    ::close(listener_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hook"; }

  /// Waits until `count` requests have come, ten seconds at most, and gives all.
  std::vector<Request> wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, std::chrono::seconds(10), [&] { return requests_.size() >= count; });
    return requests_;
  }

 private:
  void run(std::stop_token const& stop) {
    while (!stop.stop_requested()) {
      if (!readable(listener_)) continue;
      int const peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) continue;
      serve(peer, stop);
      ::close(peer);
    }
  }
  static bool readable(int fd) {
    pollfd one{fd, POLLIN, 0};
    return ::poll(&one, 1, 20) > 0;
  }
  void serve(int peer, std::stop_token const& stop) {
    std::string in;
    while (!stop.stop_requested()) {
      auto const end = in.find("\r\n\r\n");
      if (end != std::string::npos) {
        Request request;
        std::size_t at = in.find("\r\n") + 2;
        while (at < end + 2) {
          auto const line_end = in.find("\r\n", at);
          auto const line = in.substr(at, line_end - at);
          auto const colon = line.find(':');
          auto name = line.substr(0, colon);
          for (auto& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
          request.headers[name] = line.substr(line.find_first_not_of(' ', colon + 1));
          at = line_end + 2;
        }
        auto const length = std::stoul(request.headers["content-length"]);
        if (in.size() >= end + 4 + length) {
          request.body = in.substr(end + 4, length);
          in.erase(0, end + 4 + length);
          answer(peer, std::move(request));
          continue;
        }
      }
      if (!readable(peer)) continue;
      char buffer[65536];
      auto const got = ::recv(peer, buffer, sizeof buffer, 0);
      if (got <= 0) return;
      in.append(buffer, static_cast<std::size_t>(got));
    }
  }
  void answer(int peer, Request request) {
    int status = 200;
    {
      std::scoped_lock const lock(mutex_);
      requests_.push_back(std::move(request));
      if (!script_.empty()) {
        status = script_.front();
        script_.pop_front();
      }
    }
    auto const text = "HTTP/1.1 " + std::to_string(status) + " X\r\ncontent-length: 0\r\n\r\n";
    [[maybe_unused]] auto const sent = ::send(peer, text.data(), text.size(), MSG_NOSIGNAL);
    came_.notify_all();
  }

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Request> requests_;
  std::deque<int> script_;
  std::jthread thread_;
};

}  // namespace greywatch::test
