#pragma once
#include <span>
#include <string>
#include <string_view>

#include "agent/observation.hpp"
#include "common/event/finding.hpp"

namespace greywatch::agent::detect {

/// The ATT&CK table that the technique ids below are of. Version 19 (28 April 2026) retired nine ids in favour of
/// sub-techniques: T0855 became T1692.001, T0856 T1692.002, and so on.
inline constexpr std::string_view framework = "MITRE ATT&CK for ICS v19";

/// One row a code. What detectors say of any protocol carries the protocol's name in front: "iec104" +
/// ".command.new_master". The rules of a protocol that its dissector judges (Observation::violations) are listed by the
/// dissector itself and come with their whole code.
struct Code {
  std::string_view code;
  bool any_protocol;  ///< `code` lacks the protocol in front
  FindingClass classification;
  std::string_view technique, technique_too;  ///< ATT&CK for ICS; empty where none fits
  std::string_view detector;                  ///< the word of detectors.hpp
};

/// All codes that an agent emits beside the rules of protocols. docs/findings.md describes each one; a test compares
/// the two.
std::span<Code const> codes();

/// The row, by its `code` as written there; the one for unlisted rules where there is none.
Code const& code(std::string_view code);

/// event.code of a row said of a protocol.
std::string event_code(Code const& row, std::string_view protocol);

/// The technique that asking a plant for this operation unduly is, or empty.
std::string_view technique_of(Operation operation);

}  // namespace greywatch::agent::detect
