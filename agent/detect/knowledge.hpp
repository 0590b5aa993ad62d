#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "agent/detect/novelty.hpp"
#include "agent/detect/options.hpp"
#include "agent/detect/pool.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::detect {

/// Event time in steps of ten seconds since 1970: how long one occasion lasts at most.
using Slot = std::uint32_t;
inline constexpr std::int64_t slot_seconds = 10;
inline constexpr Slot slots_per_day = 86'400 / slot_seconds;
inline constexpr Duration slot_length = std::chrono::seconds(slot_seconds);
inline Slot slot_of(Time time) {
  std::int64_t const slot = time.time_since_epoch() / slot_length;
  return slot < 0 ? 0 : static_cast<Slot>(slot);
}

/// What an operation does to the plant, and with that how its novelty is counted.
enum class Kind : std::uint8_t {
  change,   ///< a request that changes something: write, control, configure, program, …
  look,     ///< any other request
  report,   ///< what a server says unasked
  answer,   ///< a response: mirrors its request and has no novelty of its own
  session,  ///< opens, tests, closes: no novelty either, a busy link may show its first one after hours
};
inline constexpr std::size_t novel_kinds = 3;  ///< change, look, report
inline Kind kind_of_request(Operation operation) {
  switch (operation) {
    case Operation::write:
    case Operation::control:
    case Operation::select:
    case Operation::configure:
    case Operation::program:
    case Operation::file:
    case Operation::time:
    case Operation::trade:
      return Kind::change;
    case Operation::session:
      return Kind::session;
    default:
      return Kind::look;
  }
}
inline Kind kind_of(Observation const& observation) {
  if (observation.operation == Operation::session) return Kind::session;
  if (observation.role == Role::response) return Kind::answer;
  if (observation.role == Role::unsolicited) return Kind::report;
  return kind_of_request(observation.operation);
}

/// Who talks: by IP, or by MAC where there is no IP.
struct HostKey {
  std::array<std::uint8_t, 16> octets{};
  std::uint8_t version = 0;  ///< 4, 6; 0 is a MAC in the first six octets
  bool operator==(HostKey const&) const = default;
  std::uint64_t hash(HashKey const& key) const;
  static HostKey of(Endpoint const& endpoint);
};
struct Host {
  HostKey key;
  Novelty clients;  ///< as a server: which client comes
  Novelty servers;  ///< as a client: which server it goes to
};

struct RelationKey {
  std::uint32_t client = 0, server = 0, protocol = 0;  ///< ids of hosts, place of the protocol's name
  bool operator==(RelationKey const&) const = default;
  /// Without the protocol, which is not yet known when the relation is asked for ahead: two hosts speak few.
  std::uint64_t hash(HashKey const& key) const { return siphash_words(key, std::uint64_t{client} << 32 | server); }
};

/// A client, a server and the protocol they speak. 64 octets: one cache line.
struct Relation {
  RelationKey key;
  Slot first = 0, latest = 0;                ///< slots of the first and of the latest occasion
  std::uint32_t occasions = 0;               ///< slots and connections in which they talked
  std::uint32_t heard = 0;                   ///< well-formed messages, saturating
  std::array<Novelty, novel_kinds> novelty;  ///< of operations, by Kind
  std::array<std::uint16_t, 4> steps{};      ///< transitions by class, M-M M-C C-M C-C, saturating
  float surprise = 0, spread = 0;            ///< mean and variance of the surprise of a transition, in nats
  std::uint16_t windows = 0;                 ///< windows of transitions closed, saturating
  std::uint8_t malformed = 0;                ///< occasions with a malformed message, saturating
  std::uint8_t run = 0;                      ///< the longest run of commands that is normal
  std::uint8_t flags = 0;
  std::uint8_t days = 0;  ///< foreign only: on how many days it was seen
};
static_assert(sizeof(Relation) == 64);

namespace relation_flag {
inline constexpr std::uint8_t foreign = 1;         ///< appeared in operation and was reported: not part of the baseline
inline constexpr std::uint8_t selects = 2;         ///< commands are selected before they are executed
inline constexpr std::uint8_t direct = 4;          ///< commands are executed without a selection
inline constexpr std::uint8_t starts_beside = 8;   ///< opens its session while another client has one
inline constexpr std::uint8_t odd_operation = 16;  ///< this occasion already counts in the hazard of operations
inline constexpr std::uint8_t odd_transition = 32;  ///< this occasion already counts in the hazard of transitions
inline constexpr std::uint8_t odd_message = 64;     ///< this occasion already had a malformed message
}  // namespace relation_flag

struct OperationKey {
  std::uint32_t relation = 0, unit = 0, object = 0;
  std::uint16_t code = 0, subcode = 0;
  std::uint16_t nature = 0;  ///< level, operation, role, status and direction
  bool operator==(OperationKey const&) const = default;
  std::uint64_t hash(HashKey const& key) const {
    return siphash_words(key, std::uint64_t{relation} << 32 | unit,
                         std::uint64_t{object} << 32 | std::uint64_t{code} << 16 | subcode, std::uint64_t{nature});
  }
};

/// An operation that came right after another one, and the transition between the two; ids, 0 for none.
struct Step {
  std::uint32_t to = 0, transition = 0;
};

