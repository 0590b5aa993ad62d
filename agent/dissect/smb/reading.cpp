#include "agent/dissect/smb/reading.hpp"

#include <algorithm>

#include "agent/dissect/rpc/tell.hpp"

namespace greywatch::agent::smb {
namespace {

/// So many names changed or removed on one connection within a minute are no work of people.
constexpr std::uint16_t many_changes = 60;

std::string_view last_part(std::string_view path) {
  auto const stroke = path.find_last_of('\\');
  return stroke == std::string_view::npos ? path : path.substr(stroke + 1);
}

/// ADMIN$, and a drive as a whole. IPC$ and PRINT$ are everybody's.
bool is_administrative(std::string_view share) {
  if (text::equal_ignoring_case(share, "ADMIN$")) return true;
  return share.size() == 2 && share[1] == '$' && text::lower(static_cast<std::uint8_t>(share[0])) >= 'a' &&
         text::lower(static_cast<std::uint8_t>(share[0])) <= 'z';
}

struct PipeRule {
  Pipe pipe;
  std::string_view code;
};
constexpr PipeRule pipe_rules[] = {
    {Pipe::service_control, "smb.pipe.service_control"},
    {Pipe::task_scheduler, "smb.pipe.task_scheduler"},
    {Pipe::registry, "smb.pipe.registry"},
    {Pipe::execution_tool, "smb.pipe.execution_tool"},
};

}  // namespace

Reading::Reading(Packet& of, std::size_t at, bool cut)
    : observation(of.emitter.begin()), packet(of), at_(at), cut_(cut) {
  message.first = std::exchange(of.first, false);
  message.packet_type = of.octets[0];
  message.packet_length = static_cast<std::uint32_t>(of.length - session_header);
  observation.octets = of.octets;
}

void Reading::connect(Text path) {
  message.target = path.name();
  message.say("smb.path", path);
  auto const share = last_part(message.target.view());
  slot = packet.session.connect(text::equal_ignoring_case(share, "IPC$") ? ShareKind::pipes : ShareKind::unknown);
  keep_name(packet.emitter, slot, share);
  if (!is_administrative(share)) return;
  message.administrative = true;
  break_rule("smb.share.administrative", "smb.administrative_share", 0, 1);
}

void Reading::open(Text name, std::uint32_t tree) {
  message.target = name.name();
  message.say("smb.file_name", name);
  auto const of_tree = packet.session.find_tree(tree);
  auto const kind = of_tree != 0 ? packet.session.tree(of_tree)->kind : ShareKind::unknown;
  auto pipe = kind == ShareKind::disk || kind == ShareKind::printer ? Pipe::none : pipe_of(message.target.view());
  // Where the share is not known, only a name that everybody knows makes a pipe of a file.
  if (kind == ShareKind::unknown && pipe == Pipe::other) pipe = Pipe::none;
  slot = packet.session.open(pipe);
  if (packet.shared != nullptr)
    if (auto* const association = packet.shared->pipes.find(observation.flow)) association->forget(slot);
  keep_name(packet.emitter, slot, message.target.view());
  message.share = find_name(packet.emitter.kept(), of_tree);
  message.pipe = pipe != Pipe::none;
  packet.recent = slot;
  for (auto const& rule : pipe_rules)
    if (rule.pipe == pipe) break_rule(rule.code, "smb.pipe", 0, 1);
}

void Reading::name(Text name) {
  message.target = name.name();
  message.say("smb.file_name", name);
}

void Reading::use_tree(std::uint32_t tree) {
  auto const of_tree = packet.session.find_tree(tree);
  if (slot == 0) slot = of_tree;
  message.share = find_name(packet.emitter.kept(), of_tree);
}

void Reading::use_file(std::uint8_t of) {
  auto const* const file = packet.session.file(of);
  if (file == nullptr) return;
  slot = of;
  packet.recent = of;
  message.pipe = file->pipe != Pipe::none;
  message.file = find_name(packet.emitter.kept(), of);
}

void Reading::change() {
  auto const changes = packet.session.change(observation.time);
  message.say("smb.changes", std::uint64_t{changes});
  if (changes % many_changes == 0) break_rule("smb.file.mass_change", "smb.changes", many_changes, changes);
}

void Reading::carry(Bytes data) {
  auto const* const file = packet.session.file(slot);
  if (file != nullptr && file->pipe != Pipe::none) message.carried = data;
}

void Reading::log_on(Bytes blob) {
  if (blob.empty()) return;
  message.security = read_security(blob);
  if (message.security->ntlm && message.security->ntlm->type == 3)
    try_account(message.security->ntlm->domain.view(), message.security->ntlm->user.view());
}

void Reading::try_account(std::string_view domain, std::string_view user) {
  if (packet.shared == nullptr) return;
  bool evicted = false;
  packet.shared->accounts.set(observation.flow, domain, user, evicted);
  if (evicted) packet.emitter.table_full();
  auto const failures = client().failures();
  auto const guess = logon::guessing(failures, "smb.logon.repeated_failures", "smb.logon_failures");
  if (!guess) return;
  message.say("smb.logon_failures", std::uint64_t{failures});
  break_rule(guess->code, guess->field, guess->expected, guess->actual);
}

std::string_view Reading::account() const {
  return packet.shared != nullptr ? packet.shared->accounts.of(observation.flow) : std::string_view{};
}

void Reading::logon_answered(bool guest) {
  if (observation.status == Status::none || packet.shared == nullptr) return;
  message.account = account();
  packet.shared->accounts.answered(observation.flow);
  if (observation.status == Status::refused)
    message.say("smb.logon_failures", std::uint64_t{client().failed().value_or(0)});
  if (observation.status == Status::ok && guest) break_rule("smb.logon.guest", "smb.guest", 0, 1);
}

void Reading::ask(std::uint64_t id, std::uint32_t what) {
  packet.session.ask({.message = mark_of(id),
                      .what = what <= UINT16_MAX ? static_cast<std::uint16_t>(what) : std::uint16_t{0},
                      .command = static_cast<std::uint8_t>(observation.code),
                      .slot = static_cast<std::uint8_t>(slot & 0x7f),
                      .used = 1});
}

void Reading::answer(std::uint64_t id, bool interim) {
  asked = packet.session.answer(mark_of(id), static_cast<std::uint8_t>(observation.code), interim);
  if (!asked) return;
  slot = asked->slot;
  if (auto const* const file = packet.session.file(slot); file != nullptr && file->pipe != Pipe::none) {
    message.pipe = true;
    if (!file->opened) observation.operation = Operation::session;
  }
  if (observation.subcode == 0) observation.subcode = asked->what;
}

void Reading::opened(std::uint64_t id) {
  auto* const file = packet.session.file(slot);
  if (file == nullptr || file->opened) return;
  if (observation.status != Status::ok) return packet.session.forget(slot);
  file->id = mark_of(id);
  file->opened = true;
}

void Reading::connected(std::uint32_t id, ShareKind kind) {
  auto* const tree = packet.session.tree(slot);
  if (tree == nullptr || tree->connected) return;
  if (observation.status != Status::ok) return packet.session.forget(slot);
  tree->id = id;
  tree->connected = true;
  if (kind != ShareKind::unknown) tree->kind = kind;
}

void Reading::break_rule(std::string_view code, std::string_view field, std::int64_t expected, std::int64_t actual) {
  if (broken_count_ < broken_.size()) broken_[broken_count_++] = {code, field, expected, actual};
}

Bytes Reading::part(Bytes all, std::size_t offset, std::size_t length, std::string_view field) {
  if (length == 0) return {};
  if (offset <= all.size() && all.size() - offset >= length) return all.subspan(offset, length);
  if (!cut_) refuse(Defect::bad_length, std::min(offset, all.size()), field);
  return {};
}

void Reading::refuse(Defect defect, std::size_t offset, std::string_view field) {
  if (malformed_) return;
  malformed_ = true;
  why_ = {defect, std::min(at_ + offset, packet.octets.size()), field};
}

void Reading::emit() {
  if (malformed_) {
    observation.malformed = &why_;
    observation.status = Status::malformed;
    broken_count_ = 0;
  } else if (!message.target.empty()) {
    observation.target = {.count = 1, .name = message.target.view()};
  } else if (!message.file.empty()) {
    observation.target = {.count = 1, .name = message.file};
  }
  observation.violations = {broken_.data(), broken_count_};
  observation.describe = describe;
  observation.message = &message;
  packet.emitter.emit(observation);
  if (!malformed_ && !message.carried.empty()) tell_carried();
}

void Reading::tell_carried() {
  if (packet.shared == nullptr || !rpc::read_header(message.carried)) return;
  bool evicted = false;
  auto& association = packet.shared->pipes.take(observation.flow, evicted);
  if (evicted) packet.emitter.table_full();
  rpc::tell_all(message.carried, {.association = association,
                                  .strangers = &packet.shared->interfaces,
                                  .channel = slot,
                                  .emitter = packet.emitter});
}

}  // namespace greywatch::agent::smb
