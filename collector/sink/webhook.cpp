#include "collector/sink/webhook.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <thread>

#include "collector/sink/http.hpp"
#include "collector/sink/payload.hpp"
#include "collector/sink/signature.hpp"
#include "common/yaml.hpp"

namespace greywatch::collector {

namespace {

using Steady = std::chrono::steady_clock;

Time now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

/// What is read from files: once at the start, again on SIGHUP.
struct Keys {
  std::vector<std::string> secrets;
  std::string authorization;
};

Result<Keys, Refusal> read_keys(SinkConfig const& config) {
  Keys keys;
  for (auto const& file : config.webhook.secrets) {
    auto const text = read_secret(file);
    if (!text) return std::unexpected(text.error());
    auto key = parse_webhook_secret(*text);
    if (!key) return refuse(fmt::format("{}: {}", secret_path(file), key.error().text));
    keys.secrets.push_back(std::move(*key));
  }
  if (!config.webhook.authorization.empty()) {
    auto text = read_secret(config.webhook.authorization);
    if (!text) return std::unexpected(text.error());
    if (text->find_first_of("\r\n") != std::string::npos)
      return refuse(fmt::format("{} has more than one line", secret_path(config.webhook.authorization)));
    keys.authorization = std::move(*text);
  }
  return keys;
}

class WebhookSink : public Sink {
 public:
  WebhookSink(SinkConfig config, Keys keys, Outbox& outbox)
      : config_(std::move(config)), keys_(std::move(keys)), outbox_(outbox), client_(config_.webhook) {
    for (auto& delivery : outbox_.pending(config_.name)) queue_.push_back({std::move(delivery), Steady::now(), false});
    thread_ = std::jthread([this](std::stop_token const& stop) { run(stop); });
  }

  std::string const& name() const override { return config_.name; }
  void send(Alert const& alert) override;
  void reopen() override;
  SinkCounters counters() const override;

 private:
  struct Waiting {
    Delivery delivery;
    Steady::time_point due;
    bool held;  ///< not tried yet and may be replaced
  };
  void run(std::stop_token const& stop);
  void attempt(std::stop_token const& stop, std::unique_lock<std::mutex>& lock);
  void drop_front(std::uint64_t& reason);
  void trim();

  SinkConfig const config_;
  Keys keys_;
  Outbox& outbox_;
  HttpClient client_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Waiting> queue_;
  SinkCounters counters_;
  unsigned failures_ = 0;  ///< in a row
  std::minstd_rand jitter_{std::random_device{}()};
  std::jthread thread_;  // last: it uses all of the above
};

void WebhookSink::send(Alert const& alert) {
  auto const& options = config_.webhook;
  std::unique_lock lock(mutex_);
  if (!wanted(config_, alert)) {
    ++counters_.filtered;
    return;
  }
  ++counters_.accepted;
  if (counters_.disabled) {
    ++counters_.refused;
    return;
  }
  Delivery delivery{message_id(alert), config_.name, alert.id, {}, now()};
  delivery.body = options.format == WebhookFormat::greywatch
                      ? own_payload(alert)
                      : alertmanager_payload(alert, config_.name, options.external_url);
  outbox_.put(delivery);
  auto due = Steady::now() + (alert.firing ? options.group_wait : Duration{});
  // A newer state of the same alert takes the place, and the time, of one that is still held.
  auto const held =
      std::ranges::find_if(queue_, [&](Waiting const& one) { return one.held && one.delivery.alert == alert.id; });
  if (held != queue_.end()) {
    due = std::min(due, held->due);
    ++counters_.replaced;
    outbox_.done(config_.name, held->delivery.id);
    queue_.erase(held);
  }
  queue_.push_back({std::move(delivery), due, options.group_wait > Duration{}});
  trim();
  lock.unlock();
  changed_.notify_one();
}

void WebhookSink::trim() {
  while (queue_.size() > config_.webhook.most_pending) drop_front(counters_.given_up);
}

void WebhookSink::drop_front(std::uint64_t& reason) {
  ++reason;
  outbox_.done(config_.name, queue_.front().delivery.id);
  queue_.pop_front();
}

void WebhookSink::run(std::stop_token const& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (queue_.empty()) {
      changed_.wait(lock, stop, [&] { return !queue_.empty(); });
      continue;
    }
    auto const due = queue_.front().due;
    if (Steady::now() < due) {
      changed_.wait_until(lock, stop, due, [&] { return queue_.empty() || queue_.front().due < due; });
      continue;
    }
    try {
      attempt(stop, lock);
    } catch (std::exception const& error) {
      // The outbox's disk: the message stays in the queue and is tried again.
      spdlog::error("sink {}: {}", config_.name, error.what());
      if (!lock.owns_lock()) lock.lock();
      if (!queue_.empty()) queue_.front().due = Steady::now() + config_.webhook.most_backoff;
    }
  }
}

void WebhookSink::attempt(std::stop_token const& stop, std::unique_lock<std::mutex>& lock) {
  auto const& options = config_.webhook;
  if (now() - queue_.front().delivery.created > options.give_up) {
    spdlog::error("sink {}: message {} is given up after {}", config_.name, queue_.front().delivery.id,
                  yaml::to_string(options.give_up));
    return drop_front(counters_.given_up);
  }
  queue_.front().held = false;
  auto const delivery = queue_.front().delivery;
  auto const keys = keys_;
  lock.unlock();

  auto const timestamp = std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch()).count();
  std::vector<std::string> headers{"content-type: application/json", "webhook-id: " + delivery.id,
                                   fmt::format("webhook-timestamp: {}", timestamp)};
  if (!keys.secrets.empty())
    headers.push_back("webhook-signature: " + sign_webhook(keys.secrets, delivery.id, timestamp, delivery.body));
  if (!keys.authorization.empty()) headers.push_back("authorization: " + keys.authorization);
  auto const answer = client_.post(headers, delivery.body, stop);

