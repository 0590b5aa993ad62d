#include "agent/dissect/modbus/fields.hpp"

#include <algorithm>

#include "agent/dissect/modbus/umas.hpp"
#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::modbus {

namespace {

/// Names numbers as they are read; past the end of the message it names nothing.
class Fields {
 public:
  Fields(Message const& message, FieldSink& sink) : in(message.adu), message_(message), sink_(sink) {}

  std::uint8_t u8(std::string_view name) { return named(name, in.u8()); }
  std::uint16_t be16(std::string_view name) { return named(name, in.be16()); }
  void number(std::string_view name, std::uint64_t value) { sink_.field(name, value); }
  void text(std::string_view name, Bytes octets) { sink_.field(name, as_text(octets)); }
  /// Opaque octets, as hexadecimal digits.
  void opaque(std::string_view name, Bytes octets);
  /// Whole registers of `octets`; a first number makes them numbered.
  void registers(Bytes octets, std::string_view name, std::optional<std::uint32_t> first = std::nullopt);
  /// As many bits of `octets` as there are, lowest first; a first number makes them numbered.
  void bits(Bytes octets, std::size_t most, std::string_view name, std::optional<std::uint32_t> first = std::nullopt);
  /// The next `octets` octets. Where there are fewer, they are named as opaque data instead, and there are none.
  Bytes take(std::size_t octets) {
    if (octets <= in.left()) return in.take(octets);
    opaque("modbus.data", in.rest());
    return {};
  }

  void umas() { name_umas(message_, sink_); }

  bool response() const { return message_.response; }
  std::optional<Pending> const& answered() const { return message_.answered; }

  Reader in;

