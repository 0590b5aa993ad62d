#include "agent/dissect/fins/area.hpp"

#include <algorithm>

namespace greywatch::agent::fins {
namespace {

constexpr std::uint16_t cv_counters = 0x0800, cs_counters = 0x8000;

// Sorted by code. Banks of expansion memory are not here: they are reckoned.
constexpr Area areas[] = {
    {0x00, "CIO bit", "CIO ", 1, true},
    {0x01, "timer or counter completion flag", "T", 1, true, cv_counters},
    {0x02, "DM bit", "D", 1, true},
    {0x03, "transition flag", "TN", 1, true},
    {0x04, "step flag", "ST", 1, true},
    {0x05, "forced status bit", "forced ", 1, true},
    {0x06, "task flag", "TK", 1, true},
    {0x07, "clock pulse or condition flag", "flag ", 1, true},
    {0x09, "timer or counter completion flag", "T", 1, true, cs_counters},
    {0x0A, "current EM bank bit", "E", 1, true},
    {0x1B, "action flag", "AC", 1, true},
    {0x30, "CIO bit", "CIO ", 1, true},
    {0x31, "work bit", "W", 1, true},
    {0x32, "holding bit", "H", 1, true},
    {0x33, "auxiliary bit", "A", 1, true},
    {0x40, "CIO bit with forced status", "CIO ", 1, true},
    {0x41, "timer or counter completion flag with forced status", "T", 1, true, cv_counters},
    {0x43, "transition flag with forced status", "TN", 1, true},
    {0x44, "step status", "ST", 1, true},
    {0x46, "task status", "TK", 1, true},
    {0x49, "timer or counter completion flag with forced status", "T", 1, true, cs_counters},
    {0x70, "CIO bit with forced status", "CIO ", 1, true},
    {0x71, "work bit with forced status", "W", 1, true},
    {0x72, "holding bit with forced status", "H", 1, true},
    {0x80, "CIO word", "CIO "},
    {0x81, "timer or counter present value", "T", 2, false, cv_counters},
    {0x82, "DM word", "D"},
    {0x84, "step timer present value", "ST"},
    {0x85, "forced status word", "forced "},
    {0x89, "timer or counter present value", "T", 2, false, cs_counters},
    {0x98, "current EM bank word", "E"},
    {0x9C, "register", "DR"},
    {0xB0, "CIO word", "CIO "},
    {0xB1, "work word", "W"},
    {0xB2, "holding word", "H"},
    {0xB3, "auxiliary word", "A"},
    {0xBC, "data register", "DR"},
    {0xC0, "CIO word with forced status", "CIO ", 4},
    {0xDC, "index register", "IR", 4},
    {0xDD, "scheduled interrupt interval", "interrupt "},
    {0xF0, "CIO word with forced status", "CIO ", 4},
    {0xF1, "work word with forced status", "W", 4},
    {0xF2, "holding word with forced status", "H", 4},
};
static_assert(std::ranges::is_sorted(areas, {}, &Area::code));

constexpr Area bank_bits{0, "EM bit", "E", 1, true}, bank_words{0, "EM word", "E"};

/// Codes of banks of expansion memory, which count up from the first one.
struct Banks {
  std::uint8_t first_code, last_code, first_bank;
  Area const* area;
};
constexpr Banks banks[] = {
    {0x20, 0x2F, 0x00, &bank_bits},  {0xE0, 0xE8, 0x10, &bank_bits},  {0x60, 0x68, 0x10, &bank_words},
    {0x90, 0x97, 0x00, &bank_words}, {0xA0, 0xAF, 0x00, &bank_words},
};

Banks const* find_banks(std::uint8_t code) {
  auto const found =
      std::ranges::find_if(banks, [&](Banks const& each) { return code >= each.first_code && code <= each.last_code; });
  return found == std::end(banks) ? nullptr : &*found;
}

}  // namespace

Area const* find_area(std::uint8_t code) {
  if (auto const* const bank = find_banks(code)) return bank->area;
  auto const found = std::ranges::lower_bound(areas, code, {}, &Area::code);
  return found != std::end(areas) && found->code == code ? &*found : nullptr;
}

void write_place(Place const& place, Name& out) {
  auto const* const area = find_area(place.area);
  if (area == nullptr) {
    out.put("area 0x");
    out.put_octet(place.area);
    out.put(' ');
  } else if (area->counters != 0 && place.address >= area->counters) {
    out.put('C');
    return out.put_number(place.address - area->counters);
  } else {
    out.put(area->prefix);
  }
  if (auto const* const bank = find_banks(place.area)) {
    out.put_number(place.area - bank->first_code + bank->first_bank, 16);
    out.put('_');
  }
  out.put_number(place.address);
  bool const flag = area != nullptr && (area->counters != 0 || !area->bits);
  if (flag) return;
  out.put('.');
  if (place.bit < 10) out.put('0');
  out.put_number(place.bit);
}

}  // namespace greywatch::agent::fins
