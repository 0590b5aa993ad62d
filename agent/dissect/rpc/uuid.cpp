#include "agent/dissect/rpc/uuid.hpp"

#include <algorithm>

namespace greywatch::agent::rpc {

Uuid read_uuid(Reader& in, Order order) {
  Uuid uuid;
  uuid.time_low = order.u32(in);
  uuid.time_mid = order.u16(in);
  uuid.time_high = order.u16(in);
  if (auto const rest = in.take(8); !rest.empty()) std::ranges::copy(rest, uuid.rest.begin());
  return uuid;
}

text::Fixed<36> uuid_text(Uuid const& uuid) {
  text::Fixed<36> text;
  auto const put = [&](std::uint32_t value, int octets) {
    for (int at = octets - 1; at >= 0; --at) text.put_octet(static_cast<std::uint8_t>(value >> 8 * at));
  };
  put(uuid.time_low, 4);
  text.put('-');
  put(uuid.time_mid, 2);
  text.put('-');
  put(uuid.time_high, 2);
  text.put('-');
  for (std::size_t at = 0; at < uuid.rest.size(); ++at) {
    if (at == 2) text.put('-');
    text.put_octet(uuid.rest[at]);
  }
  return text;
}

}  // namespace greywatch::agent::rpc
