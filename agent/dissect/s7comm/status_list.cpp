#include <algorithm>
#include <cstdio>

#include "agent/dissect/s7comm/user_data.hpp"

/// System status lists (SZL): "System Software for S7-300/400, System and Standard Functions", chapters on partial
/// lists.
namespace greywatch::agent::s7comm {
namespace {

/// Index 7 of list 11: the release of the firmware, "V" and three numbers.
void name_firmware(std::uint16_t first, std::uint16_t second, Out& out) {
  if (first >> 8 != 'V') return;
  char text[16];
  int const length = std::snprintf(text, sizeof text, "V%u.%u.%u", first & 255u, second >> 8, second & 255u);
  out.text("s7comm.szl.firmware", as_bytes({text, static_cast<std::size_t>(length)}));
}

/// List 11: identification of a module.
void name_module(Reader& in, Out& out) {
  auto const index = in.be16();
  auto const order_number = in.take(20);
  auto const type = in.be16(), version = in.be16(), release = in.be16();
  out.number("s7comm.szl.record_index", index);
  out.padded("s7comm.szl.order_number", order_number);
  out.number("s7comm.szl.module_type_id", type);
  out.number("s7comm.szl.version", version);
  out.number("s7comm.szl.release", release);
  if (index == 7) name_firmware(version, release, out);
}

struct Component {
  std::uint16_t index;
  std::string_view field;
  std::size_t octets;
};
/// List 1C: identification of components.
constexpr Component components[] = {
    {1, "s7comm.szl.system_name", 24},        {2, "s7comm.szl.module_name", 24},
    {3, "s7comm.szl.plant_designation", 32},  {4, "s7comm.szl.copyright", 26},
    {5, "s7comm.szl.serial_number", 24},      {7, "s7comm.szl.module_type", 32},
    {8, "s7comm.szl.card_serial_number", 32}, {10, "s7comm.szl.oem_copyright", 20},
    {11, "s7comm.szl.location", 32},
};
void name_component(Reader& in, Out& out) {
  auto const index = in.be16();
  out.number("s7comm.szl.record_index", index);
  if (index == 9) {
    auto const manufacturer = in.be16();
    out.number("s7comm.szl.manufacturer_id", manufacturer);
    if (manufacturer == 42) out.text("s7comm.szl.manufacturer", as_bytes("Siemens AG"));
    return;
  }
  auto const* const row = std::ranges::find(components, index, &Component::index);
  if (row != std::end(components)) out.text(row->field, in.take(row->octets));
}

/// List 24: the last change of the CPU's mode.
void name_mode(Reader& in, Out& out) {
  out.number("s7comm.szl.event_id", in.be16());
  in.skip(1);
  auto const mode = in.u8();
  out.number("s7comm.szl.mode_requested", mode & 15u);
  out.number("s7comm.szl.mode_previous", mode >> 4);
}

/// List 32, index 4: protection and the mode selector.
void name_protection(Reader& in, Out& out) {
  auto const index = in.be16();
  out.number("s7comm.szl.record_index", index);
  if (index != 4) return;
  out.number("s7comm.szl.protection_key", in.be16());
  out.number("s7comm.szl.protection_assigned", in.be16());
  out.number("s7comm.szl.protection_valid", in.be16());
  out.number("s7comm.szl.mode_selector", in.be16());
}

/// List 74: lamps.
void name_lamp(Reader& in, Out& out) {
  out.number("s7comm.szl.led_id", in.be16() & 255u);
  out.number("s7comm.szl.led_on", in.u8());
  out.number("s7comm.szl.led_blinks", in.u8());
}

/// List 00: the lists that there are.
void name_list(Reader& in, Out& out) { out.number("s7comm.szl.listed_id", in.be16()); }

struct List {
  std::uint8_t number;  ///< lower octet of the SZL-ID
  std::size_t octets;   ///< of one record at least
  std::size_t most;     ///< records named: many records may be joined from many messages
  void (*name)(Reader& record, Out& out);
};
constexpr List lists[] = {
    {0x00, 2, 400, name_list},       {0x11, 28, 60, name_module},     {0x1C, 34, 150, name_component},
    {0x24, 20, 100, name_mode},      {0x32, 40, 60, name_protection}, {0x74, 4, 100, name_lamp},
    {0xA0, 20, 30, name_diagnostic},
};

}  // namespace

void name_status_list(Bytes content, Out& out) {
  Reader in(content);
  auto const id = in.be16(), index = in.be16(), length = in.be16(), count = in.be16();
  if (!in) return;
  out.number("s7comm.szl.id", id);
  out.number("s7comm.szl.index", index);
  out.number("s7comm.szl.record_length", length);
  out.number("s7comm.szl.record_count", count);
  auto const* const row = std::ranges::find(lists, id & 255, &List::number);
  // Lists 0F.. of any number have no records: only how many there would be.
  if (row == std::end(lists) || length < row->octets) return out.opaque("s7comm.szl.octets", in.rest());
  for (std::size_t i = 0; i < std::min<std::size_t>(count, row->most) && in.left() >= length; ++i) {
    Reader record(in.take(length));
    row->name(record, out);
  }
}

}  // namespace greywatch::agent::s7comm
