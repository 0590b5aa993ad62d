#include "agent/dissect/dnp3/session.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace greywatch::agent::dnp3 {
namespace {

static_assert(std::is_trivially_copyable_v<Session>);
static_assert(sizeof(Session) <= 160, "100,000 flows must stay small");

constexpr std::uint8_t after(std::uint8_t sequence) { return (sequence + 1) & 0x0f; }

/// FNV-1a.
std::uint32_t hash_of(Bytes octets) {
  std::uint32_t hash = 2166136261u;
  for (auto octet : octets) hash = (hash ^ octet) * 16777619u;
  return hash;
}

/// Indications that tell of trouble when they come up.
struct Alarm {
  std::uint16_t bit;
  std::string_view code, field;
};
constexpr Alarm alarms[] = {
    {iin::device_restart, "dnp3.outstation.restarted", "dnp3.iin.device_restart"},
    {iin::device_trouble, "dnp3.outstation.trouble", "dnp3.iin.device_trouble"},
    {iin::event_buffer_overflow, "dnp3.outstation.events_lost", "dnp3.iin.event_buffer_overflow"},
    {iin::config_corrupt, "dnp3.outstation.config_corrupt", "dnp3.iin.config_corrupt"},
};

}  // namespace

void Session::take(Link const& link, Direction way, Violations& violations) {
  auto& side = sides_[index(way)];
  if (!side.seen) {
    side = {.seen = true, .dir = link.dir(), .source = link.source};
    return;
  }
  if (side.dir != link.dir()) {
    violations.add({"dnp3.link.role_changed", "dnp3.link.dir", side.dir, link.dir()});
    return;
  }
  if (link.dir() && link.source != side.source)
    violations.add({"dnp3.link.source_changed", "dnp3.link.source", side.source, link.source});
}

Step Session::take(Link const& link, TransportHeader transport, Direction way) {
  auto& assembly = assemblies_[index(way)];
  auto const next = static_cast<std::uint8_t>((transport.sequence() + 1) & 0x3f);
  if (transport.fir()) {
    assembly = {
        .open = !transport.fin(), .next_sequence = next, .destination = link.destination, .source = link.source};
    return transport.fin() ? Step::whole : Step::begins;
  }
  bool const follows = assembly.open && transport.sequence() == assembly.next_sequence &&
                       link.source == assembly.source && link.destination == assembly.destination;
  if (!follows) {
    assembly = {};
    return Step::astray;
  }
  assembly.next_sequence = next;
  if (!transport.fin()) return Step::adds;
  assembly = {};
  return Step::ends;
}

void Session::request(Fragment const& fragment, Target const& target, Violations& violations) {
  auto const unit = static_cast<std::uint16_t>(target.unit);
  if (fragment.is(FunctionCode::select))
    select(fragment, target);
  else if (fragment.is(FunctionCode::operate))
    operate(fragment, target, violations);
  else
    selection_.valid = false;
  whole_ = true;
  last_sequence_ = fragment.sequence();
  restart_asked_ = restart_asked_ || fragment.is(FunctionCode::cold_restart) || fragment.is(FunctionCode::warm_restart);
  bool const answered = fragment.function == nullptr || fragment.function->answered;
  if (unit >= first_broadcast || !answered) return;
  if (pending_count_ == most_pending) {
    std::copy(pending_.begin() + 1, pending_.end(), pending_.begin());
    --pending_count_;
    complete_ = false;
  }
  pending_[pending_count_++] = {.unit = unit,
                                .sequence = fragment.sequence(),
                                .function = fragment.code,
                                .object = static_cast<std::uint32_t>(target.object),
                                .object_high = static_cast<std::uint16_t>(target.object >> 32),
                                .count = static_cast<std::uint16_t>(std::min<std::uint32_t>(target.count, 0xffff))};
}

void Session::select(Fragment const& fragment, Target const& target) {
  selection_ = {.objects = hash_of(fragment.objects),
                .first = static_cast<std::uint32_t>(target.object),
                .unit = static_cast<std::uint16_t>(target.unit),
                .sequence = fragment.sequence(),
                .valid = true};
}

/// A repeated OPERATE has the number of the one before. 4.4.4.
void Session::operate(Fragment const& fragment, Target const& target, Violations& violations) {
  constexpr std::string_view otherwise = "dnp3.operate.not_as_selected";
  if (!selection_.valid) {
    if (whole_)
      violations.add({"dnp3.operate.without_select", "dnp3.function_code", static_cast<int>(FunctionCode::select),
                      static_cast<int>(FunctionCode::operate)});
  } else if (selection_.unit != target.unit) {
    violations.add({otherwise, "dnp3.link.destination", selection_.unit, target.unit});
  } else if (selection_.objects != hash_of(fragment.objects)) {
    violations.add({otherwise, "dnp3.object", selection_.first, static_cast<std::uint32_t>(target.object)});
  } else if (fragment.sequence() != after(selection_.sequence)) {
    violations.add({otherwise, "dnp3.application.sequence", after(selection_.sequence), fragment.sequence()});
  }
}

std::optional<Pending> Session::respond(Fragment const& fragment, std::uint16_t unit, Violations& violations) {
  auto* const end = pending_.begin() + pending_count_;
  auto* const found = std::find_if(pending_.begin(), end, [&](Pending const& one) {
    return one.unit == unit && one.sequence == fragment.sequence();
  });
  if (found == end) {
    if (complete_)
      violations.add({"dnp3.response.unasked", "dnp3.application.sequence", last_sequence_, fragment.sequence()});
    return std::nullopt;
  }
  complete_ = true;
  auto const request = *found;
  found->sequence = after(request.sequence);
  // An outstation answers in turn: what it was asked before, it will not answer any more.
  auto* const done = fragment.fin() ? found + 1 : found;
  auto* const kept = std::remove_if(pending_.begin(), done, [&](Pending const& one) { return one.unit == unit; });
  pending_count_ = static_cast<std::uint8_t>(std::copy(done, end, kept) - pending_.begin());
  return request;
}

void Session::indicate(std::uint16_t indications, std::uint16_t unit, Violations& violations) {
  auto* const end = outstations_.begin() + outstation_count_;
  auto* const known = std::find_if(outstations_.begin(), end, [&](Outstation const& one) { return one.unit == unit; });
  if (known == end) {
    if (outstation_count_ == most_outstations) {
      std::copy(outstations_.begin() + 1, outstations_.end(), outstations_.begin());
      --outstation_count_;
    }
    outstations_[outstation_count_++] = {.unit = unit, .iin = indications};
    return;
  }
  for (auto const& alarm : alarms) {
    if ((indications & ~known->iin & alarm.bit) == 0) continue;
    if (alarm.bit == iin::device_restart && std::exchange(restart_asked_, false)) continue;
    violations.add({alarm.code, alarm.field, 0, 1});
  }
  known->iin = indications;
}

void Session::gap(Direction way) {
  pending_count_ = 0;
  complete_ = whole_ = false;
  selection_ = {};
  void_assembly(way);
}

}  // namespace greywatch::agent::dnp3
