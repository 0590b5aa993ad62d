#include "agent/dissect/s7comm/session.hpp"

#include <algorithm>
#include <type_traits>

namespace greywatch::agent::s7comm {

static_assert(std::is_trivially_copyable_v<Session>);
static_assert(sizeof(Session) <= 152, "100,000 flows must stay small");

void Session::ask(Pending const& request) {
  if (count_ == most_pending) {
    complete_[pending_[0].from_client ? 0 : 1] = false;
    std::copy(pending_.begin() + 1, pending_.end(), pending_.begin());
    --count_;
  }
  pending_[count_++] = request;
}

std::optional<Pending> Session::answer(std::uint16_t reference, bool user_data, Direction way) {
  bool const from_client = way == Direction::to_client;
  auto const end = pending_.begin() + count_;
  auto const found = std::find_if(pending_.begin(), end, [&](Pending const& one) {
    return one.reference == reference && one.user_data == user_data && one.from_client == from_client;
  });
  if (found == end) return std::nullopt;
  auto const answered = *found;
  std::copy(found + 1, end, found);
  --count_;
  if (!user_data) complete_[from_client ? 0 : 1] = true;
  return answered;
}

void Session::gap(Direction way) {
  count_ = 0;
  complete_ = {};
  data_unit[static_cast<std::size_t>(way)] = 0;
  goes_on[static_cast<std::size_t>(way)] = false;
}

}  // namespace greywatch::agent::s7comm
