#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/address.hpp"
#include "common/time.hpp"

namespace greywatch {

/// What kind of trouble a finding points at; the score treats each class with its own rate.
enum class FindingClass : std::uint8_t { recon, access, command, market, timing, loss };
inline constexpr std::size_t finding_classes = 6;
std::string_view name(FindingClass value);                       ///< "recon", "access", …
std::optional<FindingClass> parse_class(std::string_view name);  ///< the reverse

/// `event.kind` of a finding: an onset (or its update), the daily summary of the slow channel, a coverage record, an
/// entry of the passive inventory (nothing odd: it only travels the same way).
enum class FindingKind : std::uint8_t { alert, summary, coverage, asset };
inline constexpr std::size_t finding_kinds = 4;
/// Whether findings of the kind have a class and a p-value.
constexpr bool is_judged(FindingKind kind) { return kind == FindingKind::alert || kind == FindingKind::summary; }
std::string_view name(FindingKind value);
std::optional<FindingKind> parse_kind(std::string_view name);

/// One end of what was said; whatever is not known is empty.
struct Endpoint {
  Ip ip;
  std::optional<Mac> mac;
  std::optional<std::uint16_t> port;
  bool operator==(Endpoint const&) const = default;
};

/// A value of an evidence field. A list holds what occurs several times in one message (information objects).
using Scalar = std::variant<bool, std::int64_t, std::uint64_t, double, std::string>;
using FieldValue = std::variant<bool, std::int64_t, std::uint64_t, double, std::string, std::vector<Scalar>>;

/// Named evidence, such as {"iec104.ioa", 2}. Names are in docs/fields.md.
struct Field {
  std::string name;
  FieldValue value;
  bool operator==(Field const&) const = default;
};

/// What is odd: owns all it says, crosses threads and the wire. Keys in comments are those of the NDJSON form.
struct Finding {
  Time time;         ///< @timestamp
  std::string id;    ///< event.id, unique: "<node>-<epoch>-<seq>"
  std::string code;  ///< event.code, stable: "iec104.command.new_master"; listed in docs/findings.md
  FindingKind kind = FindingKind::alert;
  std::string message;                  ///< one human sentence with the offending values and what is normal
  std::string node;                     ///< observer.name
  Endpoint source, destination;         ///< source.*, destination.*
  std::optional<std::uint16_t> vlan;    ///< vlan.id
  std::string protocol;                 ///< network.protocol
  std::string community_id;             ///< network.community_id
  std::vector<std::string> techniques;  ///< threat.technique.id, ATT&CK for ICS
  std::string framework;                ///< threat.framework; set when techniques are
  std::string rule;                     ///< rule.id
  std::string detector;                 ///< greywatch.detector
  FindingClass classification = FindingClass::recon;  ///< greywatch.class
  double p = 1;                                       ///< greywatch.p: calibrated p-value in (0, 1]
  std::vector<std::string>
      traits;               ///< greywatch.traits: "address:192.0.2.7", "tool:…", rare things that campaigns share
  std::uint64_t count = 1;  ///< greywatch.count: messages that this finding stands for
  Time first, last;         ///< greywatch.first, greywatch.last
  std::optional<double> coverage;  ///< greywatch.coverage in [0, 1]; coverage records only
  std::uint64_t frame = 0;         ///< frame.number, from 1 as in Wireshark; 0 when no single frame completed it
  std::vector<Field> fields;       ///< <protocol>.<field>
  bool operator==(Finding const&) const = default;
};

}  // namespace greywatch
