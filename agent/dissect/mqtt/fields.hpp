#pragma once
#include "agent/observation.hpp"

namespace greywatch::agent::mqtt {

/// Names the fields of a Packet. Passwords, authentication data and what a will would publish are left out.
void describe(void const* packet, FieldSink& sink);

/// The parts of a topic of Sparkplug B (Eclipse Sparkplug 3.0, 4.1): "spBv1.0/GROUP/TYPE/NODE[/DEVICE]".
struct Sparkplug {
  std::string_view group, type, node, device;
  bool command() const { return type == "NCMD" || type == "DCMD"; }
};
std::optional<Sparkplug> read_sparkplug(std::string_view topic);

/// What is published, when it is short and printable; else empty.
std::string_view shown_payload(Bytes payload, std::uint32_t length);

}  // namespace greywatch::agent::mqtt
