#include "agent/dissect/enip/session.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "agent/dissect/enip/cip.hpp"

namespace greywatch::agent::enip {

static_assert(std::is_trivially_copyable_v<Session>);
static_assert(sizeof(Session) <= 152, "100,000 flows must stay small");

std::uint32_t Session::key(Packet const& packet, Header const& header) {
  if (packet.connected) return packet.sequence_count;
  Reader in(header.sender_context);
  auto const low = in.le32(), high = in.le32();
  return low ^ (high << 7 | high >> 25);
}

void Session::ask(Pending const& request) {
  if (count_ == most_pending) {
    std::copy(pending_.begin() + 1, pending_.end(), pending_.begin());
    --count_;
  }
  pending_[count_++] = request;
}

std::optional<Pending> Session::answer(std::uint32_t key, bool connected, std::uint8_t service) {
  for (std::size_t i = count_; i-- > 0;) {
    auto const found = pending_[i];
    bool const is_service = found.service == service || (found.forwarded && service == unconnected_send);
    if (found.key != key || found.connected != connected || !is_service) continue;
    std::copy(pending_.begin() + static_cast<std::ptrdiff_t>(i) + 1, pending_.begin() + count_,
              pending_.begin() + static_cast<std::ptrdiff_t>(i));
    --count_;
    return found;
  }
  return std::nullopt;
}

std::optional<Pending> Session::only(std::uint32_t key, bool connected) const {
  auto const is_it = [&](Pending const& one) { return one.key == key && one.connected == connected; };
  auto const end = pending_.begin() + count_;
  auto const found = std::find_if(pending_.begin(), end, is_it);
  if (found == end || std::find_if(found + 1, end, is_it) != end) return std::nullopt;
  return *found;
}

void Session::ask_identity(std::uint32_t key, bool connected, IdentityAsked asked) {
  if (!asked.any() && (key != identity_key_ || connected != identity_connected_)) return;
  identity_ = asked;
  identity_key_ = key;
  identity_connected_ = connected;
}

IdentityAsked Session::answer_identity(std::uint32_t key, bool connected) {
  if (key != identity_key_ || connected != identity_connected_) return {};
  return std::exchange(identity_, {});
}

}  // namespace greywatch::agent::enip
