#include "agent/dissect/smb/message.hpp"

namespace greywatch::agent::smb {
namespace {

void describe_packet(Message const& message, FieldSink& sink) {
  sink.field("smb.netbios.type", std::uint64_t{message.packet_type});
  sink.field("smb.netbios.length", std::uint64_t{message.packet_length});
  Reader in(message.packet);
  switch (static_cast<PacketType>(message.packet_type)) {
    case PacketType::request: {
      auto const called = read_netbios_name(in);
      if (called.good) sink.field("smb.netbios.called_name", netbios_text(called).view());
      auto const calling = read_netbios_name(in);
      if (calling.good) sink.field("smb.netbios.calling_name", netbios_text(calling).view());
      break;
    }
    case PacketType::negative: {
      auto const error = in.u8();
      if (in) sink.field("smb.netbios.error", std::uint64_t{error});
      break;
    }
    case PacketType::retarget: {
      auto const address = in.take(4);
      auto const port = in.be16();
      if (!in) break;
      sink.field("smb.netbios.retarget_ip", text::ip(address).view());
      sink.field("smb.netbios.retarget_port", std::uint64_t{port});
      break;
    }
    default:
      break;
  }
}

void describe_status(std::uint32_t status, bool response, FieldSink& sink) {
  sink.field("smb.nt_status", std::uint64_t{status});
  if (auto const name = status_name(status); response && !name.empty()) sink.field("smb.status", name);
}

void describe_header(Header2 const& header, FieldSink& sink) {
  sink.field("smb.version", std::uint64_t{2});
  sink.field("smb.credit_charge", std::uint64_t{header.credit_charge});
  if (header.response())
    describe_status(header.status, header.response(), sink);
  else
    sink.field("smb.channel_sequence", std::uint64_t{header.status & 0xffff});
  sink.field("smb.command", std::uint64_t{header.command});
  sink.field(header.response() ? "smb.credits_granted" : "smb.credits_requested", std::uint64_t{header.credits});
  sink.field("smb.flags", std::uint64_t{header.flags});
  sink.field("smb.response", header.response());
  sink.field("smb.asynchronous", header.asynchronous());
  sink.field("smb.related", header.related());
  sink.field("smb.signed", (header.flags & 8) != 0);
  sink.field("smb.next_command", std::uint64_t{header.next_command});
  sink.field("smb.message_id", header.message);
  if (header.asynchronous()) {
    sink.field("smb.async_id", header.async());
  } else {
    sink.field("smb.process_id", std::uint64_t{header.process});
    sink.field("smb.tree_id", std::uint64_t{header.tree});
  }
  sink.field("smb.session_id", header.session);
}

/// MS-SMB2, 2.2.41 and 2.2.42.
void describe_transform(Message const& message, FieldSink& sink) {
  sink.field("smb.version", std::uint64_t{3});
  Reader in(message.rest);
  in.skip(4);
  if (message.kind == Kind::encrypted) {
    sink.field("smb.encrypted", true);
    in.skip(32);
    auto const size = in.le32();
    in.skip(2);
    auto const flags = in.le16();
    auto const session = in.le64();
    if (!in) return;
    sink.field("smb.transform.original_size", std::uint64_t{size});
    sink.field("smb.transform.flags", std::uint64_t{flags});
    sink.field("smb.session_id", session);
    return;
  }
  sink.field("smb.compressed", true);
  auto const size = in.le32();
  auto const algorithm = in.le16(), flags = in.le16();
  if (!in) return;
  sink.field("smb.compression.original_size", std::uint64_t{size});
  sink.field("smb.compression.algorithm", std::uint64_t{algorithm});
  sink.field("smb.compression.flags", std::uint64_t{flags});
}

void describe_dialects(Message const& message, FieldSink& sink) {
  Reader in(message.dialects);
  if (message.kind == Kind::smb2) {
    while (in.left() >= 2) sink.field("smb.dialect", std::uint64_t{in.le16()});
    return;
  }
  while (in.left() > 1) {  // MS-CIFS, 2.2.4.52.1: each behind an octet 2, with a zero behind
    in.skip(1);
    auto const from = in.at();
    while (in.u8() != 0) {
    }
    if (!in) return;
    sink.field("smb.dialect_name", as_text(message.dialects.subspan(from, in.at() - from - 1)));
  }
}

/// A count, then so many values of two octets.
void describe_list(Reader& in, std::size_t count, std::string_view name, FieldSink& sink) {
  for (std::size_t at = 0; at < count && in.left() >= 2; ++at) sink.field(name, std::uint64_t{in.le16()});
}

/// MS-SMB2, 2.2.3.1.1 to 2.2.3.1.7.
void describe_context(std::uint16_t type, Bytes data, FieldSink& sink) {
  Reader in(data);
  auto const count = type == 5 ? std::uint16_t{0} : in.le16();
  switch (type) {
    case 1:
      in.skip(2);
      return describe_list(in, count, "smb.hash_algorithm", sink);
    case 2:
      return describe_list(in, count, "smb.cipher", sink);
    case 3:
      in.skip(6);
      return describe_list(in, count, "smb.compression_algorithm", sink);
    case 5:
      return sink.field("smb.server_name", from_utf16(data).view());
    case 8:
      return describe_list(in, count, "smb.signing_algorithm", sink);
    default:
      return;
  }
}

void describe_contexts(Message const& message, FieldSink& sink) {
  Reader in(message.contexts);
  for (std::size_t at = 0; at < message.context_count && in.left() >= 8; ++at) {
    auto const type = in.le16(), length = in.le16();
    in.skip(4);
    auto const data = in.take(length);
    if (!in) return;
    sink.field("smb.negotiate_context.type", std::uint64_t{type});
    describe_context(type, data, sink);
    if (in.at() % 8 != 0 && in.left() >= 8 - in.at() % 8) in.skip(8 - in.at() % 8);
  }
}

/// Tags of create contexts. MS-SMB2, 2.2.13.2.
void describe_create_contexts(Bytes contexts, FieldSink& sink) {
  while (contexts.size() >= 16) {
    Reader in(contexts);
    auto const next = in.le32();
    auto const offset = in.le16(), length = in.le16();
    if (offset > contexts.size() || contexts.size() - offset < length) return;
    if (length == 4) {
      auto const tag = contexts.subspan(offset, length);
      bool printable = true;
      for (auto octet : tag) printable = printable && text::is_printable(octet);
      if (printable) sink.field("smb.create_context.tag", as_text(tag));
    }
    if (next < 16 || next > contexts.size()) return;
    contexts = contexts.subspan(next);
  }
}

}  // namespace

void describe(Header1 const& header, FieldSink& sink) {
  sink.field("smb.version", std::uint64_t{1});
  if ((header.flags2 & Header1::nt_status) != 0) {
    describe_status(header.status, header.response(), sink);
  } else {
    sink.field("smb.error_class", std::uint64_t{header.status & 0xff});
    sink.field("smb.error_code", std::uint64_t{header.status >> 16});
  }
  sink.field("smb.flags", std::uint64_t{header.flags});
  sink.field("smb.flags2", std::uint64_t{header.flags2});
  sink.field("smb.response", header.response());
  sink.field("smb.signed", (header.flags2 & 4) != 0);
  sink.field("smb.process_id_high", std::uint64_t{header.process_high});
  sink.field("smb.tree_id", std::uint64_t{header.tree});
  sink.field("smb.process_id", std::uint64_t{header.process});
  sink.field("smb.user_id", std::uint64_t{header.user});
  sink.field("smb.multiplex_id", std::uint64_t{header.multiplex});
}

Header1 read_header1(Reader& in) {
  Header1 header{};
  in.skip(4);
  header.command = in.u8();
  header.status = in.le32();
  header.flags = in.u8();
  header.flags2 = in.le16();
  header.process_high = in.le16();
  in.skip(10);  // signature, reserved
  header.tree = in.le16();
  header.process = in.le16();
  header.user = in.le16();
  header.multiplex = in.le16();
  return header;
}

Header2 read_header2(Reader& in) {
  Header2 header{};
  in.skip(4);
  header.structure_size = in.le16();
  header.credit_charge = in.le16();
  header.status = in.le32();
  header.command = in.le16();
  header.credits = in.le16();
  header.flags = in.le32();
  header.next_command = in.le32();
  header.message = in.le64();
  header.process = in.le32();
  header.tree = in.le32();
  header.session = in.le64();
  in.skip(16);
  return header;
}

void describe(void const* said, FieldSink& sink) {
  auto const& message = *static_cast<Message const*>(said);
  if (message.first) describe_packet(message, sink);
  if (message.kind == Kind::encrypted || message.kind == Kind::compressed) return describe_transform(message, sink);
  if (message.header1) {
    // A command behind the first one was named as AndXCommand by the one before it.
    if (!message.continued) {
      sink.field("smb.command", std::uint64_t{message.command1});
      describe(*message.header1, sink);
    }
    if (message.next) sink.field("smb.andx_command", std::uint64_t{*message.next});
  }
  if (message.header2) describe_header(*message.header2, sink);
  if (!message.command.empty()) sink.field("smb.command_name", message.command);
  if (message.words) sink.field("smb.word_count", std::uint64_t{*message.words});
  if (message.bytes) sink.field("smb.byte_count", std::uint64_t{*message.bytes});
  if (message.structure_size) sink.field("smb.structure_size", std::uint64_t{*message.structure_size});
  describe(message.columns, message.fixed, sink);
  if (message.outdated) sink.field("smb.outdated_version", std::string_view("SMB 1"));
  describe_dialects(message, sink);
  describe_contexts(message, sink);
  describe_create_contexts(message.create_contexts, sink);
  for (auto const& each : std::span(message.numbers).first(message.number_count)) sink.field(each.field, each.value);
  if (message.control)
    if (auto const name = control_name(*message.control); !name.empty()) sink.field("smb.ioctl.name", name);
  if (message.guest) sink.field("smb.guest", true);
  for (auto const& each : std::span(message.texts).first(message.text_count)) {
    auto const name = each.text.name();
    sink.field(each.field, name.view());
  }
  if (message.security) describe(*message.security, sink);
  if (message.pipe) {
    auto const name = message.file.empty() ? message.target.view() : message.file;
    if (!name.empty()) sink.field("smb.pipe", bare_pipe(name));
    if (!message.carried.empty()) sink.field("smb.pipe_octets", std::uint64_t{message.carried.size()});
  }
  if (!message.share.empty()) sink.field("smb.share", message.share);
  if (!message.file.empty()) sink.field("smb.file", message.file);
  if (message.administrative) sink.field("smb.administrative_share", true);
  if (!message.account.empty()) sink.field("smb.account", message.account);
}

}  // namespace greywatch::agent::smb
