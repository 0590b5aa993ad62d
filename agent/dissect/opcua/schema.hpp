#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "agent/observation.hpp"

namespace greywatch::agent::opcua {

/// Built-in types (OPC 10000-6, 5.1.2) by their own numbers, and what structures are made of beside them.
enum class Type : std::uint8_t {
  boolean = 1,
  sbyte,
  byte,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  floating,
  doubled,
  string,
  date_time,
  guid,
  byte_string,
  xml_element,
  node_id,
  expanded_node_id,
  status_code,
  qualified_name,
  localized_text,
  extension_object,
  data_value,
  variant,
  diagnostic_info,
  structure,  ///< of Member::structure
};

struct Structure;

/// One field of a structure, in the order of the wire.
struct Member {
  std::string_view name;  ///< the field in observations; empty: not given on, or by the names of its type
  Type type = Type::uint32;
  bool array = false;
  Structure const* structure = nullptr;
  bool subject = false;  ///< what the service is about: the first one is the target
  bool secret = false;   ///< never given on
  /// What a text says of the server that sends it, beside `name`: the inventory goes by this one.
  std::string_view identity = {};
};
struct Structure {
  std::span<Member const> members;
};

/// A service's request or response, or the content of an extension object, by the numeric identifier of its binary
/// encoding in namespace 0. OPC 10000-4, 5; identifiers: OPC 10000-6, annex A.
struct Encoding {
  std::uint32_t id;
  std::string_view name;
  Structure const* structure;
  Operation operation = Operation::other;
  Role role = Role::request;
};
Encoding const* find_service(std::uint32_t id);
/// What extension objects hold, of those that are read.
Structure const* find_extension(std::uint32_t id);

}  // namespace greywatch::agent::opcua
