#include <algorithm>

#include "agent/dissect/smb/reading.hpp"

namespace greywatch::agent::smb {
namespace {

constexpr std::uint32_t pending = 0x103, notify_enum_dir = 0x10c, more_processing = 0xc0000016,
                        no_more_files = 0x80000006;
constexpr std::uint16_t error_size = 9;  ///< StructureSize of an ERROR response. MS-SMB2, 2.2.2
constexpr std::uint32_t pipe_wait = 0x00110018, pipe_transceive = 0x0011c017, copy_chunk = 0x001440f2,
                        copy_chunk_write = 0x001480f2;
constexpr std::uint8_t file_info = 1, rename_info = 10, disposition_info = 13, disposition_info_ex = 64;
constexpr std::uint32_t delete_on_close = 0x1000;  ///< of CreateOptions

enum : std::uint16_t {
  negotiate,
  session_setup,
  logoff,
  tree_connect,
  tree_disconnect,
  create,
  close,
  flush,
  read,
  write,
  lock,
  ioctl,
  cancel,
  echo,
  query_directory,
  change_notify,
  query_info,
  set_info,
  oplock_break
};

/// Reads one message of a compound. Offsets below are those of the tables of MS-SMB2, StructureSize included.
class Message2 {
 public:
  Message2(Packet& packet, Bytes element, std::size_t at, bool cut) : reading_(packet, at, cut), element_(element) {}

  /// How far the next message is; 0 where there is none.
  std::size_t run() {
    Reader in(element_);
    auto& message = reading_.message;
    auto& observation = reading_.observation;
    message.kind = Kind::smb2;
    auto const header = read_header2(in);
    if (!in) {
      if (!reading_.cut()) reading_.refuse(Defect::truncated, in.at(), "header");
      reading_.emit();
      return 0;
    }
    message.header2 = header;
    observation.code = header.command;
    observation.role = header.response() ? Role::response : Role::request;
    if (header.response()) observation.status = status_of(header.status);
    auto const* const command = find_command2(header.command);
    if (command != nullptr) {
      message.command = command->name;
      observation.operation = command->operation;
    } else {
      reading_.packet.emitter.unknown("command", header.command);
    }
    auto next = std::size_t{header.next_command};
    if (header.structure_size != header2) {
      reading_.refuse(Defect::bad_value, 4, "structure_size");
    } else if (next != 0 && (next % 8 != 0 || next < header2 + 2 || (next > element_.size() && !reading_.cut()))) {
      reading_.refuse(Defect::bad_value, 20, "next_command");
    } else {
      if (next != 0 && next < element_.size()) element_ = element_.first(next);
      body_ = element_.subspan(header2);
      if (command != nullptr) read_body();
    }
    bool const good = !reading_.refused();
    reading_.emit();
    return good ? next : 0;
  }

 private:
  Header2 const& header() const { return *reading_.message.header2; }

  void read_body() {
    auto& message = reading_.message;
    if (body_.size() < 2) {
      if (!reading_.cut()) reading_.refuse(Defect::truncated, element_.size(), "structure_size");
      return;
    }
    auto const size = u16(body_, 0);
    message.structure_size = size;
    if (header().response()) reading_.answer(header().message, header().status == pending);
    if (header().response() && size == error_size && is_error(size)) return finish_response();
    bool any = false;
    auto const* const layout = find_layout2(header().command, header().response(), size, any);
    if (layout == nullptr) {
      if (any && header().response() && size == error_size) return finish_response();
      if (any) reading_.refuse(Defect::bad_value, header2, "structure_size");
      return;
    }
    auto const length = octets_of(layout->columns);
    if (body_.size() - 2 < length) {
      if (!reading_.cut()) reading_.refuse(Defect::truncated, element_.size(), message.command);
      return;
    }
    message.columns = layout->columns;
    message.fixed = body_.subspan(2, length);
    if (header().response()) {
      read_response();
      finish_response();
    } else {
      read_request();
      if (!reading_.refused() && header().command != cancel)
        reading_.ask(header().message, reading_.observation.subcode);
    }
  }

