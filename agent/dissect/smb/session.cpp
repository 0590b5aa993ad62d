#include "agent/dissect/smb/session.hpp"

#include <algorithm>

namespace greywatch::agent::smb {
namespace {

constexpr std::size_t most_name = 200;

template <class Items>
std::uint8_t take(Items& items) {
  std::size_t chosen = 0;
  for (std::size_t at = 0; at < items.size(); ++at) {
    if (!items[at].used) {
      chosen = at;
      break;
    }
    if (items[at].age > items[chosen].age) chosen = at;
  }
  for (auto& item : items)
    if (item.age < 255) ++item.age;
  return static_cast<std::uint8_t>(chosen);
}

}  // namespace

void Session::ask(Asked const& request) {
  auto* place = &asked_[next_ % most_asked];
  for (auto& each : asked_) {
    if (each.used) continue;
    place = &each;
    break;
  }
  if (place == &asked_[next_ % most_asked]) next_ = static_cast<std::uint8_t>((next_ + 1) % most_asked);
  *place = request;
  place->used = true;
}

std::optional<Asked> Session::answer(std::uint32_t message, std::uint8_t command, bool stays) {
  for (auto& each : asked_) {
    if (!each.used || each.message != message || each.command != command) continue;
    each.used = stays;
    return each;
  }
  return std::nullopt;
}

std::uint8_t Session::open(Pipe pipe) {
  auto const at = take(files_);
  files_[at] = {.id = 0, .pipe = pipe, .age = 0, .used = true, .opened = false};
  return static_cast<std::uint8_t>(at + 1);
}

std::uint8_t Session::find_file(std::uint64_t id) {
  for (std::size_t at = 0; at < most_files; ++at) {
    auto& each = files_[at];
    if (!each.used || !each.opened || each.id != mark_of(id)) continue;
    each.age = 0;
    return static_cast<std::uint8_t>(at + 1);
  }
  return 0;
}

Open* Session::file(std::uint8_t slot) {
  return slot >= 1 && slot <= most_files && files_[slot - 1U].used ? &files_[slot - 1U] : nullptr;
}

std::uint8_t Session::connect(ShareKind kind) {
  auto const at = take(trees_);
  trees_[at] = {.id = 0, .kind = kind, .age = 0, .used = true, .connected = false};
  return static_cast<std::uint8_t>(most_files + at + 1);
}

std::uint8_t Session::find_tree(std::uint32_t id) {
  for (std::size_t at = 0; at < most_trees; ++at) {
    auto& each = trees_[at];
    if (!each.used || !each.connected || each.id != id) continue;
    each.age = 0;
    return static_cast<std::uint8_t>(most_files + at + 1);
  }
  return 0;
}

Tree* Session::tree(std::uint8_t slot) {
  if (slot <= most_files || slot > most_files + most_trees) return nullptr;
  auto& each = trees_[slot - most_files - 1U];
  return each.used ? &each : nullptr;
}

void Session::forget(std::uint8_t slot) {
  if (auto* const open = file(slot)) open->used = false;
  if (auto* const connected = tree(slot)) connected->used = false;
}

std::uint16_t Session::change(Time now) {
  auto const minutes = std::chrono::floor<std::chrono::minutes>(now).time_since_epoch().count();
  auto const minute = static_cast<std::uint8_t>(minutes & 0xff);
  if (minute != minute_) changes_ = 0;
  minute_ = minute;
  if (changes_ < UINT16_MAX) ++changes_;
  return changes_;
}

void Session::gap() {
  for (auto& each : asked_) each.used = false;
}

void keep_name(Emitter& emitter, std::uint8_t slot, std::string_view name) {
  std::array<std::uint8_t, (Session::most_files + Session::most_trees) * (most_name + 2)> all;
  std::size_t length = 0;
  auto const put = [&](std::uint8_t of, std::string_view text) {
    text = text.substr(0, most_name);
    if (all.size() - length < text.size() + 2) return;
    all[length++] = of;
    all[length++] = static_cast<std::uint8_t>(text.size());
    std::ranges::copy(as_bytes(text), all.begin() + static_cast<std::ptrdiff_t>(length));
    length += text.size();
  };
  Reader in(emitter.kept());
  while (in && in.left() >= 2) {
    auto const of = in.u8();
    auto const text = as_text(in.take(in.u8()));
    if (of != slot) put(of, text);
  }
  put(slot, name);
  emitter.drop();
  emitter.keep(Bytes(all).first(length));
}

std::string_view find_name(Bytes kept, std::uint8_t slot) {
  Reader in(kept);
  while (in && in.left() >= 2) {
    auto const of = in.u8();
    auto const text = as_text(in.take(in.u8()));
    if (in && of == slot) return text;
  }
  return {};
}

void Accounts::set(Flow const& flow, std::string_view domain, std::string_view user, bool& evicted) {
  auto& entry = entries_[flow.id % entries_.size()];
  evicted = entry.waits && entry.flow != flow.id;
  entry.flow = flow.id;
  entry.waits = true;
  entry.length = 0;
  auto const put = [&](std::string_view text) {
    for (char letter : text)
      if (entry.length < entry.name.size()) entry.name[entry.length++] = letter;
  };
  put(domain);
  if (!domain.empty()) put("\\");
  put(user);
}

std::string_view Accounts::of(Flow const& flow) const {
  auto const& entry = entries_[flow.id % entries_.size()];
  return entry.flow == flow.id ? std::string_view(entry.name.data(), entry.length) : std::string_view{};
}

void Accounts::answered(Flow const& flow) {
  if (auto& entry = entries_[flow.id % entries_.size()]; entry.flow == flow.id) entry.waits = false;
}

rpc::Association& Pipes::take(Flow const& flow, bool& evicted) {
  auto& entry = entries_[flow.id % entries_.size()];
  evicted = entry.used && entry.flow != flow.id;
  if (!entry.used || evicted) entry = {.flow = flow.id, .used = true, .association = {}};
  return entry.association;
}

rpc::Association* Pipes::find(Flow const& flow) {
  auto& entry = entries_[flow.id % entries_.size()];
  return entry.used && entry.flow == flow.id ? &entry.association : nullptr;
}

}  // namespace greywatch::agent::smb
