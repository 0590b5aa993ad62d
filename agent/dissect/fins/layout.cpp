#include "agent/dissect/fins/layout.hpp"

#include <algorithm>

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::fins {
namespace {

constexpr std::uint32_t last_flag = 0x8000;

/// One going through; remembers what later parts are judged by.
class Walk {
 public:
  Walk(Bytes body, PartSink& sink) : in_(body), sink_(sink) {}

  std::optional<Malformed> run(Layout layout) {
    std::optional<std::size_t> again;
    for (std::size_t at = 0;;) {
      if (at == layout.size()) {
        if (!again) break;
        ++passes_;
        if (in_.left() == 0) break;
        at = *again;
        continue;
      }
      auto const& part = layout[at++];
      if (part.kind == Kind::optional || part.kind == Kind::group) {
        if (part.kind == Kind::group) again = at;
        if (in_.left() == 0) break;
        continue;
      }
      read(part);
      if (!in_) {
        refuse({Defect::truncated, in_.at(), part.field.empty() ? "body" : part.field});
        return why_;
      }
    }
    if (in_.left() > 0) refuse({Defect::trailing, in_.at(), "trailing"});
    if (repetitions_ && *repetitions_ != passes_) refuse({Defect::bad_value, repetitions_at_, repetitions_field_});
    return why_;
  }

 private:
  void refuse(Malformed why) {
    if (!why_) why_ = why;
  }

  void read(Part const& part) {
    auto const at = in_.at();
    switch (part.kind) {
      case Kind::place:
      case Kind::numbered: {
        auto const octets = in_.take(4);
        if (!in_) return;
        area_ = find_area(octets[0]);
        return sink_.part(part, octets);
      }
      case Kind::sized: {
        auto const* const area = in_.left() > 0 ? find_area(rest()[0]) : nullptr;
        auto const octets = area != nullptr ? in_.take(std::size_t{1} + area->octets) : in_.rest();
        if (in_) sink_.part(part, octets);
        return;
      }
      case Kind::data: {
        auto const octets = in_.rest();
        if (expected_ && *expected_ != octets.size()) refuse({Defect::bad_length, at, part.field});
        return sink_.part(part, octets);
      }
      case Kind::secret:
        in_.rest();
        return;
      default:
        break;
    }
    auto const octets = in_.take(part.octets);
    if (!in_) return;
    auto const number = number_of(octets);
    if (part.kind == Kind::items) expected_ = area_ != nullptr ? std::optional(number * area_->octets) : std::nullopt;
    if (part.kind == Kind::count) expected_ = (part.octets == 2 ? number & ~last_flag : number) * part.unit;
    if (part.kind == Kind::repetitions) {
      repetitions_ = part.octets == 2 ? number & ~last_flag : number & 0x7F;
      repetitions_at_ = at;
      repetitions_field_ = part.field;
    }
    if (part.kind == Kind::digits &&
        std::ranges::any_of(octets, [](std::uint8_t octet) { return (octet & 15) > 9 || (octet >> 4) > 9; }))
      refuse({Defect::bad_value, at, part.field});
    sink_.part(part, octets);
  }

  Bytes rest() const {
    Reader copy = in_;
    return copy.rest();
  }

  Reader in_;
  PartSink& sink_;
  Area const* area_ = nullptr;
  std::optional<std::size_t> expected_;
  std::optional<std::uint32_t> repetitions_;
  std::size_t repetitions_at_ = 0;
  std::string_view repetitions_field_;
  std::uint32_t passes_ = 0;
  std::optional<Malformed> why_;
};

}  // namespace

std::optional<Malformed> walk(Layout layout, Bytes body, PartSink& sink) { return Walk(body, sink).run(layout); }

std::uint32_t number_of(Bytes octets) {
  std::uint32_t number = 0;
  for (auto octet : octets.first(std::min<std::size_t>(octets.size(), 4))) number = number << 8 | octet;
  return number;
}

Place place_of(Bytes octets) {
  Reader in(octets);
  return {.area = in.u8(), .address = in.be16(), .bit = in.u8()};
}

std::string_view text_of(Bytes octets) { return text::without_filling(as_text(octets)); }

}  // namespace greywatch::agent::fins