  /// MS-SMB2, 3.3.4.4: which answers have no body of their own.
  bool is_error(std::uint16_t size) const {
    auto const status = header().status;
    bool any = false;
    if (find_layout2(header().command, true, size, any) == nullptr) return true;
    if (status == more_processing) return header().command != session_setup;
    return status >> 30 == 3 || status == pending || status == notify_enum_dir || status == no_more_files;
  }

  Bytes part(std::size_t offset, std::size_t length, std::string_view field) {
    return reading_.part(element_, offset, length, field);
  }

  /// A related message may leave the file to the one before it. MS-SMB2, 3.3.5.2.7.2.
  void use_file(std::size_t at) {
    auto const id = body_.subspan(at, 16);
    bool const same = std::ranges::all_of(id, [](std::uint8_t octet) { return octet == 0xff; });
    Reader in(id.subspan(8));
    reading_.use_file(same && header().related() ? reading_.packet.recent
                                                 : reading_.packet.session.find_file(in.le64()));
  }

  void read_request() {
    auto& message = reading_.message;
    auto& observation = reading_.observation;
    switch (header().command) {
      case negotiate:
        return read_negotiate();
      case session_setup:
        return reading_.log_on(part(u16(body_, 12), u16(body_, 14), "security_buffer"));
      case tree_connect:
        return reading_.connect({part(u16(body_, 4), u16(body_, 6), "path")});
      case create:
        reading_.open({part(u16(body_, 44), u16(body_, 46), "name")}, header().tree);
        message.create_contexts = part(u32(body_, 48), u32(body_, 52), "create_contexts");
        if (message.pipe) observation.operation = Operation::session;
        if ((u32(body_, 40) & delete_on_close) != 0) reading_.change();
        return;
      case close:
      case flush:
      case lock:
        use_file(8);
        break;
      case read:
        use_file(16);
        break;
      case write:
        use_file(16);
        reading_.carry(part(u16(body_, 2), u32(body_, 4), "data"));
        break;
      case ioctl:
        read_ioctl();
        break;
      case query_directory:
        use_file(8);
        observation.subcode = body_[2];
        message.say("smb.find.pattern", {part(u16(body_, 24), u16(body_, 26), "pattern")});
        break;
      case change_notify:
        use_file(8);
        break;
      case query_info:
        use_file(24);
        observation.subcode = body_[2] << 8 | body_[3];
        break;
      case set_info:
        use_file(16);
        observation.subcode = body_[2] << 8 | body_[3];
        read_set_info();
        break;
      default:
        break;
    }
    reading_.use_tree(header().tree);
  }

  void read_negotiate() {
    auto& message = reading_.message;
    auto const count = std::size_t{u16(body_, 2)};
    message.dialects = part(header2 + 36, count * 2, "dialects");
    bool latest = false;
    for (Reader in(message.dialects); in.left() >= 2;) latest = in.le16() == 0x0311 || latest;
    if (!latest) return;
    auto const contexts = std::size_t{u16(body_, 32)};
    message.say("smb.negotiate_context.count", contexts);
    if (contexts != 0) take_contexts(contexts, 28);
  }

  /// `at`: where the body tells their offset.
  void take_contexts(std::size_t count, std::size_t at) {
    reading_.message.context_count = count;
    auto const offset = u32(body_, at);
    if (offset <= element_.size())
      reading_.message.contexts = element_.subspan(offset);
    else if (!reading_.cut())
      reading_.refuse(Defect::bad_value, header2 + at, "negotiate_context_offset");
  }

  void read_ioctl() {
    auto& message = reading_.message;
    auto const code = u32(body_, 4);
    reading_.observation.subcode = code;
    if (control_name(code).empty()) reading_.packet.emitter.unknown("ioctl", code);
    message.control = code;
    use_file(8);
    auto const input = part(u32(body_, 24), u32(body_, 28), "input");
    if (code == copy_chunk || code == copy_chunk_write) reading_.observation.operation = Operation::file;
    if (code == pipe_transceive) reading_.carry(input);
    if (code != pipe_wait) return;
    // MS-FSCC, 2.3.49: Timeout, NameLength, TimeoutSpecified, a gap, the name.
    Reader in(input);
    in.skip(8);
    auto const length = in.le32();
    in.skip(2);
    auto const name = in.take(length);
    if (in) message.say("smb.ioctl.pipe", {name});
  }

