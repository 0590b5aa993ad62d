#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "agent/dissect/rpc/uuid.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::rpc {

/// What an operation does that a rule is about.
enum class Deed : std::uint8_t {
  none,
  service_created,
  service_changed,
  task_registered,
  directory_replicated,
  challenge,  ///< a challenge to a domain controller
  coerced,    ///< the server is made to log on at a host that the client names
  method_executed,
  shut_down,
  log_cleared,
  opc_written,
};

/// An operation of an interface.
struct Method {
  std::uint16_t opnum;
  std::string_view name;
  Operation operation = Operation::other;
  Deed deed = Deed::none;
};

struct Interface {
  Uuid uuid;
  std::string_view name;
  std::span<Method const> methods = {};  ///< the notable ones
};

/// By number, from 1; null for others.
Interface const* interface_of(std::uint8_t number);
/// The number of a well-known interface, else 0.
std::uint8_t find_interface(Uuid const& uuid);
inline constexpr std::uint8_t most_interfaces = 127;
Method const* find_method(Interface const& interface, std::uint16_t opnum);

/// "NDR"; empty for others.
std::string_view transfer_syntax_name(Uuid const& uuid);

}  // namespace greywatch::agent::rpc
