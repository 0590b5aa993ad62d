#pragma once
#include "agent/capture/record.hpp"

namespace greywatch::agent {

/// Block type of a section header, the same in both byte orders. draft-ietf-opsawg-pcapng, 4.1.
inline constexpr std::uint32_t pcapng_section = 0x0A0D0D0A;

/// Reads a pcapng file from its first section header on. See read_capture.
Result<void, Refusal> read_pcapng(Source const& source, Emission& out);

}  // namespace greywatch::agent
