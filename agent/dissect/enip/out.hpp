#pragma once
#include "agent/observation.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::enip {

/// Names values for a FieldSink.
class Out {
 public:
  explicit Out(FieldSink& sink) : sink_(sink) {}

  void number(std::string_view name, std::uint64_t value) { sink_.field(name, value); }
  void flag(std::string_view name, bool value) { sink_.field(name, value); }
  /// Nothing when there is none.
  void text(std::string_view name, std::string_view text) {
    if (!text.empty()) sink_.field(name, text);
  }
  /// Octets as hexadecimal digits, 512 at most. Nothing when there are none.
  void opaque(std::string_view name, Bytes octets);
  /// Four octets as an address, in the order of the network.
  void address(std::string_view name, Bytes octets);

 private:
  FieldSink& sink_;
};

}  // namespace greywatch::agent::enip
