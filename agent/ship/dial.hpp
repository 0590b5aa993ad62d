#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>

#include "agent/ship/options.hpp"
#include "common/tls/socket.hpp"

namespace greywatch::agent {

/// How the owner ends what is under way: while something is, `now` ends it; `wanted` keeps the next step from starting.
struct Abort {
  std::function<void()> now;
  bool wanted = false;
};

/// Calls `expire` after a time unless it is gone by then.
class Deadline {
 public:
  Deadline(boost::asio::any_io_executor const& executor, std::chrono::milliseconds time, std::function<void()> expire);
  ~Deadline();
  Deadline(Deadline const&) = delete;
  Deadline& operator=(Deadline const&) = delete;

 private:
  boost::asio::steady_timer timer_;
  std::shared_ptr<bool> alive_;
};

/// The collector said Refuse, or something before that made the attempt pointless: `what` says it all.
class Refused : public std::runtime_error {
 public:
  Refused(link::RefuseCause cause, std::string const& reason) : std::runtime_error(reason), cause_(cause) {}
  link::RefuseCause cause() const { return cause_; }

 private:
  link::RefuseCause cause_;
};

/// Resolves, connects to the first address that answers, and shakes hands. Throws std::runtime_error with a sentence
/// that names what failed.
boost::asio::awaitable<tls::Socket> dial(UplinkOptions const& options, tls::Context const& context, Abort& abort);

/// Reads one message; throws tls::Error when it is malformed or too large. `heard`, when there is one, moves with each
/// octet: a rule pack may take minutes on a slow line.
boost::asio::awaitable<link::Message> read_message(tls::Socket& socket,
                                                   std::chrono::steady_clock::time_point* heard = nullptr);

/// Says Hello and returns the Welcome; throws Refused.
boost::asio::awaitable<link::Welcome> greet(tls::Socket& socket, link::Hello const& hello);

}  // namespace greywatch::agent
