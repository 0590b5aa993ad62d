#pragma once
#include "agent/dissect/rpc/association.hpp"
#include "agent/dissect/rpc/pdu.hpp"

namespace greywatch::agent::rpc {

/// "svcctl.CreateServiceW"; of what no table has the UUID and the number.
using Subject = text::Fixed<96>;

/// What an observation is described by. Borrows the octets.
struct Message {
  Pdu const* pdu = nullptr;
  Datagram const* datagram = nullptr;
  std::optional<std::uint16_t> opnum;  ///< of a call, in its answers too where the request was seen
  Interface const* interface = nullptr;
  Uuid const* stranger = nullptr;  ///< the interface where no table has it
  Method const* method = nullptr;

  Subject subject() const;
};

void describe(void const* message, FieldSink& sink);

/// C706, appendix E, and what Windows answers with. Empty for others.
std::string_view status_name(std::uint32_t status);
Status status_of(std::uint32_t status);

}  // namespace greywatch::agent::rpc
