#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/observation.hpp"

namespace greywatch::agent::enip {

/// What a service of a class asks the plant to do; none for codes that no table lists. Class 0 is one that is not
/// known. `tag`: the path leads to a tag by its name.
std::optional<Operation> service_operation(std::uint8_t service, std::uint16_t class_id, bool tag);

/// PCCC over CIP: what a command and its function ask.
std::optional<Operation> pccc_operation(std::uint8_t command, std::uint8_t function);
/// Whether a function follows a command's transaction number.
bool pccc_has_function(std::uint8_t command);
constexpr std::uint16_t pccc_class = 0x67;
constexpr std::uint8_t execute_pccc = 0x4B;

/// How grave an operation is: of a packet of services the gravest counts.
int gravity(Operation operation);

/// General status of CIP. Volume 1, appendix B.
Status general_status(std::uint8_t code);
bool known_general_status(std::uint8_t code);
/// Status of the encapsulation header. Volume 2, 2-3.5.
Status encapsulation_status(std::uint32_t code);

/// The name of a vendor by its number; empty for those that are not in the short table.
std::string_view vendor_name(std::uint16_t vendor);

}  // namespace greywatch::agent::enip