  void read_set_info() {
    auto const information = part(u16(body_, 8), u32(body_, 4), "buffer");
    if (body_[2] != file_info || information.empty()) return;
    bool const removed = (body_[3] == disposition_info || body_[3] == disposition_info_ex) && (information[0] & 1) != 0;
    if (removed || body_[3] == rename_info) reading_.change();
    if (body_[3] != rename_info) return;
    // MS-FSCC, 2.4.42.2: ReplaceIfExists, a gap, RootDirectory, FileNameLength, FileName.
    Reader in(information);
    in.skip(16);
    auto const length = in.le32();
    auto const name = in.take(length);
    if (in) reading_.message.say("smb.rename_to", {name});
  }

  void read_response() {
    auto& message = reading_.message;
    switch (header().command) {
      case negotiate:
        if (auto const blob = part(u16(body_, 56), u16(body_, 58), "security_buffer"); !blob.empty())
          message.security = read_security(blob);
        if (u16(body_, 4) == 0x0311) take_contexts(u16(body_, 6), 60);
        return;
      case session_setup:
        if (auto const blob = part(u16(body_, 4), u16(body_, 6), "security_buffer"); !blob.empty())
          message.security = read_security(blob);
        return;
      case tree_connect: {
        auto const kind = body_[2] == 1   ? ShareKind::disk
                          : body_[2] == 2 ? ShareKind::pipes
                          : body_[2] == 3 ? ShareKind::printer
                                          : ShareKind::unknown;
        return reading_.connected(header().tree, kind);
      }
      case create: {
        Reader in(body_.subspan(72));
        message.create_contexts = part(u32(body_, 80), u32(body_, 84), "create_contexts");
        return reading_.opened(in.le64());
      }
      case close:
        return reading_.packet.session.forget(reading_.slot);
      case read:
        reading_.carry(part(body_[2], u32(body_, 4), "data"));
        return;
      case ioctl:
        message.control = reading_.observation.subcode = u32(body_, 4);
        reading_.carry(part(u32(body_, 32), u32(body_, 36), "output"));
        return;
      case query_directory:
      case change_notify:
      case query_info:
        part(u16(body_, 2), u32(body_, 4), "output");
        return;
      default:
        return;
    }
  }

  /// What an answer changes, with a body or without.
  void finish_response() {
    if (reading_.refused()) return;
    auto& session = reading_.packet.session;
    auto const command = header().command;
    if (command == session_setup) {
      bool const guest = reading_.message.columns.empty() ? false : (u16(body_, 2) & 1) != 0;
      reading_.message.guest = guest;
      return reading_.logon_answered(guest);
    }
    if (command == tree_disconnect && header().status == 0) session.forget(session.find_tree(header().tree));
    bool const waits = header().status == pending;
    if (waits || header().status == 0) return;
    if (command == create) reading_.opened(0);
    if (command == tree_connect) reading_.connected(0, ShareKind::unknown);
  }

  Reading reading_;
  Bytes element_, body_;
};

}  // namespace

void read_compound(Packet& packet) {
  std::size_t at = session_header;
  while (at < packet.octets.size()) {
    auto const rest = packet.octets.subspan(at);
    if (at != session_header && kind_of(rest) != Kind::smb2) {
      if (packet.whole) {
        Reading reading(packet, at, false);
        reading.message.kind = Kind::smb2;
        reading.refuse(Defect::bad_value, 0, "protocol_id");
        reading.emit();
      }
      return;
    }
    auto const next = Message2(packet, rest, at, !packet.whole).run();
    if (next == 0) return;
    at += next;
  }
}

}  // namespace greywatch::agent::smb
