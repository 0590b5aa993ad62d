#pragma once
#include "agent/dissect/enip/message.hpp"
#include "agent/dissect/enip/out.hpp"

namespace greywatch::agent::enip {

/// Names a CIP message, and the ones within it. `answered`: of a response, what it answers; `identity`: of
/// a packet of responses, which of them answer for the identity.
void name_cip(Cip const& cip, std::optional<Pending> const& answered, IdentityAsked identity, Out& out, int depth = 0);
/// Names the segments of a path.
void name_path(Bytes path, Out& out);
/// Names requests and responses of the connection manager; false where the service is not one of those that are read.
bool name_connection(Cip const& cip, Out& out, int depth);
/// Names attributes of the identity object: of all, from vendor on; of a list, as their numbers tell.
void name_identity(Bytes attributes, Out& out);
/// One attribute of the identity object; false when its size is not known, and so where the next one begins.
bool name_identity_attribute(std::uint16_t attribute, Reader& in, Out& out);

}  // namespace greywatch::agent::enip
