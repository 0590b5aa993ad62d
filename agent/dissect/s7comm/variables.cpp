#include "agent/dissect/s7comm/variables.hpp"

#include "agent/dissect/s7comm/item.hpp"
#include "agent/dissect/s7comm/tables.hpp"

namespace greywatch::agent::s7comm {
namespace {

void name_address(Bytes rest, Out& out) {
  if (rest.size() != address_octets) return out.opaque("s7comm.item.octets", rest);
  auto const at = read_address(rest);
  out.number("s7comm.item.transport_size", at.transport_size);
  out.number("s7comm.item.length", at.count);
  out.number("s7comm.item.db_number", at.db);
  out.number("s7comm.item.area", at.area);
  out.number("s7comm.item.address", at.address);
  if (at.area == area_counters || at.area == area_timers) return out.number("s7comm.item.number", at.address);
  out.number("s7comm.item.byte_address", at.address / 8);
  out.number("s7comm.item.bit_address", at.address % 8);
}

void name_block_parts(Bytes rest, Out& out) {
  Reader in(rest);
  out.number("s7comm.item.parts", in.u8());
  while (in.left() >= block_part_octets) {
    auto const part = read_block_part(in);
    out.number("s7comm.item.part.octets", part.octets);
    out.number("s7comm.item.part.db_number", part.db);
    out.number("s7comm.item.part.start", part.start);
  }
}

void name_nck(Bytes rest, Out& out) {
  Reader in(rest);
  auto const area = in.u8();
  auto const column = in.be16(), line = in.be16();
  auto const module = in.u8(), lines = in.u8();
  if (!in) return out.opaque("s7comm.item.octets", rest);
  out.number("s7comm.item.nck.area", area >> 5);
  out.number("s7comm.item.nck.unit", area & 31u);
  out.number("s7comm.item.nck.column", column);
  out.number("s7comm.item.nck.line", line);
  out.number("s7comm.item.nck.module", module);
  out.number("s7comm.item.nck.line_count", lines);
}

void name_drive(Bytes rest, Out& out) {
  Reader in(rest);
  in.skip(5);
  auto const parameter = in.be16(), index = in.be16();
  if (!in) return out.opaque("s7comm.item.octets", rest);
  out.number("s7comm.item.drive.parameter", parameter);
  out.number("s7comm.item.drive.index", index);
}

void name_symbolic(Bytes rest, Out& out) {
  Reader in(rest);
  in.skip(1);
  auto const root = in.be16(), block = in.be16();
  auto const check_sum = in.be32();
  if (in) {
    out.number("s7comm.item.symbolic.area", root);
    out.number("s7comm.item.symbolic.number", block);
    out.number("s7comm.item.symbolic.crc", check_sum);
  }
  out.opaque("s7comm.item.octets", rest);
}

void name_item(Item const& item, Out& out) {
  out.number("s7comm.item.specification", item.specification);
  out.number("s7comm.item.specification_length", item.length);
  out.number("s7comm.item.syntax_id", item.syntax);
  switch (item.kind()) {
    case Syntax::s7any:
      return name_address(item.rest, out);
    case Syntax::data_block_read:
      return name_block_parts(item.rest, out);
    case Syntax::nck:
    case Syntax::nck_metric:
    case Syntax::nck_inch:
      return name_nck(item.rest, out);
    case Syntax::drive_any:
      return name_drive(item.rest, out);
    case Syntax::symbolic:
      return name_symbolic(item.rest, out);
    default:
      out.opaque("s7comm.item.octets", item.rest);
  }
}

}  // namespace

void name_data_head(DataHead const& head, Out& out) {
  out.number("s7comm.data.return_code", head.return_code);
  out.number("s7comm.data.transport_size", head.transport_size);
  out.number("s7comm.data.length", head.length);
}

void name_items(Reader& in, unsigned count, Out& out) {
  for (unsigned i = 0; i < count && in.left() > 0; ++i) {
    auto const item = read_item(in, i + 1 == count);
    if (in) name_item(item, out);
  }
}

void name_data_items(Reader& in, unsigned count, Out& out) {
  for (unsigned i = 0; i < count && in.left() > 0; ++i) {
    auto const item = read_data_item(in, i + 1 == count);
    if (!in) return;
    name_data_head(item.head, out);
    out.opaque("s7comm.data.octets", item.octets);
    if (auto const value = value_of(item, 0)) out.real("s7comm.data.value", *value);
  }
}

void name_block(BlockName const& name, Out& out) {
  out.text("s7comm.block.identifier", as_bytes(name.identifier));
  out.text("s7comm.block.type", as_bytes(name.type));
  out.text("s7comm.block.number", as_bytes(name.number));
  out.text("s7comm.block.destination", as_bytes(name.destination));
}

void name_variables(Pdu const& pdu, Out& out) {
  Reader in(pdu.parameter);
  in.skip(1);
  unsigned const count = in.u8();
  if (!in) return;
  out.number("s7comm.item_count", count);
  bool const job = pdu.header.kind() == Rosctr::job;
  if (job) name_items(in, count, out);
  Reader data(pdu.data);
  if (!job && pdu.function == static_cast<std::uint8_t>(Function::write_variable)) {
    for (unsigned i = 0; i < count && data.left() > 0; ++i) out.number("s7comm.data.return_code", data.u8());
  } else {
    name_data_items(data, count, out);
  }
}

}  // namespace greywatch::agent::s7comm
