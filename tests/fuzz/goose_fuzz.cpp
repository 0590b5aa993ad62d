// links: greywatch::agent_dissect
#include "agent/dissect/goose/goose.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr greywatch::agent::Dissector const* rows[] = {&greywatch::agent::goose::dissector};
  static constexpr greywatch::agent::Dissector const* routed[] = {&greywatch::agent::goose::routed_dissector};
  greywatch::fuzz::dissect(rows, "goose.", data, size);
  return greywatch::fuzz::dissect(routed, "goose.", data, size);
}
