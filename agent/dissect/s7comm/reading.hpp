#pragma once
#include "agent/dissect/s7comm/message.hpp"
#include "agent/dissect/violations.hpp"

namespace greywatch::agent::s7comm {

using Violations = ViolationList<2>;

/// What one PDU does in its flow: pairs it, classifies it, judges it. Fills `said`, `observation` and `violations`.
class Reading {
 public:
  Reading(Session& session, Emitter& emitter, Message& said, Observation& observation, Violations& violations)
      : session_(session), emitter_(emitter), said_(said), observation_(observation), violations_(violations) {}

  void pdu();
  void plus();
  /// What the flow keeps is of no use once the observation was emitted.
  bool drop_after() const { return drop_after_; }

 private:
  bool from_client() const { return observation_.way == Direction::to_server; }
  void job();
  void acknowledgement();
  void compare(Pdu const& pdu, Pending const& asked);
  void user_data();
  Status data_status(Pdu const& pdu);
  void join(UserData const& part);

  Session& session_;
  Emitter& emitter_;
  Message& said_;
  Observation& observation_;
  Violations& violations_;
  bool drop_after_ = false;
};

}  // namespace greywatch::agent::s7comm
