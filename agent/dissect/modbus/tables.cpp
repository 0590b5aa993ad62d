#include "agent/dissect/modbus/tables.hpp"

#include <algorithm>
#include <array>

namespace greywatch::agent::modbus {

namespace {

constexpr Function functions[] = {
    {1, "Read Coils", Operation::read},
    {2, "Read Discrete Inputs", Operation::read},
    {3, "Read Holding Registers", Operation::read},
    {4, "Read Input Registers", Operation::read},
    {5, "Write Single Coil", Operation::write},
    {6, "Write Single Register", Operation::write},
    {7, "Read Exception Status", Operation::diagnose},
    {8, "Diagnostics", Operation::diagnose, true},
    {11, "Get Comm Event Counter", Operation::diagnose},
    {12, "Get Comm Event Log", Operation::diagnose},
    {15, "Write Multiple Coils", Operation::write},
    {16, "Write Multiple Registers", Operation::write},
    {17, "Report Server ID", Operation::read},
    {20, "Read File Record", Operation::read},
    {21, "Write File Record", Operation::write},
    {22, "Mask Write Register", Operation::write},
    {23, "Read/Write Multiple Registers", Operation::write},
    {24, "Read FIFO Queue", Operation::read},
    {43, "Encapsulated Interface Transport", Operation::read, true},
    // Reserved by Annex A for Schneider Electric, whose controllers carry UMAS in it: its functions tell what is done.
    {90, "UMAS", Operation::other, true},
};

constexpr Diagnostic diagnostics[] = {
    {0, "Return Query Data"},
    {1, "Restart Communications Option", true},
    {2, "Return Diagnostic Register"},
    {3, "Change ASCII Input Delimiter"},
    {4, "Force Listen Only Mode", true},
    {10, "Clear Counters and Diagnostic Register"},
    {11, "Return Bus Message Count"},
    {12, "Return Bus Communication Error Count"},
    {13, "Return Bus Exception Error Count"},
    {14, "Return Server Message Count"},
    {15, "Return Server No Response Count"},
    {16, "Return Server NAK Count"},
    {17, "Return Server Busy Count"},
    {18, "Return Bus Character Overrun Count"},
    {20, "Clear Overrun Counter and Flag"},
};

constexpr Exception exceptions[] = {
    {1, "Illegal Function", Status::unsupported},
    {2, "Illegal Data Address", Status::unknown_object},
    {3, "Illegal Data Value", Status::refused},
    {4, "Server Device Failure", Status::failed},
    {5, "Acknowledge", Status::ok},  // accepted, and still at work
    {6, "Server Device Busy", Status::failed},
    {8, "Memory Parity Error", Status::failed},
    {10, "Gateway Path Unavailable", Status::failed},
    {11, "Gateway Target Device Failed to Respond", Status::failed},
};

constexpr auto places = [] {
  std::array<std::uint8_t, 128> by_code{};
  for (std::size_t i = 0; i < std::size(functions); ++i) by_code[functions[i].code] = static_cast<std::uint8_t>(i + 1);
  return by_code;
}();

template <class Row, std::size_t rows, class Code>
Row const* find(Row const (&table)[rows], Code code) {
  auto const* const found =
      std::find_if(std::begin(table), std::end(table), [&](Row const& row) { return row.code == code; });
  return found == std::end(table) ? nullptr : found;
}

}  // namespace

Function const* find_function(std::uint8_t code) {
  auto const place = code < places.size() ? places[code] : 0;
  return place == 0 ? nullptr : &functions[place - 1];
}

Diagnostic const* find_diagnostic(std::uint16_t code) { return find(diagnostics, code); }
Exception const* find_exception(std::uint8_t code) { return find(exceptions, code); }

}  // namespace greywatch::agent::modbus
