#include "agent/dissect/mms/session.hpp"

namespace greywatch::agent::mms {

namespace {

constexpr std::uint8_t other(Direction way) { return way == Direction::to_server ? 1 : 0; }

}  // namespace

void Session::begin(Flow const& flow) {
  if (begun_) return;
  begun_ = true;
  initiated_ = initiated_ || flow.midstream;
}

void Session::ask(Asked const& request) {
  for (auto& one : asked_) {
    if (!one.used || one.invoke_id != request.invoke_id || one.way != request.way) continue;
    one = request;
    return;
  }
  auto& place = asked_[next_];
  next_ = static_cast<std::uint8_t>((next_ + 1u) % most_asked);
  if (place.used && forgotten_ < UINT16_MAX) ++forgotten_;
  place = request;
}

std::optional<Asked> Session::asked(std::uint32_t invoke_id, Direction way) const {
  for (auto const& one : asked_)
    if (one.used && one.invoke_id == invoke_id && one.way == other(way)) return one;
  return std::nullopt;
}

std::optional<Asked> Session::answer(std::uint32_t invoke_id, Direction way) {
  for (auto& one : asked_) {
    if (!one.used || one.invoke_id != invoke_id || one.way != other(way)) continue;
    auto const found = one;
    one = {};
    complete_ = true;
    return found;
  }
  return std::nullopt;
}

void Session::gap() {
  asked_ = {};
  forgotten_ = 0;
  complete_ = false;
  initiated_ = true;
}

}  // namespace greywatch::agent::mms
