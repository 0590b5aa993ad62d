// links: greywatch::agent_dissect
#include <vector>

#include "agent/dissect/c37118/c37118.hpp"
#include "agent/dissect/c37118/frame.hpp"
#include "tests/fuzz/dissector.hpp"

namespace {

/// Makes CHK right in each frame that a segment begins with, so that mutation gets behind it. A segment whose flags
/// have 128 set keeps what it has.
void seal(std::span<std::uint8_t> input) {
  using namespace greywatch::agent;
  while (input.size() > 3) {
    std::size_t const head = input[0] & 32 ? 3 : 2;
    std::size_t const said = input[0] & 32 ? input[1] << 8 | input[2] : input[1];
    auto segment = input.subspan(head, std::min(said, input.size() - head));
    bool const as_it_is = (input[0] & 128) != 0;
    input = input.subspan(head + segment.size());
    while (!as_it_is && !segment.empty()) {
      auto const cut = c37118::frame(segment);
      if (cut.verdict != Frame::Verdict::complete) break;
      auto const at = cut.length - c37118::check_octets;
      auto const check = c37118::checksum(segment.first(at));
      segment[at] = static_cast<std::uint8_t>(check >> 8);
      segment[at + 1] = static_cast<std::uint8_t>(check);
      segment = segment.subspan(cut.length);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  namespace c37118 = greywatch::agent::c37118;
  static constexpr greywatch::agent::Dissector const* over_tcp[] = {&c37118::tcp_dissector};
  static constexpr greywatch::agent::Dissector const* over_udp[] = {&c37118::udp_dissector};
  if (size == 0) return 0;
  std::vector<std::uint8_t> input(data + 1, data + size);
  seal(input);
  return greywatch::fuzz::dissect(data[0] & 1 ? over_udp : over_tcp, "c37118.", input.data(), input.size());
}
