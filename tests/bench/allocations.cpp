// allocations FILE: how often the whole line from packet to finding allocates, a packet, once it is warm. The capture
// is read twice through one pipeline: the first pass fills the tables, the second is counted.
#include "tests/support/allocations.hpp"

#include <cstdio>

#include "agent/capture/file.hpp"
#include "agent/pipeline.hpp"

using namespace greywatch;
using namespace greywatch::agent;

namespace {

struct Count : FindingSink {
  std::uint64_t findings = 0;
  void on_finding(Finding&&) override { ++findings; }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  Count count;
  Pipeline pipeline({.node = "bench"}, count);
  std::uint64_t before = 0, packets = 0, findings = 0;
  for (int pass = 0; pass < 2; ++pass) {
    before = test::allocations();
    findings = count.findings;
    FileCounters files;
    if (auto const end = read_capture(argv[1], pipeline, files); !end) {
      std::fprintf(stderr, "%s\n", end.error().text.c_str());
      return 1;
    }
    packets = files.packets;
  }
  auto const made = test::allocations() - before;
  std::printf("%llu allocations in %llu packets after warm-up, %llu of them findings: %.6f a packet\n",
              static_cast<unsigned long long>(made), static_cast<unsigned long long>(packets),
              static_cast<unsigned long long>(count.findings - findings),
              static_cast<double>(made) / static_cast<double>(packets));
}
