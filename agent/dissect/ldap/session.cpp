#include "agent/dissect/ldap/session.hpp"

namespace greywatch::agent::ldap {

void Session::ask(Message const& message) {
  auto* place = &asked[next % asked.size()];
  for (auto& each : asked) {
    if (each.used) continue;
    place = &each;
    break;
  }
  next = static_cast<std::uint8_t>((next + 1) % asked.size());
  *place = {.id = static_cast<std::uint32_t>(message.id),
            .entries = 0,
            .op = message.op,
            .used = true,
            .tls = message.is(Op::extended) && message.oid == start_tls};
}

void Session::follow(Message& message) {
  auto const op = static_cast<Op>(message.op);
  if (message.bind && message.bind->authentication != 0) sasl = true;
  if (op == Op::unbind || op == Op::abandon) return;
  if (!is_answer(op)) return ask(message);
  for (auto& each : asked) {
    if (!each.used || each.id != message.id) continue;
    message.asked = each.op;
    if (op == Op::entry) ++each.entries;
    if (op == Op::search_done) message.entries = each.entries;
    if (is_last_answer(op)) {
      each.used = false;
      if (each.tls && message.outcome && message.outcome->code == 0) tls = true;
    }
    return;
  }
}

void Session::forget() {
  for (auto& each : asked) each.used = false;
}

}  // namespace greywatch::agent::ldap
