#pragma once
#include "agent/dissect/dissector.hpp"
#include "agent/dissect/osi/cotp.hpp"
#include "agent/dissect/s7comm/block.hpp"
#include "agent/dissect/s7comm/item.hpp"
#include "agent/dissect/s7comm/pdu.hpp"
#include "agent/dissect/s7comm/plus.hpp"
#include "agent/dissect/s7comm/session.hpp"

namespace greywatch::agent::s7comm {

/// All that one message said: what fields are named from. Borrows the message and what the flow keeps.
struct Message {
  osi::Message transport;
  std::optional<Pdu> pdu;
  std::optional<Plus> plus;
  Bytes content;  ///< user data: what stands behind the head of its data, joined over all parts of an answer
  bool content_whole = true;  ///< no part is missing
  bool secret = false;        ///< a password is in it: what is not a number of the header is not named
  Subject subject;
};

/// Names the fields of a Message.
void describe(void const* message, FieldSink& sink);
/// Names the object of a Subject alone: of the further variables of a write, whose other fields the first one told.
void describe_object(void const* subject, FieldSink& sink);

}  // namespace greywatch::agent::s7comm