 private:
  template <class T>
  T named(std::string_view name, T value) {
    if (in) sink_.field(name, std::uint64_t{value});
    return value;
  }
  Message const& message_;
  FieldSink& sink_;
};

void Fields::opaque(std::string_view name, Bytes octets) {
  if (!octets.empty()) sink_.field(name, text::hex(octets).view());
}

void Fields::registers(Bytes octets, std::string_view name, std::optional<std::uint32_t> first) {
  Reader values(octets);
  for (std::uint32_t i = 0; values.left() >= 2; ++i) {
    if (first) number("modbus.register_number", (*first + i) & 0xFFFF);
    number(name, values.be16());
  }
}

void Fields::bits(Bytes octets, std::size_t most, std::string_view name, std::optional<std::uint32_t> first) {
  for (std::size_t i = 0; i < std::min(most, octets.size() * 8); ++i) {
    if (first) number("modbus.bit_number", (*first + i) & 0xFFFF);
    number(name, octets[i / 8] >> i % 8 & 1);
  }
}

void name_bits(Fields& fields) {
  if (!fields.response()) {
    fields.be16("modbus.reference_number");
    fields.be16("modbus.quantity_of_bits");
    return;
  }
  auto const octets = fields.take(fields.u8("modbus.byte_count"));
  if (auto const& asked = fields.answered()) {
    fields.bits(octets, asked->count, "modbus.bit_value", asked->low);
  } else {
    fields.bits(octets, octets.size() * 8, "modbus.bit_value");
  }
}

void name_registers(Fields& fields) {
  if (!fields.response()) {
    fields.be16("modbus.reference_number");
    fields.be16("modbus.quantity_of_registers");
    return;
  }
  auto const octets = fields.take(fields.u8("modbus.byte_count"));
  auto const& asked = fields.answered();
  fields.registers(octets, "modbus.register_value", asked ? std::optional<std::uint32_t>(asked->low) : std::nullopt);
}

void name_diagnostics(Fields& fields) {
  auto const code = fields.be16("modbus.sub_function");
  if (fields.in && code != 0 && find_diagnostic(code) != nullptr) {
    fields.be16("modbus.diagnostic_data");
  } else {
    fields.opaque("modbus.query_data", fields.in.rest());
  }
}

void name_write_coils(Fields& fields) {
  fields.be16("modbus.reference_number");
  auto const count = fields.be16("modbus.quantity_of_bits");
  if (fields.response()) return;
  fields.bits(fields.take(fields.u8("modbus.byte_count")), count, "modbus.written_bit_value");
}

void name_write_registers(Fields& fields) {
  auto const first = fields.be16("modbus.reference_number");
  fields.be16("modbus.quantity_of_registers");
  if (fields.response()) return;
  fields.registers(fields.take(fields.u8("modbus.byte_count")), "modbus.register_value", first);
}

void name_file_reference(Fields& fields) {
  fields.u8("modbus.reference_type");
  fields.be16("modbus.file_number");
  fields.be16("modbus.record_number");
}

void name_read_file(Fields& fields) {
  fields.u8("modbus.byte_count");
  while (fields.in.left() > 0) {
    if (fields.response()) {
      auto const length = fields.u8("modbus.byte_count");
      fields.u8("modbus.reference_type");
      fields.registers(fields.take(length == 0 ? 0u : length - 1u), "modbus.record_data");
    } else {
      name_file_reference(fields);
      fields.be16("modbus.quantity_of_registers");
    }
  }
}

void name_write_file(Fields& fields) {
  fields.u8("modbus.byte_count");
  while (fields.in.left() > 0) {
    name_file_reference(fields);
    auto const length = fields.be16("modbus.quantity_of_registers");
    fields.registers(fields.take(length * 2u), "modbus.record_data");
  }
}

void name_read_write(Fields& fields) {
  if (fields.response()) {
    fields.registers(fields.take(fields.u8("modbus.byte_count")), "modbus.read_register_value");
    return;
  }
  fields.be16("modbus.read_reference_number");
  fields.be16("modbus.read_quantity");
  fields.be16("modbus.write_reference_number");
  fields.be16("modbus.write_quantity");
  fields.registers(fields.take(fields.u8("modbus.byte_count")), "modbus.written_register_value");
}

void name_fifo(Fields& fields) {
  if (!fields.response()) {
    fields.be16("modbus.reference_number");
    return;
  }
  fields.be16("modbus.fifo_byte_count");
  auto const count = fields.be16("modbus.quantity_of_registers");
  fields.registers(fields.take(count * 2u), "modbus.fifo_value");
}

void name_device_identification(Fields& fields) {
  fields.u8("modbus.read_device_id_code");
  if (!fields.response()) {
    fields.u8("modbus.object_id");
    return;
  }
  fields.u8("modbus.conformity_level");
  fields.u8("modbus.more_follows");
  fields.u8("modbus.next_object_id");
  for (unsigned objects = fields.u8("modbus.number_of_objects"); objects > 0 && fields.in.left() > 0; --objects) {
    // 0 to 6 are ASCII strings, the rest is reserved or the device's own. V1.1b3, 6.21, table of objects.
    auto const id = fields.u8("modbus.object_id");
    auto const value = fields.take(fields.u8("modbus.object_length"));
    id <= 6 ? fields.text("modbus.object_value", value) : fields.opaque("modbus.object_octets", value);
  }
}

void name_function(Fields& fields, std::uint8_t function) {
  switch (function) {
    case 1:
    case 2:
      return name_bits(fields);
    case 3:
    case 4:
      return name_registers(fields);
    case 5:
      fields.be16("modbus.reference_number");
      fields.be16("modbus.output_value");
      return;
    case 6:
      fields.be16("modbus.reference_number");
      fields.be16("modbus.written_register_value");
      return;
    case 7:
      if (fields.response()) fields.u8("modbus.exception_status");
      return;
    case 8:
      return name_diagnostics(fields);
    case 11:
      if (!fields.response()) return;
      fields.be16("modbus.comm_status");
      fields.be16("modbus.event_count");
      return;
    case 12:
      if (!fields.response()) return;
      fields.u8("modbus.byte_count");
      fields.be16("modbus.comm_status");
      fields.be16("modbus.event_count");
      fields.be16("modbus.message_count");
      while (fields.in.left() > 0) fields.u8("modbus.event");
      return;
    case 15:
      return name_write_coils(fields);
    case 16:
      return name_write_registers(fields);
    case 17:
      if (fields.response()) fields.text("modbus.server_id", fields.take(fields.u8("modbus.server_id_length")));
      return;
    case 20:
      return name_read_file(fields);
    case 21:
      return name_write_file(fields);
    case 22:
      fields.be16("modbus.reference_number");
      fields.be16("modbus.and_mask");
      fields.be16("modbus.or_mask");
      return;
    case 23:
      return name_read_write(fields);
    case 24:
      return name_fifo(fields);
    case 43:
      if (fields.u8("modbus.mei_type") == mei_device_identification) return name_device_identification(fields);
      break;
    case umas_code:
      fields.umas();
      break;
    default:
      break;
  }
  fields.opaque("modbus.data", fields.in.rest());
}

}  // namespace

void describe(void const* message, FieldSink& sink) {
  Fields fields(*static_cast<Message const*>(message), sink);
  fields.be16("modbus.transaction_id");
  fields.be16("modbus.protocol_id");
  fields.be16("modbus.length");
  fields.u8("modbus.unit_id");
  auto const code = fields.in.u8();
  if (!fields.in) return;
  auto const function = static_cast<std::uint8_t>(code & 0x7F);
  fields.number("modbus.function_code", function);
  if (auto const* const row = find_function(function)) sink.field("modbus.function", row->name);
  if ((code & 0x80) == 0) return name_function(fields, function);
  auto const exception = fields.u8("modbus.exception_code");
  if (auto const* const row = find_exception(exception)) sink.field("modbus.exception", row->name);
}

}  // namespace greywatch::agent::modbus
