// links: greywatch::common_pack
// Rule packs: an input is a signed pack for a verifier that believes nobody, then the payload of one.
#include <cstdlib>

#include "common/pack/pack.hpp"

namespace {

using namespace greywatch;

/// An authority file with no certificate that anybody has the key of would need one; an empty store refuses to load, so
/// the verifier is made of a certificate written here once.
constexpr char const* certificate =
#include "tests/fuzz/pack_authority.inc"
    ;

pack::Verifier const& verifier() {
  static pack::Verifier const made = [] {
    auto const file = std::filesystem::temp_directory_path() / "greywatch-pack-fuzz.crt";
    if (!pack::replace_file(file, certificate)) std::abort();
    auto loaded = pack::Verifier::load(file);
    if (!loaded) std::abort();
    return *loaded;
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  Bytes const octets(data, size);
  for (bool const kept : {false, true}) {
    auto const opened = verifier().open(octets, kept);
    if (opened || opened.error().text.empty()) std::abort();
  }
  if (auto const read = pack::parse(octets)) {
    auto const again = pack::parse(as_bytes(pack::serialize(*read)));
    if (!again || !(*again == *read)) std::abort();
  }
  return 0;
}
