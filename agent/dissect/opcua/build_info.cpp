#include "agent/dissect/opcua/build_info.hpp"

namespace greywatch::agent::opcua {

std::string_view BuildReads::name_of(std::uint32_t result) const {
  // In the order of the nodes: the manufacturer comes third there, and second in the structure.
  static constexpr std::string_view names[parts] = {"opcua.server.product_name", "opcua.server.product_uri",
                                                    "opcua.server.manufacturer_name", "opcua.server.software_version",
                                                    "opcua.server.build_number"};
  for (std::size_t part = 0; part < parts; ++part)
    if (places_[part] == result + 1) return names[part];
  return {};
}

}  // namespace greywatch::agent::opcua
