// Runs a fuzz target over the files named, where there is no libFuzzer.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

int main(int count, char** files) {
  for (int n = 1; n < count; ++n) {
    std::ifstream file(files[n], std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "%s cannot be read\n", files[n]);
      return 1;
    }
    std::vector<std::uint8_t> const octets{std::istreambuf_iterator<char>(file), {}};
    LLVMFuzzerTestOneInput(octets.data(), octets.size());
  }
  std::printf("%d inputs\n", count - 1);
  return count > 1 ? 0 : 1;
}
