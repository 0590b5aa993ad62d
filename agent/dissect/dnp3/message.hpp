#pragma once
#include <optional>

#include "agent/dissect/dnp3/link.hpp"
#include "agent/dissect/dnp3/objects.hpp"

namespace greywatch::agent::dnp3 {

/// One link frame as it was read, for Observation::describe, with the fragment that it completes.
struct Message {
  Link link;
  std::optional<TransportHeader> transport;
  std::optional<Fragment> fragment;
};

/// What reading all objects of a fragment told.
struct Content {
  std::optional<ObjectHeader> first;
  std::uint32_t classes = 0;            ///< bit n: class n is named
  std::optional<double> value;          ///< the first one commanded or written
  std::optional<Status> control, file;  ///< of the first object with a status that is not success, else success
  bool authentication_error = false;
  std::optional<Malformed> malformed;  ///< offset from the fragment's first octet
};
Content read_content(Fragment const& fragment, Emitter& emitter);

/// Sets what a fragment asks or tells: code, subcode, operation, role, status, target, value.
void classify(Fragment const& fragment, Content const& content, Observation& observation);

/// Operation of a request, by its function code and the group that it is about.
Operation operation_of(Function const* function, std::uint8_t group);

/// Names the fields of a `Message`; see docs/fields.md.
void describe(void const* message, FieldSink& sink);

}  // namespace greywatch::agent::dnp3