  lock.lock();
  if (answer.stopped) return;
  // `trim` may have dropped it meanwhile.
  bool const still = !queue_.empty() && queue_.front().delivery.id == delivery.id;
  if (answer.status >= 200 && answer.status < 300) {
    if (failures_ > 0) spdlog::info("sink {}: delivered after {} failed tries", config_.name, failures_);
    failures_ = 0;
    if (still)
      drop_front(counters_.delivered);
    else
      ++counters_.delivered;
    return;
  }
  ++counters_.failed_tries;
  if (answer.status == 410) {
    counters_.disabled = true;
    spdlog::error("sink {}: the receiver answered 410 Gone; nothing is sent to it until the next start", config_.name);
    while (!queue_.empty()) drop_front(counters_.refused);
    return;
  }
  auto const why = answer.status ? fmt::format("HTTP status {}", answer.status) : answer.error;
  if (answer.status == 400 || answer.status == 413 || answer.status == 422) {
    spdlog::error("sink {}: the receiver refuses message {} for good: {}", config_.name, delivery.id, why);
    if (still) drop_front(counters_.refused);
    return;
  }
  failures_ = std::min(failures_ + 1, 40U);
  auto wait = options.backoff * (std::int64_t{1} << std::min(failures_ - 1, 20U));
  wait = std::min(wait, options.most_backoff);
  // Between half and the whole of it, so that many collectors do not come back in step.
  wait = wait / 2 + Duration(std::uniform_int_distribution<std::int64_t>(0, wait.count() / 2)(jitter_));
  if (answer.retry_after > Duration{}) wait = std::min(answer.retry_after, options.most_backoff);
  if (failures_ == 1) spdlog::warn("sink {}: {}; trying again in {:.1f} s", config_.name, why, seconds(wait));
  if (still) queue_.front().due = Steady::now() + wait;
}

void WebhookSink::reopen() {
  auto keys = read_keys(config_);
  if (!keys) {
    spdlog::error("sink {}: {}; the old secrets stay", config_.name, keys.error().text);
    return;
  }
  std::scoped_lock const lock(mutex_);
  keys_ = std::move(*keys);
}

SinkCounters WebhookSink::counters() const {
  std::scoped_lock const lock(mutex_);
  auto counters = counters_;
  counters.pending = queue_.size();
  return counters;
}

}  // namespace

Result<std::unique_ptr<Sink>, Refusal> make_webhook(SinkConfig const& config, Outbox& outbox) {
  auto keys = read_keys(config);
  if (!keys) return refuse(fmt::format("sink \"{}\": {}", config.name, keys.error().text));
  return std::make_unique<WebhookSink>(config, std::move(*keys), outbox);
}

void read_webhook(yaml::Mapping& mapping, SinkConfig& into) {
  auto& options = into.webhook;
  if (mapping.required("url", options.url) && !options.url.starts_with("https://") &&
      !options.url.starts_with("http://"))
    mapping.error(*mapping.node().find("url"), "is no http or https address");
  mapping.choice<WebhookFormat>(
      "format", options.format,
      {{"greywatch", WebhookFormat::greywatch}, {"alertmanager", WebhookFormat::alertmanager}});
  mapping.optional("secrets", options.secrets);
  mapping.optional("authorization", options.authorization);
  mapping.optional("ca", options.ca);
  mapping.optional("certificate", options.certificate);
  mapping.optional("key", options.key);
  mapping.optional("proxy", options.proxy);
  mapping.optional("external_url", options.external_url);
  using namespace std::chrono_literals;
  mapping.optional<Duration>("timeout", options.timeout, {100ms, 5min});
  mapping.optional<Duration>("backoff", options.backoff, {10ms, 1h});
  mapping.optional<Duration>("most_backoff", options.most_backoff, {10ms, 24h});
  mapping.optional<Duration>("give_up", options.give_up, {1min, 720h});
  mapping.optional<Duration>("group_wait", options.group_wait, {0s, 1h});
  mapping.optional<std::size_t>("most_pending", options.most_pending, {1, 1'000'000});
}

}  // namespace greywatch::collector
