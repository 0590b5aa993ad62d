#include "agent/dissect/enip/cip.hpp"

namespace greywatch::agent::enip {

Cip read_cip(Bytes octets) {
  Reader in(octets);
  auto const service = in.u8();
  Cip cip{.service = static_cast<std::uint8_t>(service & 0x7F), .response = (service & 0x80) != 0};
  if (cip.response) {
    in.skip(1);
    cip.general_status = in.u8();
    cip.additional_status = in.take(in.u8() * std::size_t{2});
    if (!in) cip.malformed = in.error("cip.general_status");
  } else {
    auto const begins = in.at() + 1;
    cip.path = in.take(in.u8() * std::size_t{2});
    if (!in)
      cip.malformed = in.error("cip.request_path_size");
    else if (!read_place(cip.path).whole)
      cip.malformed = Malformed{Defect::bad_value, begins, "cip.path_segment"};
  }
  cip.data_at = in.at();
  cip.data = in.rest();
  if (cip.malformed || cip.service != multiple_services || cip.general_status != 0) return cip;
  if (!fits(read_services(cip.data))) cip.malformed = Malformed{Defect::bad_value, cip.data_at, "cip.multiple.offset"};
  return cip;
}

Services read_services(Bytes data) {
  Reader in(data);
  return {.count = in.le16(), .data = data};
}

Bytes Services::operator[](std::size_t number) const {
  auto const offset = [&](std::size_t n) -> std::size_t {
    auto const at = 2 + 2 * n;
    if (n == count) return data.size();
    return at + 2 > data.size() ? data.size() : std::size_t{data[at]} | std::size_t{data[at + 1]} << 8;
  };
  auto const begin = offset(number), end = offset(number + 1);
  if (number >= count || begin < 2 + 2 * std::size_t{count} || begin >= end || end > data.size()) return {};
  return data.subspan(begin, end - begin);
}

bool fits(Services const& services) {
  if (services.data.size() < 2 || services.here() != services.count) return false;
  for (std::size_t i = 0; i < services.count; ++i) {
    if (services[i].empty()) return false;
  }
  return true;
}

UnconnectedSend read_unconnected_send(Reader& in) {
  UnconnectedSend said{.priority = in.u8(), .timeout_ticks = in.u8()};
  std::size_t const size = in.le16();
  said.request = in.take(size);
  if (size % 2 != 0) in.skip(1);
  std::size_t const words = in.u8();
  in.skip(1);
  said.route = in.take(2 * words);
  return said;
}

bool is_unconnected_send(Cip const& cip) {
  return !cip.response && cip.service == unconnected_send && read_place(cip.path).class_id == connection_manager;
}

}  // namespace greywatch::agent::enip
