#pragma once
#include "agent/dissect/s7comm/message.hpp"

namespace greywatch::agent::s7comm {

/// Rules that one message breaks; at most two can be broken at once.
class Violations {
 public:
  void add(Violation const& violation) {
    if (count_ < std::size(found_)) found_[count_++] = violation;
  }
  std::span<Violation const> all() const { return {found_, count_}; }

 private:
  Violation found_[2];
  std::size_t count_ = 0;
};

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
