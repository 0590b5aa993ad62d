#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

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
};

/// Walks over UA Binary by a structure's members. Each name goes to `sink`, where there is one. Nesting (variants in
/// extension objects in variants …) is at most 24 deep; no array has more elements than there are octets left.
class Decoder {
 public:
  Decoder(Bytes body, std::size_t offset, FieldSink* sink) : in_(body), offset_(offset), sink_(sink) {}

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

  Reader in_;
  std::size_t offset_;
  FieldSink* sink_;
  unsigned depth_ = 0;
  bool scalar_of_variant_ = false;  ///< the element being read is one
  std::optional<Malformed> error_;
  Summary summary_;
};

/// As people write it: "ns=2;s=Pump", "i=2258" (OPC 10000-6, 5.3.1.10), cut to what fits `out`.
std::string_view write_node_id(NodeId const& id, std::span<char> out);

}  // namespace greywatch::agent::opcua
