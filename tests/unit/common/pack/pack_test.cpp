#include "common/pack/pack.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/scratch.hpp"
#include "tests/support/signing.hpp"

using namespace greywatch;
using namespace greywatch::pack;
using greywatch::test::Authority;
using greywatch::test::Scratch;

namespace {

Time now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

RulePack example() { return {.version = 7, .made = now(), .files = {{"detect/a.yml", "title: a\n"}, {"b.yml", ""}}}; }

struct Bench {
  Scratch scratch;
  Authority authority{scratch / "one"};
  Verifier verifier = Verifier::load(authority.file()).value();
  Signer signer(std::string const& name) const {
    auto loaded = Signer::load(authority.key(name), authority.certificate(name));
    if (!loaded) FAIL(loaded.error().text);
    return *loaded;
  }
  std::string why(std::string const& octets, bool kept = false) const {
    auto const opened = verifier.open(as_bytes(octets), kept);
    return opened ? "" : opened.error().text;
  }
};

}  // namespace

TEST_CASE("a pack that the authority's signer signed reads back as it was", "[common][pack]") {
  Bench bench;
  bench.authority.issue("rules");
  auto const pack = example();
  auto const octets = bench.signer("rules").sign(pack).value();
  CHECK(bench.verifier.open(as_bytes(octets)).value() == pack);
  CHECK(bench.verifier.open(as_bytes(octets), true).value() == pack);
  CHECK(parse(as_bytes(serialize(pack))).value() == pack);
}

TEST_CASE("a pack with any octet changed, cut short or followed by more is refused", "[common][pack]") {
  Bench bench;
  bench.authority.issue("rules");
  auto const octets = bench.signer("rules").sign(example()).value();
  for (std::size_t i = 0; i < octets.size(); ++i) {
    auto changed = octets;
    changed[i] = static_cast<char>(changed[i] ^ 0x20);
    INFO("octet " << i);
    CHECK_FALSE(bench.why(changed).empty());
    CHECK_FALSE(bench.why(octets.substr(0, i)).empty());
  }
  // Another payload after the signed one would take its place in protobuf; then the signature is not its.
  CHECK(bench.why(octets + std::string("\x12\x02\x08\x09", 4)) == "its signature is wrong");
}

TEST_CASE("a pack is believed of nobody but the authority's signer of rules", "[common][pack]") {
  Bench bench;
  for (auto const* usage : {"clientAuth", "serverAuth", "codeSigning,clientAuth", ""}) {
    INFO("usage " << usage);
    bench.authority.issue("other", usage);
    CHECK(bench.why(bench.signer("other").sign(example()).value()) == "its certificate is not for signing rules");
  }
  Authority stranger(bench.scratch / "two");
  stranger.issue("rules");
  auto const signer = Signer::load(stranger.key("rules"), stranger.certificate("rules")).value();
  CHECK(bench.why(signer.sign(example()).value()).find("is not believed by") != std::string::npos);
  bench.authority.issue("curve", "codeSigning", "EC");
  CHECK(Signer::load(bench.authority.key("curve"), bench.authority.certificate("curve"))
            .error()
            .text.ends_with("is no Ed25519 key"));
  bench.authority.issue("old", "codeSigning", "ED25519", -60);
  CHECK(Signer::load(bench.authority.key("old"), bench.authority.certificate("old")).error().text.find("has expired") !=
        std::string::npos);
  bench.authority.issue("a");
  bench.authority.issue("b");
  CHECK(
      Signer::load(bench.authority.key("a"), bench.authority.certificate("b")).error().text.find("is not the key of") !=
      std::string::npos);
}

TEST_CASE("a pack that was kept stays good when its certificate runs out, one that comes then does not",
          "[common][pack]") {
  Bench bench;
  bench.authority.issue("rules", "codeSigning", "ED25519",
                        5);  // seconds: long enough to be loaded and to sign on a busy machine
  auto const signer = bench.signer("rules");
  auto pack = example();
  auto const octets = signer.sign(pack).value();
  ::sleep(6);
  CHECK(bench.why(octets).find("certificate has expired") != std::string::npos);
  CHECK(bench.why(octets, true).empty());
  pack.made = now() + std::chrono::hours{1};
  CHECK_FALSE(bench.why(signer.sign(pack).value(), true).empty());
}

TEST_CASE("a pack that is unsigned, too large, of another format or no pack at all is refused by name",
          "[common][pack]") {
  Bench bench;
  bench.authority.issue("rules");
  CHECK(bench.why("") == "its format is 0, this program knows 1");
  CHECK(bench.why("no pack") == "it is no rule pack");
  CHECK(bench.why(std::string("\x08\x01\x12\x00", 4)) == "it is not signed");
  CHECK(bench.why(std::string("\x08\x02", 2)) == "its format is 2, this program knows 1");
  CHECK(bench.why(std::string(max_pack_octets + 1, 'x')).starts_with("it is too large"));
  RulePack large = example();
  large.files.front().text.assign(max_pack_octets, 'x');
  CHECK(bench.signer("rules").sign(large).error().text.find("more than 1048576") != std::string::npos);
  auto many = example();
  many.files.resize(max_files + 1, {"a", ""});
  CHECK_FALSE(bench.signer("rules").sign(many));
  auto nameless = example();
  nameless.files.front().name = "a\nb";
  CHECK(bench.why(bench.signer("rules").sign(nameless).value()) == "its content is malformed (file.name)");
  CHECK_FALSE(parse(as_bytes(serialize({.version = 0, .made = now(), .files = {}}))));
}

TEST_CASE("a file is replaced whole and read within its bound", "[common][pack]") {
  Scratch const scratch;
  REQUIRE(replace_file(scratch / "p", "one"));
  REQUIRE(replace_file(scratch / "p", "two"));
  CHECK(read_file(scratch / "p").value() == "two");
  CHECK_FALSE(std::filesystem::exists(scratch / "p.new"));
  CHECK_FALSE(replace_file(scratch / "no" / "p", "x"));
  CHECK_FALSE(read_file(scratch / "none"));
  std::ofstream(scratch / "large") << std::string(max_pack_octets + 1, 'x');
  CHECK_FALSE(read_file(scratch / "large"));
}
