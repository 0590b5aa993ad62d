#include "agent/dissect/fins/header.hpp"

namespace greywatch::agent::fins {

Header read_header(Reader& in) {
  return {.icf = in.u8(),
          .reserved = in.u8(),
          .gateway_count = in.u8(),
          .destination_network = in.u8(),
          .destination_node = in.u8(),
          .destination_unit = in.u8(),
          .source_network = in.u8(),
          .source_node = in.u8(),
          .source_unit = in.u8(),
          .service_id = in.u8(),
          .command = in.be16()};
}

bool looks_like(Header const& header) {
  return (header.icf & 0x3E) == 0 && header.reserved == 0 && header.gateway_count <= 7 &&
         header.destination_network < 0x80 && header.source_network < 0x80 && header.source_node != 0xFF;
}

TcpHeader read_tcp_header(Reader& in) {
  return {.magic = in.be32(), .length = in.be32(), .command = in.be32(), .error = in.be32()};
}

bool known_tcp_command(std::uint32_t command) {
  return command <= static_cast<std::uint32_t>(TcpCommand::frame_error) ||
         command == static_cast<std::uint32_t>(TcpCommand::confirmation);
}

Frame frame(Bytes octets) {
  using enum Frame::Verdict;
  constexpr std::uint8_t magic[] = {'F', 'I', 'N', 'S'};
  for (std::size_t at = 0; at < sizeof magic && at < octets.size(); ++at) {
    if (octets[at] != magic[at])
      return {.verdict = lost,
              .length = at == 0 ? 1 : at,
              .defect = Defect::bad_value,
              .offset = static_cast<std::uint16_t>(at)};
  }
  if (octets.size() < tcp_length_end) return {.verdict = more};
  Reader in(octets.subspan(sizeof magic));
  auto const length = in.be32();
  if (length < least_tcp_length || length > most_tcp_length)
    return {.verdict = lost, .length = sizeof magic, .defect = Defect::bad_length, .offset = sizeof magic};
  auto const whole = tcp_length_end + length;
  return {.verdict = octets.size() < whole ? more : complete, .length = whole};
}

}  // namespace greywatch::agent::fins
