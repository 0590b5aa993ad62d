#pragma once
#include <algorithm>

#include "agent/dissect/smb/message.hpp"

namespace greywatch::agent::smb {

/// Goes through the bytes of a command: text is aligned to the start of the message where it is of two octets.
class Texts {
 public:
  Texts(Bytes bytes, std::size_t offset, bool wide) : in_(bytes), bytes_(bytes), offset_(offset), wide_(wide) {}

  void skip(std::size_t octets) { in_.skip(std::min(octets, in_.left())); }
  std::uint8_t format() { return in_.left() != 0 ? in_.u8() : std::uint8_t{0}; }
  Bytes take(std::size_t octets) { return in_.take(std::min(octets, in_.left())); }
  /// Up to its zero, or the end.
  Text text() { return text(wide_); }
  Text text(bool wide) {
    if (wide) align();
    std::size_t const step = wide ? 2 : 1;
    auto const from = in_.at();
    while (in_.left() >= step) {
      auto const unit = wide ? in_.le16() : in_.u8();
      if (unit == 0) return {bytes_.subspan(from, in_.at() - from - step), wide};
    }
    return {bytes_.subspan(from, (in_.at() - from) / step * step), wide};
  }
  /// Of known length.
  Text text_of(std::size_t octets) {
    if (wide_) align();
    return {take(octets), wide_};
  }

 private:
  void align() {
    if ((offset_ + in_.at()) % 2 != 0 && in_.left() != 0) in_.skip(1);
  }
  Reader in_;
  Bytes bytes_;
  std::size_t offset_;
  bool wide_;
};

/// Without the zero behind, which a length may count.
inline Text trimmed(Text text) {
  std::size_t const step = text.wide ? 2 : 1;
  while (text.octets.size() >= step) {
    auto const last = text.octets.last(step);
    if (std::ranges::any_of(last, [](std::uint8_t octet) { return octet != 0; })) break;
    text.octets = text.octets.first(text.octets.size() - step);
  }
  return text;
}

}  // namespace greywatch::agent::smb