/// What was asked or said in a relation; also the symbol of its Markov chain. One cache line.
struct alignas(64) OperationRecord {
  OperationKey key;
  std::uint16_t occasions = 0;  ///< saturating; foreign: days
  std::uint16_t followers = 0;  ///< distinct transitions away from here
  std::uint16_t once = 0;       ///< of these, how many were seen exactly once
  std::uint8_t flags = 0;
  std::uint8_t reported = 0;   ///< foreign only: the detector's own mark of how it was reported
  std::uint32_t latest = 0;    ///< Relation::occasions when it was last counted; foreign: slot
  std::uint32_t followed = 0;  ///< transitions away from here
  /// The last distinct ones, newest first. What comes is nearly always among them, and then two tables need not be
  /// searched. Only a guess: an id may be stale, which the tables tell.
  std::array<Step, 3> steps{};

  std::uint32_t transition_to(std::uint32_t operation) const {
    for (auto const& step : steps)
      if (step.to == operation) return step.transition;
    return 0;
  }
  void step_to(std::uint32_t operation, std::uint32_t transition) {
    if (steps[0].to != operation) {
      if (steps[1].to != operation) steps[2] = steps[1];
      steps[1] = steps[0];
    }
    steps[0] = {operation, transition};
  }
};
static_assert(sizeof(OperationRecord) == 64);
namespace operation_flag {
inline constexpr std::uint8_t foreign = 1;
}

struct TransitionKey {
  std::uint32_t from = 0, to = 0;  ///< ids of operations
  bool operator==(TransitionKey const&) const = default;
  std::uint64_t hash(HashKey const& key) const { return siphash_words(key, std::uint64_t{from} << 32 | to); }
};
struct Transition {
  TransitionKey key;
  std::uint32_t count = 0;
};

/// What one flow says to one unit. Units of a flow form a ring; Flow::detect_slot is the one spoken to last. 32 octets:
/// two in a cache line.
struct Chain {
  std::uint32_t relation = 0, unit = 0;
  std::uint32_t next = 0;                ///< next unit of the ring; place from 1
  std::uint32_t previous = 0;            ///< id of the operation said last
  std::uint32_t selected = 0;            ///< object selected last, plus one; 0 is none
  std::uint32_t target = 0;              ///< mark of what was asked for last
  float surprise = 0;                    ///< of the open window
  std::uint8_t asked = 0, answered = 0;  ///< requests and responses, saturating
  std::uint8_t run = 0;                  ///< commands since something was reported
  std::uint8_t window : 7 = 0;           ///< transitions in the open window
  std::uint8_t failed : 1 = 0;           ///< counted as an unanswered target
};
static_assert(sizeof(Chain) == 32);

/// The levels at which an operation can be new in its relation, the coarsest first.
enum class Level : std::uint8_t { first_change, unit, code, cause, object };
inline constexpr std::size_t levels = 5;

/// All that detection remembers of a node, in bounded tables: who talks with whom, what they say, what follows what,
/// and how often each of these is new. One thread.
class Knowledge {
 public:
  Knowledge(DetectionBounds const& bounds, HashKey const& hash_key);

  std::uint32_t protocol(std::string_view name);  ///< its place; names are literals, at most 63 are told apart
  std::string_view protocol_name(std::uint32_t place) const;

  /// Objects are exact where something is changed, blocks of 16 where it is read and of 64 where it is reported.
  OperationKey operation_key(std::uint32_t relation, Observation const& observation, Kind kind) const;
  /// The key of a coarser level: its wild parts are all ones.
  static OperationKey at_level(OperationKey key, Level level);

  std::uint32_t open_chain(Flow& flow, std::uint32_t relation, std::uint32_t unit);  ///< 0 when there is no room
  Chain* chain(std::uint32_t place) { return place ? &chains_[place - 1] : nullptr; }
  struct ChainSearch {
    Chain* chain;  ///< null when the flow has none for this unit
    bool full;     ///< and may have no more
  };
  /// Searches the ring of the flow from the unit spoken to last onwards: what is polled in turn is found at once.
  ChainSearch find_chain(Flow& flow, std::uint32_t unit) {
    auto* const last = chain(flow.detect_slot);
    return last && last->unit == unit ? ChainSearch{last, false} : search_ring(flow, unit);
  }
  void close_chains(Flow& flow);
  /// See SegmentSink::approach.
  void approach(std::span<Flow const* const> flows) const;
  std::uint32_t live_chains() const { return live_chains_; }
  template <class Visit>
  void for_each_chain(Flow const& flow, Visit visit) {
    for (std::uint32_t place = flow.detect_slot; place;) {
      visit(chains_[place - 1]);
      place = chains_[place - 1].next;
      if (place == flow.detect_slot) break;
    }
  }

  std::size_t octets() const;
  std::uint64_t replaced() const;  ///< newcomers that displaced the youngest in a full table, all tables

  Pool<Host> hosts;
  Pool<Relation> relations;
  Pool<OperationRecord> operations;
  Pool<Transition> transitions;

  Novelty anywhere;                    ///< of relations, in the whole node
  std::array<Hazard, levels> hazards;  ///< of operations, by the level at which they are new; age in occasions
  Hazard new_targets;                  ///< of objects never changed before; age in draws of changes
  Hazard strange_transitions;
  Rank windows;  ///< of surprise, standardised
  std::uint64_t occasions = 0, malformed_occasions = 0;
  std::uint64_t learned = 0;             ///< nanoseconds of event time that the baseline covers
  std::uint32_t baseline_relations = 0;  ///< relations that are not foreign
  std::uint64_t chains_refused = 0;

 private:
  ChainSearch search_ring(Flow& flow, std::uint32_t unit);

  std::vector<std::string_view> protocols_;
  std::vector<std::string> owned_;  ///< names that came from a baseline file
  Zeroed<Chain> chains_;
  std::uint32_t free_chain_ = 0, used_chains_ = 0, live_chains_ = 0;
  friend class BaselineFile;
};

}  // namespace greywatch::agent::detect
