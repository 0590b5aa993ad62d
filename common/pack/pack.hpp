#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/result.hpp"
#include "common/time.hpp"

/// Rule packs: made and signed by a collector, believed by agents whose authority issued the signer's certificate.
namespace greywatch::pack {

/// Bounds: what exceeds them is neither made nor believed.
inline constexpr std::size_t max_pack_octets = 1 << 20;
inline constexpr std::size_t max_files = 4096;
inline constexpr std::size_t max_name_octets = 255;

struct File {
  std::string name;  ///< printable, for refusals; no path is made of it
  std::string text;  ///< one rule file, YAML
  bool operator==(File const&) const = default;
};

struct RulePack {
  std::uint64_t version = 0;
  Time made;
  std::vector<File> files;
  bool operator==(RulePack const&) const = default;
};

/// Reads the payload of a pack. Untrusted octets.
Result<RulePack> parse(Bytes payload);
std::string serialize(RulePack const& pack);

/// The key that signs packs, made by `enroll`. Cheap to copy.
class Signer {
 public:
  /// PEM files: an Ed25519 key that others may not read, and its certificate.
  static Result<Signer, Refusal> load(std::filesystem::path const& key, std::filesystem::path const& certificate);
  /// The octets of a signed pack; refused when it exceeds the bounds.
  Result<std::string, Refusal> sign(RulePack const& pack) const;

 private:
  struct State;
  explicit Signer(std::shared_ptr<State const> state) : state_(std::move(state)) {}
  std::shared_ptr<State const> state_;
};

/// Opens signed packs. Cheap to copy.
class Verifier {
 public:
  /// PEM file of the authority that the link's certificates are believed by.
  static Result<Verifier, Refusal> load(std::filesystem::path const& authority);
  /// Untrusted octets. The signature is checked before the payload is read; the certificate must be the authority's,
  /// for code signing, and valid now, or for a pack that was `kept`, when the pack was made. The refusal is one
  /// sentence.
  Result<RulePack, Refusal> open(Bytes octets, bool kept = false) const;

 private:
  struct State;
  explicit Verifier(std::shared_ptr<State const> state) : state_(std::move(state)) {}
  std::shared_ptr<State const> state_;
};

/// Reads a file of at most max_pack_octets.
Result<std::string, Refusal> read_file(std::filesystem::path const& file);
/// Replaces a file whole: temporary name, flush, rename.
Result<void, Refusal> replace_file(std::filesystem::path const& file, std::string_view octets);

}  // namespace greywatch::pack
