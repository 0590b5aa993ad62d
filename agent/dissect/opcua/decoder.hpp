#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/dissect/opcua/build_info.hpp"
#include "agent/dissect/opcua/schema.hpp"
#include "common/bytes.hpp"

namespace greywatch::agent::opcua {

/// NodeId (OPC 10000-6, 5.2.2.9), of an ExpandedNodeId with the parts behind it. Borrows the message.
struct NodeId {
  enum class Kind : std::uint8_t { numeric, string, guid, opaque };
  Kind kind = Kind::numeric;
  std::uint16_t namespace_index = 0;
  bool has_namespace = false;  ///< was on the wire: the two-octet form has none
  std::uint32_t numeric = 0;
  Bytes octets;  ///< of the other kinds
};

/// What detectors want of a message, whoever reads it.
struct Summary {
  std::optional<std::uint32_t> service_result;
  std::optional<NodeId> subject;  ///< the first node that the service is about
  std::uint32_t subjects = 0;
  std::optional<double> value;  ///< the first number in a variant
  BuildReads build_reads;       ///< of a ReadRequest
  bool identifies = false;      ///< it says what its sender is: Member::identity
};

/// Walks over UA Binary by a structure's members. Each name goes to `sink`, where there is one. Nesting (variants in
/// extension objects in variants …) is at most 24 deep; no array has more elements than there are octets left.
class Decoder {
 public:
  Decoder(Bytes body, std::size_t offset, FieldSink* sink) : in_(body), offset_(offset), sink_(sink) {}

  /// Of a ReadResponse: which results are parts of BuildInfo.
  void expect(BuildReads const& asked) { asked_ = asked; }
  /// False from the first error on.
  bool walk(Structure const& structure);
  NodeId node_id();
  std::optional<Malformed> const& error() const { return error_; }
  Summary const& summary() const { return summary_; }

 private:
  static constexpr unsigned most_depth = 24;
  class Depth;

  bool fail(Defect defect);
  bool member(Member const& member);
  bool element(Member const& member);
  bool variant();
  bool data_value();
  bool diagnostic_info();
  bool extension_object();
  bool localized_text();
  bool expanded_node_id(Member const& member);
  void tell(NodeId const& id, bool secret);
  std::optional<std::uint32_t> array_length();
  std::string_view string();
  void note(double value);
  void note_read(std::string_view index_range);

  Reader in_;
  std::size_t offset_;
  FieldSink* sink_;
  unsigned depth_ = 0;
  bool scalar_of_variant_ = false;  ///< the element being read is one
  std::optional<Malformed> error_;
  Summary summary_;
  BuildReads asked_;
  std::uint32_t place_ = 0;         ///< in the outermost array, of what is being read …
  std::uint32_t node_ = 0;          ///< … the node of namespace 0 whose Value is asked for there; 0 for others
  std::string_view identity_ = {};  ///< … what the next variant says of the server
};

/// As people write it: "ns=2;s=Pump", "i=2258" (OPC 10000-6, 5.3.1.10), cut to what fits `out`.
std::string_view write_node_id(NodeId const& id, std::span<char> out);

}  // namespace greywatch::agent::opcua
