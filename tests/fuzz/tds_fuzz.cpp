// links: greywatch::agent_dissect
#include "agent/dissect/tds/tds.hpp"
#include "tests/fuzz/dissector.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr greywatch::agent::Dissector const* rows[] = {&greywatch::agent::tds::dissector};
  static constexpr greywatch::agent::Dissector const* browser[] = {&greywatch::agent::tds::browser_dissector};
  greywatch::fuzz::dissect(browser, "tds.", data, size);
  return greywatch::fuzz::dissect(rows, "tds.", data, size);
}
