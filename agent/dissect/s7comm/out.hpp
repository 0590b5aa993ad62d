#pragma once
#include "agent/observation.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::s7comm {

/// Names values for a FieldSink.
class Out {
 public:
  explicit Out(FieldSink& sink) : sink_(sink) {}

  void number(std::string_view name, std::uint64_t value) { sink_.field(name, value); }
  void real(std::string_view name, double value) { sink_.field(name, value); }
  void flag(std::string_view name, bool value) { sink_.field(name, value); }
  /// Text without the blanks and zeros that fill it up. Nothing when there is none.
  void text(std::string_view name, Bytes octets);
  /// The same, and empty text when there is none.
  void padded(std::string_view name, Bytes octets);
  /// Octets as hexadecimal digits, 1,024 at most. Nothing when there are none.
  void opaque(std::string_view name, Bytes octets);
  /// DATE_AND_TIME: six octets of BCD from the year on, three digits of milliseconds and the weekday. Names its parts
  /// and, where it is one, the instant.
  void clock(Bytes octets);

 private:
  FieldSink& sink_;
};

}  // namespace greywatch::agent::s7comm
