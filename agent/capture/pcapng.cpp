#include "agent/capture/pcapng.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace greywatch::agent {

namespace {

// Block types. draft-ietf-opsawg-pcapng, 4 and 11.1.
constexpr std::uint32_t interface_description = 1, obsolete_packet = 2, simple_packet = 3, enhanced_packet = 6;
constexpr std::uint32_t byte_order_magic = 0x1A2B3C4D;
constexpr std::size_t most_interfaces = 4096;

__extension__ using Wide = unsigned __int128;  // a tick count times 10^9 needs more than 64 bits

struct Interface {
  std::uint32_t link = 0;
  std::uint32_t snap_length = 0;  ///< 0 is none
  std::uint64_t ticks_per_second = 1'000'000;
  std::int64_t offset_seconds = 0;
};

Time to_time(Interface const& interface, std::uint64_t ticks) {
  std::uint64_t const whole = ticks / interface.ticks_per_second;
  auto const rest = static_cast<Wide>(ticks % interface.ticks_per_second);
  auto const fraction = static_cast<std::int64_t>(rest * 1'000'000'000 / interface.ticks_per_second);
  // Times of which 64 bits of nanoseconds cannot hold every difference (before 1824, after 2116) come from lying files;
  // they stop at the end of the scale.
  constexpr std::int64_t last_second = std::numeric_limits<std::int64_t>::max() / 1'000'000'000 / 2 - 1;
  auto const bounded = static_cast<std::int64_t>(std::min<std::uint64_t>(whole, last_second));
  std::int64_t const offset = std::clamp(interface.offset_seconds, -last_second, last_second - bounded);
  return from_unix_ns((bounded + offset) * 1'000'000'000 + fraction);
}

/// One section: its byte order and interfaces. Reads the bodies of blocks.
class Section {
 public:
  explicit Section(Emission& out) : out_(out) {}

  void begin(bool swapped) {
    swapped_ = swapped;
    interfaces_.clear();
  }
  bool swapped() const { return swapped_; }

  /// Empty when the block was read or may be ignored, else what is wrong with it.
  std::string_view block(std::uint32_t type, Bytes body) {
    switch (type) {
      case interface_description:
        return interface(body);
      case enhanced_packet:
        return enhanced(body);
      case simple_packet:
        return simple(body);
      case obsolete_packet:
        return obsolete(body);
      default:
        return {};
    }
  }

 private:
  std::uint16_t u16(Bytes at, std::size_t offset) const { return load16(at.data() + offset, swapped_); }
  std::uint32_t u32(Bytes at, std::size_t offset) const { return load32(at.data() + offset, swapped_); }

  std::string_view interface(Bytes body) {
    if (body.size() < 8) return "an interface description is too short";
    if (interfaces_.size() == most_interfaces) return "a section describes more than 4096 interfaces";
    Interface made{.link = u16(body, 0), .snap_length = u32(body, 4)};
    for (auto options = body.subspan(8); options.size() >= 4;) {
      std::uint16_t const code = u16(options, 0);
      std::size_t const length = u16(options, 2);
      if (code == 0 || options.size() - 4 < length) break;
      auto const value = options.subspan(4, length);
      if (code == 9 && length == 1 && !resolution(value[0], made))
        return "an interface has a time resolution beyond 64 bits";
      if (code == 14 && length == 8) {
        std::uint64_t offset;
        std::memcpy(&offset, value.data(), 8);
        made.offset_seconds = static_cast<std::int64_t>(swapped_ ? std::byteswap(offset) : offset);
      }
      options = options.subspan(std::min(options.size(), 4 + (length + 3) / 4 * 4));
    }
    interfaces_.push_back(made);
    return {};
  }

  /// if_tsresol, 4.2: the top bit chooses powers of two, else of ten.
  static bool resolution(std::uint8_t value, Interface& interface) {
    unsigned const exponent = value & 0x7F;
    if (value & 0x80) {
      if (exponent > 63) return false;
      interface.ticks_per_second = std::uint64_t{1} << exponent;
      return true;
    }
    if (exponent > 19) return false;
    interface.ticks_per_second = 1;
    for (unsigned i = 0; i < exponent; ++i) interface.ticks_per_second *= 10;
    return true;
  }

  std::string_view enhanced(Bytes body) {
    if (body.size() < 20) return "an enhanced packet block is too short";
    return stamped(body, u32(body, 0), 20);
  }

  std::string_view obsolete(Bytes body) {
    if (body.size() < 20) return "a packet block is too short";
    return stamped(body, u16(body, 0), 20);
  }

  std::string_view stamped(Bytes body, std::uint32_t id, std::size_t header) {
    if (id >= interfaces_.size()) return "a packet names an interface that was not described";
    std::uint32_t const captured = u32(body, 12);
    if (captured > body.size() - header) return "a packet claims more octets than its block";
    auto const& from = interfaces_[id];
    std::uint64_t const ticks = std::uint64_t{u32(body, 4)} << 32 | u32(body, 8);
    time_ = to_time(from, ticks);
    out_.packet(time_, from.link, body.subspan(header, captured), u32(body, 16));
    return {};
  }

  /// A simple packet has no time of its own: it gets that of the packet before.
  std::string_view simple(Bytes body) {
    if (body.size() < 4) return "a simple packet block is too short";
    if (interfaces_.empty()) return "a simple packet comes before any interface";
    auto const& from = interfaces_.front();
    std::uint32_t const original = u32(body, 0);
    std::size_t captured = std::min<std::size_t>(original, body.size() - 4);
    if (from.snap_length) captured = std::min<std::size_t>(captured, from.snap_length);
    out_.packet(time_, from.link, body.subspan(4, captured), original);
    return {};
  }

  Emission& out_;
  bool swapped_ = false;
  std::vector<Interface> interfaces_;
  Time time_;
};

bool holds_what_we_read(std::uint32_t type) {
  return type == interface_description || type == enhanced_packet || type == simple_packet || type == obsolete_packet;
}

}  // namespace

Result<void, Refusal> read_pcapng(Source const& source, Emission& out) {
  Section section(out);
  while (true) {
    auto const head = out.peek(12);
    if (head.empty()) return finished(source);
    if (head.size() < 12) return damaged(source, "a block header is cut off");
    std::uint32_t type = load32(head.data(), section.swapped());
    if (load32(head.data(), false) == pcapng_section) {
      std::uint32_t const magic = load32(head.data() + 8, false);
      if (magic != byte_order_magic && magic != std::byteswap(byte_order_magic))
        return damaged(source, "a section header has no byte-order magic");
      section.begin(magic != byte_order_magic);
      type = pcapng_section;
    }
    std::uint32_t const length = load32(head.data() + 4, section.swapped());
    if (length < 12 || length % 4 != 0)
      return damaged(source, fmt::format("a block claims a length of {} octets", length));
    if (type != pcapng_section && holds_what_we_read(type)) {
      if (length > source.capacity())
        return damaged(source, fmt::format("a block of {} octets is longer than any packet", length));
      auto const block = out.peek(length);
      if (block.size() < length) return damaged(source, "a block is cut off");
      if (auto const wrong = section.block(type, block.subspan(8, length - 12)); !wrong.empty())
        return damaged(source, wrong);
    }
    if (!out.skip(length)) return damaged(source, "a block is cut off");
  }
}

}  // namespace greywatch::agent
