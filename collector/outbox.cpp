#include "collector/outbox.hpp"

#include <future>
#include <stdexcept>
#include <thread>

namespace greywatch::collector {

namespace {

constexpr std::size_t most_pending = 100'000;

/// Hands something to the store and waits for its commit; a full queue is tried again for a while.
template <class Submit>
void wait_for(Submit submit) {
  for (int tries = 0; tries < 200; ++tries) {
    auto const answer = std::make_shared<std::promise<Result<Committed, Refusal>>>();
    if (submit([answer](auto const& result) { answer->set_value(result); })) {
      auto const result = answer->get_future().get();
      if (!result) throw std::runtime_error(result.error().text);
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  throw std::runtime_error("the store takes nothing any more");
}

}  // namespace

void StoreOutbox::put(Delivery const& delivery) {
  wait_for([&](Store::Done done) {
    OutboxRow row{delivery.id, delivery.sink, delivery.alert, delivery.body, delivery.created};
    return store_.post(row, std::move(done));
  });
}

void StoreOutbox::done(std::string_view sink, std::string_view id) {
  wait_for([&](Store::Done done) {
    Settled settled{std::string(sink), std::string(id)};
    return store_.settle(settled, std::move(done));
  });
}

std::vector<Delivery> StoreOutbox::pending(std::string_view sink) {
  std::lock_guard const guard(mutex_);
  std::vector<Delivery> found;
  for (auto& row : reader_->waiting(sink, most_pending))
    found.push_back(
        {std::move(row.id), std::move(row.sink), std::move(row.alert), std::move(row.payload), row.created});
  return found;
}

}  // namespace greywatch::collector
