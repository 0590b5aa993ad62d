#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/bytes.hpp"
#include "common/event/finding.hpp"
#include "common/result.hpp"

namespace greywatch::link {

/// Versions of the protocol that one side speaks. Each release speaks its own and the one before.
struct Versions {
  std::uint32_t newest = 1;
  std::uint32_t oldest = 1;
  /// The newest version that both speak; none when there is none.
  std::optional<std::uint32_t> common(Versions const& other) const;
};
/// What a program speaks whose newest version is `newest`: that and N-1 (there is no version 0).
constexpr Versions versions_of(std::uint32_t newest) { return {newest, newest > 1 ? newest - 1 : 1}; }
inline constexpr std::uint32_t protocol_version = 2;
/// The first version in which a collector may send Rules.
inline constexpr std::uint32_t rules_since = 2;

/// Findings are spooled, dropped and counted by these classes, the least severe first. Coverage records are a class of
/// their own: "no finding" and "no data" must stay apart, but a flapping parser must not push out commands.
enum class SpoolClass : std::uint8_t { recon, timing, market, coverage, access, loss, command };
inline constexpr std::size_t spool_classes = 7;
std::string_view name(SpoolClass value);  ///< "recon", …
SpoolClass spool_class(Finding const& finding);
using PerClass = std::array<std::uint64_t, spool_classes>;

/// Bounds of the link. A frame is a 4-octet big-endian length and that many octets of Envelope (link.proto).
inline constexpr std::size_t max_plain_octets = 16 * 1024;    ///< of a frame that is no Batch
inline constexpr std::size_t max_batch_octets = 1024 * 1024;  ///< of the records of a batch before compression
inline constexpr std::size_t max_frame_octets = max_batch_octets + 16 * 1024;
inline constexpr std::size_t max_rules_octets = 1024 * 1024;  ///< of a rule pack
inline constexpr std::size_t max_batch_findings = 2048;
inline constexpr std::size_t max_health_pairs = 64;
inline constexpr std::size_t max_name_octets = 64;     ///< of a health counter
inline constexpr std::size_t max_phrase_octets = 512;  ///< of node, version, build, reason

struct Hello {
  Versions versions;
  std::string node;            ///< must be the common name of the certificate
  std::string version, build;  ///< of the program
  std::uint64_t epoch = 0, next_sequence = 0;
  PerClass dropped{};       ///< by the spool, since it was made
  bool probe = false;       ///< only tests the link
  std::uint64_t rules = 0;  ///< version of the rule pack it has
  bool operator==(Hello const&) const;
};
struct Welcome {
  std::uint32_t protocol = protocol_version;
  std::uint64_t committed = 0;  ///< last committed sequence of this node and epoch
  std::string version;
  std::uint32_t window = 1;        ///< batches that may be unacknowledged
  std::uint32_t heartbeat_ms = 0;  ///< interval that the collector wants
  bool operator==(Welcome const&) const = default;
};
struct Batch {
  std::uint64_t epoch = 0, first = 0, last = 0;  ///< sequences of its first and last record
  std::uint32_t count = 0, octets = 0;           ///< records, and their octets before compression
  std::string findings;                          ///< zstd; common/wire/batch.hpp
  bool operator==(Batch const&) const = default;
};
struct Ack {
  std::uint64_t sequence = 0;  ///< everything up to here is committed
  bool operator==(Ack const&) const = default;
};
/// A named counter or gauge of the agent, such as {"capture.eth0.packets", 12}.
struct Health {
  std::string name;  ///< up to max_name_octets of [a-z0-9_.-]
  double value = 0;
  bool operator==(Health const&) const = default;
};
struct Heartbeat {
  std::int64_t sent = 0;         ///< the sender's clock, ns since 1970
  std::int64_t echo = 0;         ///< `sent` of the last heartbeat received, 0 when none
  std::uint64_t echo_delay = 0;  ///< ns from receiving that one to sending this one
  std::optional<double> coverage;
  std::uint64_t spool_records = 0, spool_octets = 0;
  PerClass dropped{};
  std::vector<Health> health;
  bool operator==(Heartbeat const&) const = default;
};
/// Why the collector hangs up. `name` of a cause is a metric label.
enum class RefuseCause : std::uint32_t {
  other,
  version,
  node_name,
  revoked,
  overload,
  protocol_error,
  superseded,
  shutdown
};
inline constexpr std::size_t refuse_causes = 8;
std::string_view name(RefuseCause cause);
struct Refuse {
  RefuseCause cause = RefuseCause::other;
  std::string reason;  ///< a sentence that a person understands
  bool operator==(Refuse const&) const = default;
};

/// A rule pack for the agent, as common/pack signs it.
struct Rules {
  std::uint64_t version = 0;
  std::string pack;
  bool operator==(Rules const&) const = default;
};
/// Hello::rules of an agent that wants no packs.
inline constexpr std::uint64_t no_rules_wanted = UINT64_MAX;

using Message = std::variant<Hello, Welcome, Batch, Ack, Heartbeat, Refuse, Rules>;
std::string_view name(Message const& message);  ///< "hello", …

/// The message with its length prefix, ready to send.
std::string frame(Message const& message);

/// The length that a frame's first four octets announce, checked: 2 to max_frame_octets.
Result<std::size_t> frame_length(Bytes prefix);

/// Reads one frame without its prefix. Untrusted octets: exactly one known message that fills the frame, within the
/// bounds above; text that is no valid node name or health name is refused, control characters in phrases become '?'.
Result<Message> parse(Bytes frame);

}  // namespace greywatch::link
