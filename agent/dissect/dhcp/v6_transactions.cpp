#include "agent/dissect/dhcp/v6_transactions.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace greywatch::agent::dhcp::v6 {

static_assert(std::is_trivially_copyable_v<Transactions>);

/// RFC 8415, 7.6: a client waits at most 30 seconds (REQ_MAX_RT) for what it asked one server for.
constexpr Duration still_waiting = std::chrono::seconds(30);

std::uint64_t Transactions::mark(Bytes identifier, HashKey const& key) {
  return identifier.empty() ? 0 : siphash(key, identifier) | 1;
}

std::uint64_t Transactions::name(Message const& message, HashKey const& key) {
  std::uint64_t words[2] = {};
  if (message.client.size() == sizeof words) std::memcpy(words, message.client.data(), sizeof words);
  return siphash_words(key, words[0], words[1], std::uint64_t{message.transaction}) | 1;
}

bool Transactions::ask(Message const& message, Time now, HashKey const& hash_key) {
  auto const key = name(message, hash_key);
  auto& set = entries_[key >> 1 & (sets - 1)];
  auto* chosen = std::ranges::find(set, key, &Asked::key);
  if (chosen == set.end())  // a free one, or the oldest
    chosen =
        std::ranges::min_element(set, {}, [](Asked const& each) { return each.key == 0 ? Time::min() : each.latest; });
  bool const pushed = chosen->key != 0 && chosen->key != key && now - chosen->latest < still_waiting;
  *chosen = {.key = key,
             .latest = now,
             .client = mark(message.client_id, hash_key),
             .server = mark(message.server_id, hash_key),
             .type = message.said};
  return pushed;
}

Transactions::Asked const* Transactions::find(Message const& message, HashKey const& hash_key) const {
  auto const key = name(message, hash_key);
  for (auto const& entry : entries_[key >> 1 & (sets - 1)])
    if (entry.key == key) return &entry;
  return nullptr;
}

}  // namespace greywatch::agent::dhcp::v6
