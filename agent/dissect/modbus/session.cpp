#include "agent/dissect/modbus/session.hpp"

#include <algorithm>
#include <type_traits>

namespace greywatch::agent::modbus {

static_assert(std::is_trivially_copyable_v<Session>);
static_assert(sizeof(Session) <= 128, "100,000 flows must stay small");

void Session::begin(Flow const& flow) {
  if (begun_) return;
  begun_ = true;
  votes_ = flow.server_guessed ? 0 : 3;
}

void Session::vote(bool fits) {
  static constexpr int most_votes = 8;
  if (fits) {
    votes_ = static_cast<std::int8_t>(std::min(votes_ + 1, most_votes));
  } else if (--votes_ < 0) {
    turned_ = !turned_;
    votes_ = 1;
    count_ = 0;
    complete_ = false;
  }
}

void Session::request(Mbap const& mbap, Pdu const& pdu) {
  if (count_ == most_pending) {
    std::copy(pending_.begin() + 1, pending_.end(), pending_.begin());
    --count_;
    complete_ = false;
  }
  pending_[count_++] = {.transaction = mbap.transaction,
                        .unit = mbap.unit,
                        .function = pdu.function,
                        .low = static_cast<std::uint16_t>(pdu.object),
                        .high = pdu.besides != 0 ? pdu.besides : static_cast<std::uint16_t>(pdu.object >> 16),
                        .count = pdu.count};
  last_transaction_ = mbap.transaction;
}

void Session::respond(Mbap const& mbap, std::uint8_t function, std::optional<Pending>& answered) {
  auto const of_exchange = [&](Pending const& one) {
    return one.transaction == mbap.transaction && one.unit == mbap.unit;
  };
  int found = -1;
  for (int i = count_ - 1; i >= 0; --i) {
    auto const& one = pending_[static_cast<std::size_t>(i)];
    if (!of_exchange(one)) continue;
    if (found < 0 || one.function == function) found = i;
    if (one.function == function) break;
  }
  if (found < 0) return;
  answered = pending_[static_cast<std::size_t>(found)];
  auto const done = pending_.begin() + found;
  auto const kept = std::remove_if(pending_.begin(), done, of_exchange);
  auto const end = std::copy(done + 1, pending_.begin() + count_, kept);
  count_ = static_cast<std::uint8_t>(end - pending_.begin());
  complete_ = true;
}

void Session::gap() {
  count_ = 0;
  complete_ = false;
}

}  // namespace greywatch::agent::modbus
