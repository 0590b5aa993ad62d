#include "agent/dissect/fix/session.hpp"

#include <algorithm>
#include <type_traits>

#include "agent/dissect/fix/message_type.hpp"

namespace greywatch::agent::fix {
namespace {

static_assert(std::is_trivially_copyable_v<Session>);

/// FNV-1a over both, SOH between them; never 0.
std::uint32_t ends_of(Message const& message) {
  std::uint32_t hash = 2166136261U;
  auto const add = [&](std::string_view text) {
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    hash = (hash ^ soh) * 16777619U;
  };
  add(message.sender);
  add(message.target);
  return hash;
}

}  // namespace

std::size_t Session::take(Message const& message, Direction way, bool from_start, Violation* broken) {
  std::size_t count = 0;
  auto& side = sides_[static_cast<std::size_t>(way)];
  if (!message.sender.empty() && !message.target.empty()) {
    auto const ends = ends_of(message);
    if (side.ends_known && ends != side.ends) {
      broken[count++] = {"fix.session.comp_id_changed", "fix.sender_comp_id", side.ends, ends};
      side.known = false;
    }
    side.ends = ends;
    side.ends_known = true;
  }
  if (message.type == "A") {
    logged_on_ = true;
  } else if (from_start && !logged_on_ && !lost_ && !is_session_level(message.type) && message.sequence) {
    broken[count++] = {"fix.session.data_before_logon", "fix.msg_type", 'A',
                       static_cast<std::int64_t>(code_of(message.type))};
  }
  if (message.entries_said && *message.entries_said != message.entries && message.octets.size() == message.layout.whole)
    broken[count++] = {"fix.group.count_mismatch", "fix.no_md_entries", *message.entries_said, message.entries};
  if (!message.sequence) return count;
  if (message.possible_duplicate) {
    // Fills a gap that was asked for: it may end where the sender is by now, and no sooner than what was said since.
    if (message.type == "4" && side.known && message.new_sequence)
      side.next = std::max(side.next, *message.new_sequence);
    return count;
  }
  auto const sequence = *message.sequence;
  bool const resets = message.type == "4" && !message.gap_fill;
  if (side.known && !resets && !(message.type == "A" && message.reset)) {
    if (sequence > side.next) broken[count++] = {"fix.sequence.gap", "fix.msg_seq_num", side.next, sequence};
    if (sequence < side.next) broken[count++] = {"fix.sequence.backward", "fix.msg_seq_num", side.next, sequence};
  }
  std::uint32_t next = sequence + 1;
  if (message.type == "4" && message.new_sequence) {
    if (side.known && *message.new_sequence < side.next && count < most_broken)
      broken[count++] = {"fix.sequence.reset_backward", "fix.new_seq_no", side.next, *message.new_sequence};
    next = *message.new_sequence;
  }
  side.next = next;
  side.known = true;
  return count;
}

void Session::gap(Direction way) {
  sides_[static_cast<std::size_t>(way)].known = false;
  lost_ = true;
}

}  // namespace greywatch::agent::fix
