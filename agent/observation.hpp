#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "agent/segment.hpp"
#include "common/result.hpp"

namespace greywatch::agent {

/// What a message asks the plant to do; the bridge between dissectors and detectors.
enum class Operation : std::uint8_t {
  read,
  write,
  control,
  select,
  configure,
  program,
  file,
  time,
  session,
  diagnose,
  trade,
  report,
  other
};
std::string_view name(Operation operation);  ///< "read", "write", …

/// Where a message stands in its exchange.
enum class Role : std::uint8_t { request, response, unsolicited };
std::string_view name(Role role);

/// How a request ended, as far as this message tells. `unknown_object` and `unsupported` are what sweeps earn.
enum class Status : std::uint8_t { none, ok, refused, unknown_object, unsupported, failed, malformed };
std::string_view name(Status status);

/// How much of a protocol's traffic on a plant repeats itself, so that a departure from it means something.
enum class Habit : std::uint8_t {
  none,   ///< who asks whom hangs on timers and chance (ARP): only its own rules are judged
  peers,  ///< who speaks with whom is a habit, what they say is not (DNS, HTTP, TLS)
  all,    ///< what is said, too
};

/// What a message is about. `unit` is the Modbus unit, the common address of ASDU, …; objects are `count` ones from
/// `object`.
struct Target {
  std::uint32_t unit = 0;
  std::uint64_t object = 0;
  std::uint32_t count = 0;  ///< 0: the message names no object
  std::string_view name;    ///< control block, item name, instrument: where objects are named; else empty
};

/// A rule of a protocol that its dissector judges: what breaking it is called and means.
struct Rule {
  std::string_view code;  ///< becomes event.code: "iec104.sequence.send_gap"
  FindingClass classification;
  std::string_view technique, technique_too;  ///< ATT&CK for ICS; empty where none fits
};

/// How people of a protocol say code, unit and object; `subcode` is empty where it is not worth a word.
struct Words {
  std::string_view code = "code", subcode, unit = "unit", object = "object", objects = "objects";
};

/// What detectors must know of a protocol beside its observations. Literals all through.
struct Protocol {
  std::string_view name;
  Words words;
  std::span<Rule const> rules;
};

/// A rule of the protocol that this message broke, established exactly by the dissector's own state.
struct Violation {
  std::string_view code;   ///< of a Rule of the protocol; a literal
  std::string_view field;  ///< the field that shows it: "iec104.send_sequence_number"; a literal
  std::int64_t expected = 0, actual = 0;
};

/// Takes the named fields of one message. Names are literals; text and octets are borrowed for the call only.
/// A name may come several times: its values are then a list.
class FieldSink {
 public:
  virtual ~FieldSink() = default;
  virtual void field(std::string_view name, std::uint64_t value) = 0;
  virtual void field(std::string_view name, std::int64_t value) = 0;
  virtual void field(std::string_view name, double value) = 0;
  virtual void field(std::string_view name, bool value) = 0;
  virtual void field(std::string_view name, std::string_view text) = 0;
};

/// What was said: one protocol message. Holds views into the packet and dies with the callback.
struct Observation {
  Time time;
  std::uint64_t frame = 0;
  Flow& flow;
  Direction way = Direction::to_server;
  Mac source_mac{}, destination_mac{};        ///< of this frame; zero where the link has none
  std::optional<std::uint8_t> vlan_priority;  ///< PCP of the outermost tag; Ethernet flows only
  std::string_view protocol;                  ///< "modbus", "iec104": a literal, network.protocol
  Habit habit = Habit::all;                   ///< of the protocol
  Operation operation = Operation::other;
  Role role = Role::request;
  std::uint32_t code = 0;     ///< raw: function code, type identification; U-frames of IEC 104 have 256 added
  std::uint32_t subcode = 0;  ///< raw: cause of transmission, sub-function, MEI type; 0 where there is none
  Target target;
  std::optional<double> value;  ///< the (first) value written or commanded, where there is one
  Status status = Status::none;
  bool identifies = false;  ///< it says what its sender is, though messages of its code rarely do: for the inventory
  std::span<Violation const> violations;
  Malformed const* malformed = nullptr;  ///< set when the octets were refused: then only time, flow and code may hold
  Bytes octets;                          ///< the whole message as framed, for evidence

  /// Names every field of the message; the dissector's function over its own decoded struct, called only when wanted.
  void (*describe)(void const* message, FieldSink& sink) = nullptr;
  void const* message = nullptr;

  void fields(FieldSink& sink) const {
    if (describe) describe(message, sink);
  }
};

/// Takes observations on the capture thread.
class ObservationSink {
 public:
  virtual ~ObservationSink() = default;
  /// See SegmentSink::approach.
  virtual void approach(std::span<Flow const* const> flows) { (void)flows; }
  virtual void on_observation(Observation const& observation) = 0;
  /// The flow ended; see SegmentSink::on_close.
  virtual void on_close(Flow& flow) = 0;
};

/// Takes findings on the capture thread.
class FindingSink {
 public:
  virtual ~FindingSink() = default;
  virtual void on_finding(Finding&& finding) = 0;
};

}  // namespace greywatch::agent
