#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/bytes.hpp"

namespace greywatch::agent::mqtt {

/// One property. MQTT 5.0, 2.2.2.2.
struct Property {
  std::uint32_t id = 0;
  enum class Kind : std::uint8_t { number, text, binary, pair } kind = Kind::number;
  std::uint32_t number = 0;
  std::string_view text;        ///< of a pair the name
  std::string_view pair_value;  ///< of a pair
  Bytes binary;
};

/// Goes through properties; ends at one that is unknown or cut short, see `broken`.
class Properties {
 public:
  explicit Properties(Bytes octets) : in_(octets) {}
  std::optional<Property> next();
  /// It ended before the octets did; where, in octets from the front of them.
  std::optional<std::size_t> broken() const { return broken_; }
  /// The identifier that no table has, if that was why.
  std::optional<std::uint32_t> unknown() const { return unknown_; }

 private:
  Reader in_;
  std::optional<std::size_t> broken_;
  std::optional<std::uint32_t> unknown_;
};

inline constexpr std::uint32_t property_topic_alias = 35;

}  // namespace greywatch::agent::mqtt
