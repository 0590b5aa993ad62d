#pragma once
#include "agent/dissect/kerberos/message.hpp"
#include "agent/dissect/kerberos/sequence.hpp"

namespace greywatch::agent::kerberos {

/// Types that stand inside others. Each leaves in its result what could be read.
Result<void> read_principal(asn1::Element const& element, Principal& principal);
Result<void> read_encrypted(asn1::Element const& element, Encrypted& encrypted);
Result<void> read_ticket(asn1::Element const& element, Ticket& ticket);
Result<void> read_ap_request(asn1::Element const& element, ApRequest& request);
/// Reads what is known of each PA-DATA of `message`.
Result<void> read_padata(Message& message);

/// The SEQUENCE inside an element of an application tag; the element itself where there is none.
asn1::Element inside(asn1::Element const& element);

/// Has a field read by one of the above, and passes its error on.
template <class Read, class Part>
void read_part(Sequence& in, Read read, Part& part) {
  if (auto const done = read(in.value(), part); !done) in.refuse(done.error());
}

}  // namespace greywatch::agent::kerberos
