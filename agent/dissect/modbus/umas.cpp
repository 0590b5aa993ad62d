#include "agent/dissect/modbus/umas.hpp"

#include <algorithm>

namespace greywatch::agent::modbus {
namespace {

using enum Operation;
// Sorted by code.
constexpr UmasFunction functions[] = {
    {0x01, "initialize communication", session},
    {0x02, "read id", diagnose},
    {0x03, "read project info", diagnose},
    {0x04, "read PLC info", diagnose},
    {0x05, "read loader info", diagnose},
    {0x06, "read card info", diagnose},
    {0x07, "read block info", diagnose},
    {0x0A, "repeat", diagnose},
    {0x10, "take PLC reservation", session},
    {0x11, "release PLC reservation", session},
    {0x12, "keep alive", session},
    {0x20, "read memory block", read},
    {0x21, "write memory block", write},
    {0x22, "read variables", read},
    {0x23, "write variables", write},
    {0x24, "read coils and registers", read},
    {0x25, "write coils and registers", write},
    {0x26, "data dictionary", read},
    {0x27, "data dictionary preload", read},
    {0x28, "read physical address", read},
    {0x29, "write physical address", write},
    {0x2A, "browse events", diagnose},
    {0x30, "initialize upload", program},
    {0x31, "upload block", program},
    {0x32, "end upload", program},
    {0x33, "initialize download", file},
    {0x34, "download block", file},
    {0x35, "end download", file},
    {0x36, "backup", file},
    {0x37, "preload blocks", program},
    {umas_signed, "signed message", other},
    {0x39, "read Ethernet master data", read},
    {0x40, "start PLC", control},
    {0x41, "stop PLC", control},
    {0x42, "initialize PLC", control},
    {0x43, "swap blocks", program},
    {0x50, "monitor PLC", other},
    {0x51, "get modifications", diagnose},
    {0x52, "get forced bits", diagnose},
    {0x53, "get selected blocks", diagnose},
    {0x58, "check PLC", diagnose},
    {0x60, "set breakpoint", control},
    {0x61, "delete breakpoint", control},
    {0x62, "step over", control},
    {0x63, "step in", control},
    {0x64, "step out", control},
    {0x65, "get call stack", diagnose},
    {0x66, "check debug allowed", diagnose},
    {0x6C, "process message", other},
    {0x6D, "private message", other},
    {0x6E, "exchange reservation nonces", session},
    {0x70, "read I/O object", read},
    {0x71, "write I/O object", write},
    {0x72, "read rack", diagnose},
    {0x73, "get status module", diagnose},
    {0x74, "read device data", diagnose},
};
static_assert(std::ranges::is_sorted(functions, {}, &UmasFunction::code));

/// Behind the function of a signed message: an octet and a digest, then function code, key and function again.
constexpr std::size_t signature_octets = 1 + 32, head_octets = 3;

/// The value of a write of one variable: the size is 1, 2 or 3 for one, two or four octets.
std::optional<std::uint16_t> written(Reader& in, std::uint8_t size) {
  if (size == 1 && in.left() == 1) return in.u8();
  if (size == 2 && in.left() == 2) return in.le16();
  return std::nullopt;
}

void read_request(Umas const& umas, Pdu& pdu) {
  Reader in(umas.data);
  std::uint16_t block = 0, count = 0;
  switch (umas.function) {
    case 0x20:
    case 0x21:
      in.skip(1);
      block = in.le16();
      in.skip(4);
      count = in.le16();
      break;
    case 0x22:
    case 0x23: {
      in.skip(4);
      count = in.u8();
      auto const kind = in.u8();
      block = in.le16();
      if (umas.function == 0x22 || count != 1 || kind >> 4 != 0) break;
      in.skip(4);
      pdu.value = written(in, kind & 15);
      break;
    }
    case 0x31:
    case 0x34:
      in.skip(2);
      block = in.le16();
      count = 1;
      break;
    default:
      return;
  }
  if (!in) return;  // shorter than the analyses say: what a function asks for stands all the same
  pdu.object = block;
  pdu.count = count;
}

Umas read_head(Reader& in, bool signed_response) {
  Umas umas{.key = in.u8(), .function = in.u8()};
  bool const wrapped = umas.function == umas_signed || signed_response;
  umas.data = in.rest();
  if (!wrapped || umas.data.size() < signature_octets + head_octets || umas.data[signature_octets] != umas_code)
    return umas;
  auto const inside = umas.data.subspan(signature_octets + 1);
  return {.key = inside[0], .function = inside[1], .is_signed = true, .data = inside.subspan(2)};
}

}  // namespace

std::optional<Umas> read_umas(Message const& message) {
  Reader in(message.adu);
  in.skip(mbap_octets + 1);
  auto const& asked = message.answered;
  bool const asked_signed = asked_umas_function(asked) && (asked->high & umas_signed_flag) != 0;
  auto const umas = read_head(in, message.response && asked_signed);
  return in ? std::optional(umas) : std::nullopt;
}

UmasFunction const* find_umas_function(std::uint8_t code) {
  auto const found = std::ranges::lower_bound(functions, code, {}, &UmasFunction::code);
  return found != std::end(functions) && found->code == code ? &*found : nullptr;
}

void read_umas_pdu(Bytes body, Pdu& pdu, bool response) {
  constexpr std::size_t at = mbap_octets + 1;
  Reader in(body);
  auto const umas = read_head(in, false);
  auto const refuse = [&](Malformed why) {
    if (!pdu.malformed) pdu.malformed = why;
  };
  if (!in) return refuse({Defect::truncated, at + body.size(), "modbus.data"});
  bool const answers = umas.function == umas_ok || umas.function == umas_error;
  pdu.either = answers != response;
  if (response) return;
  if (answers) refuse({Defect::bad_value, at + 1, "modbus.umas.function"});
  pdu.besides = static_cast<std::uint16_t>(umas.function | (umas.is_signed ? umas_signed_flag : 0));
  read_request(umas, pdu);
}

void classify_umas(Pdu const& pdu, Message const& message, Observation& observation, Emitter& emitter) {
  observation.operation = Operation::other;
  auto const umas = read_umas(message);
  if (!umas && pdu.exception == 0) return;  // exceptions are responses, and have no body
  auto const function = message.response ? asked_umas_function(message.answered) : std::optional(umas->function);
  auto const* const row = function ? find_umas_function(*function) : nullptr;
  if (row != nullptr) observation.operation = row->operation;
  if (function && row == nullptr && !message.response) emitter.unknown("umas.function", *function);
  if (pdu.exception != 0) return;
  observation.subcode = function.value_or(0);
  if (!message.response || pdu.malformed || umas->function == umas_ok) return;
  // No analysis tells the reasons apart; those seen were reservations of others.
  observation.status = umas->function == umas_error ? Status::refused : Status::failed;
  if (umas->function != umas_error) emitter.unknown("umas.status", umas->function);
}

}  // namespace greywatch::agent::modbus
