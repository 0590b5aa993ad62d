#include "agent/dissect/fins/end_code.hpp"

#include <algorithm>

namespace greywatch::agent::fins {
namespace {

using enum Status;
// Sorted by code.
constexpr EndCode end_codes[] = {
    {0x0000, "normal completion", ok},
    {0x0001, "service canceled", failed},
    {0x0101, "local node not in network", failed},
    {0x0102, "token timeout", failed},
    {0x0103, "retries failed", failed},
    {0x0104, "too many send frames", failed},
    {0x0105, "node address out of range", failed},
    {0x0106, "node address twice in the network", failed},
    {0x0201, "destination node not in network", failed},
    {0x0202, "unit missing", failed},
    {0x0203, "third node missing", failed},
    {0x0204, "destination node busy", failed},
    {0x0205, "response timeout", failed},
    {0x0301, "communications controller error", failed},
    {0x0302, "CPU unit error", failed},
    {0x0303, "controller error", failed},
    {0x0304, "unit number error", failed},
    {0x0401, "undefined command", unsupported},
    {0x0402, "not supported by model or version", unsupported},
    {0x0501, "destination address not in the routing tables", failed},
    {0x0502, "no routing tables", failed},
    {0x0503, "routing table error", failed},
    {0x0504, "too many relays", failed},
    {0x1001, "command too long", failed},
    {0x1002, "command too short", failed},
    {0x1003, "elements and data do not match", failed},
    {0x1004, "command format error", failed},
    {0x1005, "header error", failed},
    {0x1101, "area missing", unknown_object},
    {0x1102, "access size error", failed},
    {0x1103, "address out of range", unknown_object},
    {0x1104, "address range exceeded", unknown_object},
    {0x1106, "program missing", unknown_object},
    {0x1109, "relational error", failed},
    {0x110A, "duplicate data access", failed},
    {0x110B, "response too long", failed},
    {0x110C, "parameter error", failed},
    {0x2002, "protected", refused},
    {0x2003, "table missing", unknown_object},
    {0x2004, "data missing", unknown_object},
    {0x2005, "program missing", unknown_object},
    {0x2006, "file missing", unknown_object},
    {0x2007, "data mismatch", failed},
    {0x2101, "read only", refused},
    {0x2102, "protected", refused},
    {0x2103, "cannot register", failed},
    {0x2105, "program missing", unknown_object},
    {0x2106, "file missing", unknown_object},
    {0x2107, "file name already exists", failed},
    {0x2108, "cannot change", refused},
    {0x2201, "not possible during execution", refused},
    {0x2202, "not possible while running", refused},
    {0x2203, "not possible in PROGRAM mode", refused},
    {0x2204, "not possible in DEBUG mode", refused},
    {0x2205, "not possible in MONITOR mode", refused},
    {0x2206, "not possible in RUN mode", refused},
    {0x2207, "specified node is not the polling node", refused},
    {0x2208, "step cannot be executed", refused},
    {0x2301, "file device missing", unknown_object},
    {0x2302, "memory missing", unknown_object},
    {0x2303, "clock missing", unknown_object},
    {0x2401, "data link table missing", failed},
    {0x2502, "memory contents error", failed},
    {0x2503, "I/O setting error", failed},
    {0x2504, "too many I/O points", failed},
    {0x2505, "CPU bus error", failed},
    {0x2506, "I/O duplication", failed},
    {0x2507, "I/O bus error", failed},
    {0x2509, "SYSMAC BUS/2 error", failed},
    {0x250A, "CPU bus unit error", failed},
    {0x250D, "SYSMAC BUS number duplication", failed},
    {0x250F, "memory error", failed},
    {0x2510, "SYSMAC BUS terminator missing", failed},
    {0x2601, "no protection", failed},
    {0x2602, "incorrect password", refused},
    {0x2604, "protected", refused},
    {0x2605, "service already executing", failed},
    {0x2606, "service stopped", failed},
    {0x2607, "no execution right", refused},
    {0x2608, "settings not complete", failed},
    {0x2609, "necessary items not set", failed},
    {0x260A, "number already defined", failed},
    {0x260B, "error will not clear", failed},
    {0x3001, "no access right", refused},
    {0x4001, "service aborted", failed},
};
static_assert(std::ranges::is_sorted(end_codes, {}, &EndCode::code));

}  // namespace

EndCode const* find_end_code(std::uint16_t code) {
  code &= end_code_bits;
  auto const found = std::ranges::lower_bound(end_codes, code, {}, &EndCode::code);
  return found != std::end(end_codes) && found->code == code ? &*found : nullptr;
}

std::string_view end_code_class(std::uint16_t code) {
  switch ((code & end_code_bits) >> 8) {
    case 0x00:
      return "normal completion";
    case 0x01:
      return "local node error";
    case 0x02:
      return "destination node error";
    case 0x03:
      return "controller error";
    case 0x04:
      return "service unsupported";
    case 0x05:
      return "routing table error";
    case 0x10:
      return "command format error";
    case 0x11:
      return "parameter error";
    case 0x20:
      return "read not possible";
    case 0x21:
      return "write not possible";
    case 0x22:
      return "not executable in current mode";
    case 0x23:
      return "no such device";
    case 0x24:
      return "cannot start or stop";
    case 0x25:
      return "unit error";
    case 0x26:
      return "command error";
    case 0x30:
      return "access right error";
    case 0x40:
      return "abort";
    default:
      return {};
  }
}

}  // namespace greywatch::agent::fins
