#include "agent/dissect/rpc/association.hpp"

namespace greywatch::agent::rpc {
namespace {

/// A free place, else the one whose turn it is.
template <class Items>
auto& place(Items& items, std::uint8_t& next) {
  for (auto& item : items)
    if (item.channel == 0) return item;
  auto& item = items[next % items.size()];
  next = static_cast<std::uint8_t>((next + 1U) % items.size());
  return item;
}

}  // namespace

std::uint8_t Strangers::admit(Uuid const& uuid) {
  std::size_t at = 0;
  while (at < count_ && uuids_[at] != uuid) ++at;
  if (at == most) return 0;
  if (at == count_) uuids_[count_++] = uuid;
  return static_cast<std::uint8_t>(first_stranger + at);
}

Uuid const* Strangers::find(std::uint8_t number) const {
  return number >= first_stranger && number - first_stranger < count_ ? &uuids_[number - first_stranger] : nullptr;
}

void Association::bind(std::uint8_t channel, std::uint16_t context, std::uint8_t interface) {
  for (auto& each : contexts_) {
    if (each.channel != channel || each.id != context) continue;
    each.interface = interface;
    return;
  }
  place(contexts_, next_context_) = {.id = context, .channel = channel, .interface = interface};
}

std::uint8_t Association::interface(std::uint8_t channel, std::uint16_t context) const {
  for (auto const& each : contexts_)
    if (each.channel == channel && each.id == context) return each.interface;
  return 0;
}

void Association::ask(Call const& call) {
  for (auto& each : calls_) {
    if (each.channel != call.channel || each.id != call.id) continue;
    each = call;
    return;
  }
  place(calls_, next_call_) = call;
}

std::optional<Call> Association::find(std::uint8_t channel, std::uint32_t call) const {
  for (auto const& each : calls_)
    if (each.channel == channel && each.id == call) return each;
  return std::nullopt;
}

void Association::answered(std::uint8_t channel, std::uint32_t call) {
  for (auto& each : calls_)
    if (each.channel == channel && each.id == call) each.channel = 0;
}

void Association::forget(std::uint8_t channel) {
  for (auto& each : contexts_)
    if (each.channel == channel) each.channel = 0;
  for (auto& each : calls_)
    if (each.channel == channel) each.channel = 0;
}

void Association::gap() {
  for (auto& each : calls_) each.channel = 0;
}

}  // namespace greywatch::agent::rpc
