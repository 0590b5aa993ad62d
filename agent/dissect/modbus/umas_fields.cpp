#include <algorithm>
#include <array>
#include <cstdio>

#include "agent/dissect/modbus/umas.hpp"

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::modbus {
namespace {

/// Names numbers, little-endian, as far as there are octets.
class Names {
 public:
  Names(Bytes data, FieldSink& sink) : in(data), sink_(sink) {}

  void u8(std::string_view name) { named(name, in.u8()); }
  std::uint16_t le16(std::string_view name) { return static_cast<std::uint16_t>(named(name, in.le16())); }
  void le32(std::string_view name) { named(name, in.le32()); }
  /// A length, and text of it, without the zeros behind it.
  void text(std::string_view name) {
    auto const length = in.u8();
    auto const octets = in.take(std::min<std::size_t>(length, in.left()));
    if (!octets.empty()) sink_.field(name, text::up_to_nul(as_text(octets)));
  }
  void number(std::string_view name, std::uint64_t value) { sink_.field(name, value); }
  void say(std::string_view name, std::string_view text) { sink_.field(name, text); }

  Reader in;

 private:
  std::uint32_t named(std::string_view name, std::uint32_t value) {
    if (in) sink_.field(name, std::uint64_t{value});
    return value;
  }
  FieldSink& sink_;
};

void name_variables(Names& names, bool writes) {
  names.le32("modbus.umas.crc");
  auto const count = names.in.u8();
  names.number("modbus.umas.variables", count);
  // Of what is written only the first variable stands at a known place.
  for (unsigned i = 0; i < (writes ? std::min<unsigned>(count, 1) : count) && names.in.left() > 0; ++i) {
    auto const kind = names.in.u8();
    names.number("modbus.umas.variable_size", kind & 15);
    names.le16("modbus.umas.block");
    if (!writes) names.in.skip(1);
    names.le16("modbus.umas.base_offset");
    if (writes)
      names.le16("modbus.umas.offset");
    else
      names.u8("modbus.umas.offset");
    if (kind >> 4 != 0) names.le16("modbus.umas.array_length");
  }
}

void name_request(std::uint8_t function, Names& names) {
  switch (function) {
    case 0x03:
      return names.u8("modbus.umas.part");
    case 0x10:
      names.in.skip(4);
      return names.text("modbus.umas.client");
    case 0x20:
    case 0x21:
      names.u8("modbus.umas.range");
      names.le16("modbus.umas.block");
      names.le16("modbus.umas.offset");
      names.in.skip(2);
      names.le16("modbus.umas.count");
      return;
    case 0x22:
    case 0x23:
      return name_variables(names, function == 0x23);
    case 0x26:
      names.le16("modbus.umas.record_type");
      names.in.skip(1);
      names.le32("modbus.umas.hardware_id");
      names.le16("modbus.umas.block");
      names.le16("modbus.umas.offset");
      return;
    case 0x31:
      names.in.skip(2);
      names.le16("modbus.umas.block");
      names.le16("modbus.umas.count");
      return;
    case 0x32:
    case 0x35:
      names.in.skip(2);
      names.le16("modbus.umas.blocks");
      return;
    case 0x34:
      names.in.skip(2);
      names.le16("modbus.umas.block");
      return;
    default:
      return;
  }
}

/// "2.70" of 0x0270.
void name_firmware(std::uint16_t version, Names& names) {
  char text[8];
  auto const length = std::snprintf(text, sizeof text, "%x.%02x", version >> 8, version & 0xFF);
  names.say("modbus.umas.firmware", std::string_view(text, static_cast<std::size_t>(length)));
}

void name_identity(Names& names) {
  names.le16("modbus.umas.plc_range");
  names.le32("modbus.umas.plc_id");
  names.le16("modbus.umas.plc_model_number");
  auto const version = names.in.le16();
  if (!names.in) return;
  name_firmware(version, names);
  names.le16("modbus.umas.patch");
  names.le16("modbus.umas.internal_version");
  names.le16("modbus.umas.hardware_version");
  names.in.skip(6);
  names.text("modbus.umas.plc_model");
}

/// When something was built; false where that is no time.
bool name_build(Names& names) {
  Reader& in = names.in;
  in.skip(1);
  unsigned const second = in.u8(), minute = in.u8(), hour = in.u8(), day = in.u8(), month = in.u8(), year = in.le16();
  if (!in || second > 59 || minute > 59 || hour > 23) return false;
  if (day < 1 || day > 31 || month < 1 || month > 12) return false;
  char text[32];
  auto const length =
      std::snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:%02u:%02u", year, month, day, hour, minute, second);
  names.say("modbus.umas.project_built", std::string_view(text, static_cast<std::size_t>(length)));
  return true;
}

/// Twice an identity of nine octets, when all was built and when the last change was, the version, and the name. That
/// is part 0; the answer does not say which part it is, and what others hold is not known: none begins so.
void name_project(Names& names) {
  names.in.skip(18);
  if (!name_build(names) || !name_build(names)) return;
  auto const build = names.in.le16();
  auto const minor = names.in.u8(), major = names.in.u8();
  if (!names.in) return;
  char text[24];
  auto const length = std::snprintf(text, sizeof text, "%u.%u.%u", unsigned{major}, unsigned{minor}, unsigned{build});
  names.say("modbus.umas.project_version", std::string_view(text, static_cast<std::size_t>(length)));
  names.text("modbus.umas.project");
}

/// Check sums of the program's blocks; what the controller does stands behind them, in messages of the length known.
void name_state(Bytes data, Names& names) {
  constexpr std::size_t known_length = 66, state_at = 60;
  names.in.skip(3);
  for (unsigned blocks = names.in.u8(); blocks > 0 && names.in.left() > 0; --blocks)
    names.le32("modbus.umas.block_crc");
  if (data.size() == known_length) names.number("modbus.umas.plc_state", data[state_at]);
}

void name_answer(std::uint8_t asked, Bytes data, Names& names) {
  switch (asked) {
    case 0x01:
      names.le16("modbus.umas.most_octets");
      names.le16("modbus.umas.communication_version");
      names.in.skip(8);
      return names.text("modbus.umas.client");
    case 0x02:
      return name_identity(names);
    case 0x03:
      return name_project(names);
    case 0x04:
      return name_state(data, names);
    case 0x10:
      return names.u8("modbus.umas.reservation_key");
    case 0x20:
      names.u8("modbus.umas.range");
      names.le16("modbus.umas.count");
      return;
    case 0x34:
      names.in.skip(2);
      names.le16("modbus.umas.count");
      return;
    default:
      return;
  }
}

}  // namespace

void name_umas(Message const& message, FieldSink& sink) {
  auto const umas = read_umas(message);
  if (!umas) return;
  Names names(umas->data, sink);
  names.number("modbus.umas.key", umas->key);
  if (umas->is_signed) sink.field("modbus.umas.signed", true);
  if (message.response) names.number("modbus.umas.status", umas->function);
  auto const function = message.response ? asked_umas_function(message.answered) : std::optional(umas->function);
  if (!function) return;
  names.number("modbus.umas.function", *function);
  if (auto const* const row = find_umas_function(*function)) names.say("modbus.umas.function_name", row->name);
  if (!message.response) return name_request(*function, names);
  if (umas->function == umas_ok) name_answer(*function, umas->data, names);
}

}  // namespace greywatch::agent::modbus
