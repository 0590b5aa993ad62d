#include "agent/dissect/s7comm/user_data.hpp"

#include <charconv>

#include "agent/dissect/s7comm/tables.hpp"
#include "agent/dissect/s7comm/variables.hpp"

namespace greywatch::agent::s7comm {
namespace {

constexpr std::uint8_t push = 0, request = 4;

void name_parameters(UserData const& said, Out& out) {
  out.number("s7comm.userdata.method", said.method);
  out.number("s7comm.userdata.type", said.type);
  out.number("s7comm.userdata.function_group", said.group);
  if (static_cast<Group>(said.group) == Group::mode_transition)
    out.number("s7comm.userdata.mode", said.subfunction);
  else
    out.number("s7comm.userdata.subfunction", said.subfunction);
  out.number("s7comm.userdata.sequence_number", said.sequence);
  if (!said.long_form) return;
  out.number("s7comm.userdata.data_unit_reference", said.data_unit);
  out.flag("s7comm.userdata.more_follows", said.more_follows);
  out.number("s7comm.error", said.error);
}

void name_cyclic(UserData const& said, Reader& in, Out& out) {
  constexpr std::uint8_t unsubscribe = 4;
  if (said.subfunction == unsubscribe) {
    if (said.type != request) return;
    auto const function = in.u8(), job = in.u8();
    if (!in) return;
    out.number("s7comm.cyclic.function", function);
    out.number("s7comm.cyclic.job_id", job);
    return;
  }
  if (said.subfunction != 1 && said.subfunction != 5 && said.subfunction != 7)
    return out.opaque("s7comm.userdata.octets", in.rest());
  auto const count = in.be16();
  if (!in) return;
  out.number("s7comm.item_count", count);
  if (said.type != request) return name_data_items(in, count, out);
  auto const base = in.u8(), factor = in.u8();
  if (!in) return;
  out.number("s7comm.cyclic.time_base", base);
  out.number("s7comm.cyclic.time_factor", factor);
  name_items(in, count, out);
}

void name_block_counts(Reader& in, Out& out) {
  while (in.left() >= 4) {
    out.text("s7comm.block.listed_type", in.take(2));
    out.number("s7comm.block.count", in.be16());
  }
}

void name_block_list(Reader& in, Out& out) {
  while (in.left() >= 4) {
    out.number("s7comm.block.listed_number", in.be16());
    out.number("s7comm.block.flags", in.u8());
    out.number("s7comm.block.language", in.u8());
  }
}

/// 78 octets of a block's head and foot.
void name_block_information(Reader& in, Out& out) {
  if (in.left() < 78) return out.opaque("s7comm.userdata.octets", in.rest());
  out.text("s7comm.block.listed_type", in.take(2));
  in.skip(7);
  out.number("s7comm.block.flags", in.u8());
  out.number("s7comm.block.language", in.u8());
  out.number("s7comm.block.subtype", in.u8());
  out.number("s7comm.block.listed_number", in.be16());
  out.number("s7comm.block.load_memory_octets", in.be32());
  out.number("s7comm.block.security", in.be32());
  in.skip(12 + 4);  // when code and interface were changed; lengths of interface and segment table
  out.number("s7comm.block.local_data_octets", in.be16());
  out.number("s7comm.block.code_octets", in.be16());
  out.text("s7comm.block.author", in.take(8));
  out.text("s7comm.block.family", in.take(8));
  out.text("s7comm.block.name", in.take(8));
  out.number("s7comm.block.version", in.u8());
  in.skip(1);
  out.number("s7comm.block.checksum", in.be16());
}

void name_blocks(UserData const& said, Reader& in, Out& out) {
  constexpr std::uint8_t list = 1, list_of_type = 2, information = 3;
  bool const asks = said.type == request;
  switch (said.subfunction) {
    case list:
      return asks ? void() : name_block_counts(in, out);
    case list_of_type:
      return asks ? out.text("s7comm.block.listed_type", in.take(2)) : name_block_list(in, out);
    case information:
      if (!asks) return name_block_information(in, out);
      out.text("s7comm.block.listed_type", in.take(2));
      out.text("s7comm.block.asked_number", in.take(5));
      out.text("s7comm.block.asked_destination", in.take(1));
      return;
    default:
      out.opaque("s7comm.userdata.octets", in.rest());
  }
}

void name_message_service(UserData const& said, Reader& in, Out& out) {
  if (said.type != request) {
    if (in.left() > 0) out.number("s7comm.message.result", in.u8());
    return;
  }
  if (in.left() < 10) return;
  out.number("s7comm.message.events", in.u8());
  in.skip(1);
  out.text("s7comm.message.user", in.take(8));
  if (in.left() > 0) out.number("s7comm.message.alarm_type", in.u8());
}

}  // namespace

void name_diagnostic(Reader& in, Out& out) {
  auto const event = in.be16();
  auto const priority = in.u8(), block = in.u8();
  auto const data_id = in.be16(), first = in.be16();
  auto const second = in.be32();
  auto const clock = in.take(8);
  if (!in) return;
  out.number("s7comm.diagnostic.event_id", event);
  out.number("s7comm.diagnostic.priority_class", priority);
  out.number("s7comm.diagnostic.ob_number", block);
  out.number("s7comm.diagnostic.data_id", data_id);
  out.number("s7comm.diagnostic.info1", first);
  out.number("s7comm.diagnostic.info2", second);
  out.clock(clock);
}

namespace {

/// Indications begin with the time. An object names how many values stand behind it.
void name_alarm(bool indication, Reader& in, Out& out) {
  if (indication) out.clock(in.take(8));
  auto const function = in.u8(), objects = in.u8();
  if (!in) return;
  out.number("s7comm.alarm.function", function);
  out.number("s7comm.alarm.objects", objects);
  for (unsigned i = 0; i < objects && in.left() > 0; ++i) {
    auto const item = read_item(in, true);
    if (!in) return;
    out.number("s7comm.item.specification", item.specification);
    out.number("s7comm.item.specification_length", item.length);
    out.number("s7comm.item.syntax_id", item.syntax);
    Reader object(item.rest);
    auto const values = object.u8();
    auto const event = object.be32();
    if (!object || item.kind() == Syntax::alarm_query) {
      out.opaque("s7comm.item.octets", item.rest);
      continue;
    }
    out.number("s7comm.alarm.values", values);
    out.number("s7comm.alarm.event_id", event);
    if (indication && object.left() >= 4) {
      out.number("s7comm.alarm.event_state", object.u8());
      out.number("s7comm.alarm.state", object.u8());
      out.number("s7comm.alarm.acknowledged_going", object.u8());
      out.number("s7comm.alarm.acknowledged_coming", object.u8());
    }
    if (indication) name_data_items(in, values, out);
  }
}

/// The answer to a query of alarms: one item of data sets, each led by its length, which is one short.
void name_alarm_list(Reader& in, Out& out) {
  constexpr std::uint8_t alarm_8 = 2;
  auto const function = in.u8(), objects = in.u8();
  auto const code = in.u8(), size = in.u8();
  in.skip(2);
  if (!in) return;
  out.number("s7comm.alarm.function", function);
  out.number("s7comm.alarm.objects", objects);
  out.number("s7comm.data.return_code", code);
  out.number("s7comm.data.transport_size", size);
  while (in.left() > 0) {
    Reader set(in.take(in.u8() + std::size_t{1}));
    set.skip(2);
    auto const type = set.u8();
    auto const event = set.be32();
    if (!set) return;
    out.number("s7comm.alarm.type", type);
    out.number("s7comm.alarm.event_id", event);
    if (type != alarm_8 || set.left() < 4) continue;
    set.skip(1);
    out.number("s7comm.alarm.event_state", set.u8());
    out.number("s7comm.alarm.acknowledged_going", set.u8());
    out.number("s7comm.alarm.acknowledged_coming", set.u8());
  }
}

void name_cpu(Message const& message, UserData const& said, Reader& in, Out& out) {
  switch (said.subfunction) {
    case 0x01:
      if (!message.content_whole) return;
      if (said.type != request) return name_status_list(message.content, out);
      if (in.left() < 4) return;
      out.number("s7comm.szl.id", in.be16());
      out.number("s7comm.szl.index", in.be16());
      return;
    case 0x02:
      return name_message_service(said, in, out);
    case 0x03:
      return name_diagnostic(in, out);
    case 0x05:
    case 0x06:
    case 0x0C:
    case 0x0D:
    case 0x0E:
    case 0x11:
    case 0x12:
    case 0x16:
      return name_alarm(said.type == push, in, out);
    case 0x07:
    case 0x08:
    case 0x0B:
      return said.type == request ? name_alarm(false, in, out) : out.opaque("s7comm.userdata.octets", in.rest());
    case 0x13:
      return said.type == request ? name_alarm(false, in, out) : name_alarm_list(in, out);
    default:
      out.opaque("s7comm.userdata.octets", in.rest());
  }
}

void name_bsend(Reader& in, Out& out) {
  auto const item = read_item(in, true);
  Reader id(item.rest);
  id.skip(1);
  auto const number = id.be32();
  if (in && id && item.kind() == Syntax::pbc_id) out.number("s7comm.bsend.r_id", number);
}

/// Clocks of requests and answers have a century before them that a year of two digits repeats.
void name_time(Reader& in, Out& out) {
  if (in.left() != 10) return;
  in.skip(2);
  out.clock(in.rest());
}

}  // namespace

Subject subject_of(Pdu const& pdu) {
  auto const& said = *pdu.user_data;
  if (said.type != request || pdu.data.size() < data_head_octets) return {};
  Reader in(pdu.data.subspan(data_head_octets));
  switch (static_cast<Group>(said.group)) {
    case Group::cpu: {
      if (said.subfunction != 1 || in.left() != 4) return {};
      return {.kind = Subject::Kind::status_list, .db = in.be16(), .count = 1, .address = in.be16()};
    }
    case Group::cyclic: {
      if (said.subfunction == 4 || in.left() < 4) return {};
      in.skip(4);
      auto const item = read_item(in, true);
      return in ? subject_of(item) : Subject{};
    }
    case Group::block: {
      if (said.subfunction != 3 || in.left() < 8) return {};
      auto const name = read_block_name(in.take(8));
      return name ? subject_of(*name) : Subject{};
    }
    default:
      return {};
  }
}

void name_user_data(Message const& message, Out& out) {
  auto const& pdu = *message.pdu;
  auto const& said = *pdu.user_data;
  name_parameters(said, out);
  Reader data(pdu.data);
  auto const head = read_data_head(data);
  if (!data) return;
  name_data_head(head, out);
  if (message.secret) return out.number("s7comm.security.octets", data.left());
  Reader in(message.content);
  switch (static_cast<Group>(said.group)) {
    case Group::cyclic:
      return name_cyclic(said, in, out);
    case Group::block:
      return message.content_whole ? name_blocks(said, in, out) : void();
    case Group::cpu:
      return name_cpu(message, said, in, out);
    case Group::bsend:
      return name_bsend(in, out);
    case Group::time:
      return name_time(in, out);
    default:
      out.opaque("s7comm.userdata.octets", in.rest());
  }
}

}  // namespace greywatch::agent::s7comm
