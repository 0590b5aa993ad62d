#include "agent/detect/codes.hpp"

#include <algorithm>

namespace greywatch::agent::detect {
namespace {

using enum FindingClass;

constexpr Code table[] = {
    // talker: who talks with whom
    {"client.new", true, access, "T0848", "T0886", "talker"},
    {"server.new", true, access, "T0886", "T0846", "talker"},
    {"relation.new", true, access, "T0848", "T0886", "talker"},
    {"relation.answered", true, access, "T0848", "", "talker"},
    // operation: what is asked and said
    {"command.new_master", true, command, "T1692.001", "T0848", "operation"},
    {"command.new_object", true, command, "T1692.001", "", "operation"},
    {"command.new_code", true, command, "T1692.001", "", "operation"},
    {"operation.new_code", true, recon, "T0888", "", "operation"},
    {"operation.new_cause", true, recon, "T0888", "", "operation"},
    {"operation.new_unit", true, recon, "T0846", "T0888", "operation"},
    {"operation.new_object", true, recon, "T0861", "", "operation"},
    {"report.new", true, command, "T1692.002", "", "operation"},
    // transition: what follows what
    {"transition.unseen", true, command, "T1692.001", "", "transition"},
    {"transition.surprise", true, command, "T1692.001", "", "transition"},
    // scan: the sequential test
    {"scan.objects", true, recon, "T0861", "T0888", "scan"},
    {"scan.units", true, recon, "T0846", "", "scan"},
    {"scan.servers", true, recon, "T0846", "", "scan"},
    // session: who may open, interrogate, command
    {"session.second_client", true, access, "T0848", "T0814", "session"},
    {"interrogation.new_master", true, recon, "T0861", "T0888", "session"},
    {"time.new_master", true, command, "T1692.001", "", "session"},
    {"command.run", true, command, "T0806", "T1692.001", "session"},
    {"command.without_select", true, command, "T1692.001", "", "session"},
    // malformed
    {"message.malformed", true, access, "T0866", "T0814", "malformed"},
    // violation: a rule that its protocol's dissector judges and lists nowhere; those listed are in Dissector::rules
    {"protocol.rule.broken", false, access, "", "", "violation"},
    // of the node itself
    {"agent.asset.seen", false, recon, "", "", "asset"},
    {"agent.coverage.changed", false, loss, "", "", "coverage"},
    {"node.alarms.aggregated", false, recon, "", "", "alarms"},
    {"node.day.summary", false, recon, "", "", "summary"},
};

}  // namespace

std::span<Code const> codes() { return table; }

Code const& code(std::string_view code) {
  for (auto const& row : table)
    if (row.code == code) return row;
  return *std::ranges::find(table, "protocol.rule.broken", &Code::code);
}

std::string event_code(Code const& row, std::string_view protocol) {
  if (!row.any_protocol) return std::string(row.code);
  return std::string(protocol).append(".").append(row.code);
}

std::string_view technique_of(Operation operation) {
  switch (operation) {
    case Operation::write:
    case Operation::configure:
      return "T0836";
    case Operation::program:
      return "T0843";
    case Operation::file:
      return "T0867";
    case Operation::control:
    case Operation::select:
    case Operation::time:
      return "T1692.001";
    case Operation::diagnose:
      return "T0888";
    default:
      return {};
  }
}

}  // namespace greywatch::agent::detect
