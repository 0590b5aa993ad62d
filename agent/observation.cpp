#include "agent/observation.hpp"

#include <array>

namespace greywatch::agent {

std::string_view name(Operation operation) {
  static constexpr std::array<std::string_view, 13> names{"read",    "write",  "control", "select",  "configure",
                                                          "program", "file",   "time",    "session", "diagnose",
                                                          "trade",   "report", "other"};
  return names.at(static_cast<std::size_t>(operation));
}

std::string_view name(Role role) {
  static constexpr std::array<std::string_view, 3> names{"request", "response", "unsolicited"};
  return names.at(static_cast<std::size_t>(role));
}

std::string_view name(Status status) {
  static constexpr std::array<std::string_view, 7> names{"none",        "ok",     "refused",  "unknown_object",
                                                         "unsupported", "failed", "malformed"};
  return names.at(static_cast<std::size_t>(status));
}

}  // namespace greywatch::agent
