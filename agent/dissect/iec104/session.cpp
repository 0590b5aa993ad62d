#include "agent/dissect/iec104/session.hpp"

namespace greywatch::agent::iec104 {
namespace {

/// a - b, counted modulo 2^15: 0 to 32767, where the upper half means that a is behind b.
std::uint16_t ahead(std::uint16_t a, std::uint16_t b) {
  return static_cast<std::uint16_t>((a - b) & (sequence_modulus - 1));
}
bool behind(std::uint16_t distance) { return distance >= sequence_modulus / 2; }
std::uint16_t after(std::uint16_t number) { return ahead(number, sequence_modulus - 1); }

}  // namespace

void Session::take(Apci const& apci, Direction way, Time time, bool midstream, Violations& violations) {
  auto& sender = side(way);
  auto& receiver = peer(way);
  if (midstream && !begun) {
    for (auto& each : sides) {
      each.send_unseen = each.receive_unseen = true;
      each.transfer = Transfer::unseen;
    }
  }
  begun = true;
  settle_claim(sender, apci, time, violations);
  switch (apci.format) {
    case Format::i:
      if (sender.transfer == Transfer::ended) {
        violations.add({"iec104.session.data_after_stop", "iec104.send_sequence_number", sender.next_send, apci.send});
      } else if (sender.transfer == Transfer::stopped && receiver.transfer != Transfer::started) {
        violations.add({"iec104.session.data_before_start", "iec104.send_sequence_number", 0, apci.send});
      }
      sender.transfer = Transfer::started;
      take_send(sender, apci.send, violations);
      take_receive(sender, receiver, apci.receive, time, violations);
      break;
    case Format::s:
      take_receive(sender, receiver, apci.receive, time, violations);
      break;
    case Format::u:
      take_function(static_cast<UFunction>(apci.u_function), way, violations);
      break;
  }
}

std::optional<std::uint16_t> Session::unacknowledged(Direction way) const {
  auto const& sender = side(way);
  auto const& receiver = peer(way);
  if (sender.send_unseen || receiver.receive_unseen) return std::nullopt;
  auto const open = ahead(sender.next_send, receiver.acknowledged);
  return behind(open) ? std::nullopt : std::optional(open);
}

void Session::gap(Direction way) {
  auto& lossy = side(way);
  lossy.send_unseen = lossy.receive_unseen = true;
  lossy.astray = lossy.claimed = false;
  lossy.transfer = Transfer::unseen;
}

// The peer acknowledged what this end had not sent. Now this end goes on without a loss, so nothing was missed.
void Session::settle_claim(Side& sender, Apci const& apci, Time time, Violations& violations) {
  if (!sender.claimed) return;
  auto const sent = apci.format == Format::i ? apci.send : sender.next_send;
  auto const excess = ahead(sender.claim, sent);
  if (excess == 0 || behind(excess)) {
    sender.claimed = false;
    return;
  }
  if (time - sender.claim_time < tap_skew) return;
  sender.claimed = false;
  violations.add({"iec104.sequence.receive_invalid", "iec104.receive_sequence_number", sent, sender.claim});
}

void Session::take_send(Side& sender, std::uint16_t send, Violations& violations) {
  if (sender.send_unseen || send == sender.next_send || (sender.astray && send == sender.candidate)) {
    sender.next_send = after(send);
    sender.send_unseen = sender.astray = false;
    return;
  }
  // One inserted APDU leaves the numbers of the genuine ones as they were; a station that jumped goes on from there.
  violations.add({behind(ahead(send, sender.next_send)) ? "iec104.sequence.send_repeat" : "iec104.sequence.send_gap",
                  "iec104.send_sequence_number", sender.next_send, send});
  sender.astray = true;
  sender.candidate = after(send);
}

void Session::take_receive(Side& sender, Side& receiver, std::uint16_t receive, Time time, Violations& violations) {
  auto const known = !sender.receive_unseen;
  auto const step = ahead(receive, sender.acknowledged);
  if (known && behind(step)) {
    violations.add(
        {"iec104.sequence.receive_backward", "iec104.receive_sequence_number", sender.acknowledged, receive});
    sender.receive_unseen = true;
    return;
  }
  auto const judged = !receiver.send_unseen && !receiver.astray;
  if (judged && known) {
    auto const open = ahead(receiver.next_send, sender.acknowledged);
    if (!behind(open) && open > window_limit) {
      violations.add({"iec104.window.exceeded", "iec104.receive_sequence_number", window_limit, open});
    }
  }
  sender.acknowledged = receive;
  sender.receive_unseen = false;
  if (!judged) return;
  auto const excess = ahead(receive, receiver.next_send);
  if (excess == 0 || behind(excess)) return;
  if (known && step > window_limit) {
    violations.add({"iec104.sequence.receive_invalid", "iec104.receive_sequence_number", receiver.next_send, receive});
    sender.receive_unseen = true;
  } else if (!receiver.claimed) {
    receiver.claimed = true;
    receiver.claim = receive;
    receiver.claim_time = time;
  }
}

void Session::take_function(UFunction function, Direction way, Violations& violations) {
  auto& sender = side(way);
  switch (function) {
    case UFunction::startdt_act:
      if (sender.transfer == Transfer::started && peer(way).transfer == Transfer::started) {
        violations.add({"iec104.session.start_while_started", "iec104.u_function", 0, static_cast<int>(function)});
      }
      set_control_direction(way);
      sender.transfer = Transfer::started;
      break;
    case UFunction::startdt_con:
      set_monitor_direction(way);
      sender.transfer = Transfer::started;
      break;
    case UFunction::stopdt_act:
      set_control_direction(way);
      sender.transfer = Transfer::ended;
      break;
    case UFunction::stopdt_con:
      set_monitor_direction(way);
      sender.transfer = Transfer::ended;
      break;
    case UFunction::testfr_act:
    case UFunction::testfr_con:
      break;
  }
}

}  // namespace greywatch::agent::iec104
