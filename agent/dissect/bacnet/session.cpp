#include "agent/dissect/bacnet/session.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace greywatch::agent::bacnet {

static_assert(std::is_trivially_copyable_v<Session>);
static_assert(sizeof(Session) <= 152, "100,000 flows must stay small");

void Session::forget(std::size_t at) {
  std::copy(pending_.begin() + static_cast<std::ptrdiff_t>(at) + 1, pending_.begin() + count_,
            pending_.begin() + static_cast<std::ptrdiff_t>(at));
  --count_;
}

void Session::ask(Pending const& request) {
  for (std::size_t at = 0; at < count_; ++at) {
    auto const& one = pending_[at];
    if (one.unit != request.unit || one.invoke_id != request.invoke_id || one.from_client != request.from_client)
      continue;
    forget(at);
    break;
  }
  if (count_ == most_pending) forget(0);
  pending_[count_++] = request;
}

std::optional<Pending> Session::answer(std::uint32_t unit, std::uint8_t invoke_id, Direction way, bool last) {
  for (std::size_t at = 0; at < count_; ++at) {
    auto const one = pending_[at];
    bool const belongs =
        one.unit == unit && one.invoke_id == invoke_id && one.from_client == (way == Direction::to_client);
    if (!belongs) continue;
    if (last) forget(at);
    return one;
  }
  return std::nullopt;
}

std::optional<std::uint8_t> Session::answer_link() {
  if (link_ == 0) return std::nullopt;
  return static_cast<std::uint8_t>(std::exchange(link_, 0) - 1);
}

}  // namespace greywatch::agent::bacnet
