#pragma once
#include <cstdint>
#include <string_view>

#include "agent/dissect/text/text.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::bacnet {

/// Names of the enumerations of ASHRAE 135, clause 21; empty for numbers that it does not have, proprietary ones too.
std::string_view object_type_name(std::uint16_t type);
std::string_view property_name(std::uint32_t property);
std::string_view error_class_name(std::uint32_t error_class);
std::string_view error_code_name(std::uint32_t code);
/// Of the best known of the vendors that ASHRAE lists; else empty.
std::string_view vendor_name(std::uint32_t vendor);
/// What an error means for who asked. 18.1 to 18.7.
Status error_status(std::uint32_t error_class, std::uint32_t code);

/// Enumerations end where proprietary numbers begin: object types at 128, properties at 512 (but for those from
/// 4194304).
inline constexpr std::uint16_t first_proprietary_type = 128;
inline constexpr std::uint32_t first_proprietary_property = 512, last_proprietary_property = 4194303;
inline constexpr std::uint32_t first_proprietary_error = 256;

/// A BACnetObjectIdentifier: ten bits of type, 22 of instance. 20.2.14.
struct ObjectId {
  std::uint32_t number = 0;
  std::uint16_t type() const { return static_cast<std::uint16_t>(number >> 22); }
  std::uint32_t instance() const { return number & 0x3FFFFF; }
};
inline constexpr std::uint16_t device_type = 8;

using Name = text::Fixed<96>;
/// "analog-output 5"; "type 300 5" where the type has no name.
void write_object(ObjectId object, Name& out);
/// "present-value"; "property 600" where it has no name.
void write_property(std::uint32_t property, Name& out);

}  // namespace greywatch::agent::bacnet
