#pragma once
#include <cstdint>
#include <optional>

#include "agent/observation.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::goose {

/// GSEMngtPdu, [APPLICATION 0]: who subscribes asks a publisher where a member stands in its data set. IEC
/// 61850-8-1:2011, annex A. Borrows the octets.
struct Management {
  std::int64_t state_id = 0;
  bool response = false;
  std::uint32_t service = 0;  ///< 1 GetGoReference, 2 GetGOOSEElementNumber, 3 and 4 the same of GSSE; 0 not supported
  bool negative = false;      ///< a response that refuses
  Bytes body;                 ///< of the service, not checked further
  std::optional<Malformed> malformed;
};

inline constexpr std::uint32_t management_pdu = 0;  ///< application tag

Management read_management(Bytes contents, std::size_t offset);

void describe(Management const& said, FieldSink& sink);

}  // namespace greywatch::agent::goose
