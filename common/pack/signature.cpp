#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "common/openssl/openssl.hpp"
#include "common/pack/pack.hpp"
#include "common/pack/pack.pb.h"

namespace greywatch::pack {

namespace {

using openssl::Bio;
using openssl::Certificate;
using openssl::Free;
using openssl::Key;
using openssl::need;
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Trust = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;
using Check = std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX_free>>;

constexpr std::uint32_t format = 1;
constexpr std::size_t signature_octets = 64, max_certificate_octets = 4096;
/// What is signed begins with this, so that no signature over anything else is one over a pack.
constexpr std::string_view prefix = "greywatch rule pack 1\n";

std::string to_sign(std::string_view payload) { return std::string(prefix) + std::string(payload); }

unsigned char const* octets_of(std::string const& text) { return reinterpret_cast<unsigned char const*>(text.data()); }

}  // namespace

struct Signer::State {
  Key key;
  std::string certificate;  ///< DER
};

Result<Signer, Refusal> Signer::load(std::filesystem::path const& key, std::filesystem::path const& certificate) {
  struct stat facts{};
  if (::stat(key.c_str(), &facts) < 0) return refuse(fmt::format("{}: {}", key.string(), std::strerror(errno)));
  if (facts.st_mode & (S_IROTH | S_IWOTH))
    return refuse(fmt::format("{} may be read by everyone; use chmod o= on it", key.string()));
  auto state = std::make_shared<State>();
  if (Bio const bio(BIO_new_file(key.c_str(), "r")); bio)
    state->key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (!state->key) return refuse(fmt::format("{}: no private key: {}", key.string(), openssl::error()));
  if (EVP_PKEY_id(state->key.get()) != EVP_PKEY_ED25519)
    return refuse(fmt::format("{}: is no Ed25519 key", key.string()));
  Certificate read;
  if (Bio const bio(BIO_new_file(certificate.c_str(), "r")); bio)
    read.reset(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!read) return refuse(fmt::format("{}: no certificate: {}", certificate.string(), openssl::error()));
  if (X509_check_private_key(read.get(), state->key.get()) != 1) {
    ERR_clear_error();
    return refuse(fmt::format("{} is not the key of {}", key.string(), certificate.string()));
  }
  if (X509_cmp_current_time(X509_get0_notAfter(read.get())) < 0)
    return refuse(fmt::format("{} has expired; `enroll` makes a new one", certificate.string()));
  unsigned char* der = nullptr;
  int const length = i2d_X509(read.get(), &der);
  if (length > 0) state->certificate.assign(reinterpret_cast<char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return Signer(std::move(state));
}

Result<std::string, Refusal> Signer::sign(RulePack const& pack) const {
  if (pack.files.size() > max_files) return refuse(fmt::format("a rule pack has at most {} files", max_files));
  wire::SignedPack out;
  out.set_format(format);
  out.set_payload(serialize(pack));
  out.set_certificate(state_->certificate);
  auto const text = to_sign(out.payload());
  std::string signature(signature_octets, '\0');
  std::size_t length = signature.size();
  Digest const digest(need(EVP_MD_CTX_new()));
  need(EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, state_->key.get()) == 1);
  need(EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, octets_of(text),
                      text.size()) == 1);
  out.set_signature(signature);
  auto octets = out.SerializeAsString();
  if (octets.size() > max_pack_octets)
    return refuse(fmt::format("the rule pack has {} octets, more than {}", octets.size(), max_pack_octets));
  return octets;
}

struct Verifier::State {
  Trust trust;
  std::string authority;  ///< its file, for refusals
};

Result<Verifier, Refusal> Verifier::load(std::filesystem::path const& authority) {
  auto state = std::make_shared<State>();
  state->authority = authority.string();
  state->trust.reset(need(X509_STORE_new()));
  if (X509_STORE_load_file(state->trust.get(), authority.c_str()) != 1)
    return refuse(fmt::format("authority file {}: {}", authority.string(), openssl::error()));
  return Verifier(std::move(state));
}

Result<RulePack, Refusal> Verifier::open(Bytes octets, bool kept) const {
  if (octets.size() > max_pack_octets)
    return refuse(fmt::format("it is too large: {} octets, at most {} are taken", octets.size(), max_pack_octets));
  wire::SignedPack in;
  if (!in.ParseFromArray(octets.data(), static_cast<int>(octets.size()))) return refuse("it is no rule pack");
  if (in.format() != format) return refuse(fmt::format("its format is {}, this program knows {}", in.format(), format));
  if (in.signature().empty() || in.certificate().empty()) return refuse("it is not signed");
  if (in.signature().size() != signature_octets || in.certificate().size() > max_certificate_octets)
    return refuse("its signature or certificate has an impossible length");
  auto const* at = octets_of(in.certificate());
  auto const* const end = at + in.certificate().size();
  Certificate const certificate(d2i_X509(nullptr, &at, static_cast<long>(in.certificate().size())));
  if (!certificate || at != end) {
    ERR_clear_error();
    return refuse("its certificate is damaged");
  }
  auto* const key = X509_get0_pubkey(certificate.get());
  if (!key || EVP_PKEY_id(key) != EVP_PKEY_ED25519) {
    ERR_clear_error();
    return refuse("its certificate is of no Ed25519 key");
  }
  auto const text = to_sign(in.payload());
  Digest const digest(need(EVP_MD_CTX_new()));
  need(EVP_DigestVerifyInit(digest.get(), nullptr, nullptr, nullptr, key) == 1);
  if (EVP_DigestVerify(digest.get(), octets_of(in.signature()), in.signature().size(), octets_of(text), text.size()) !=
      1) {
    ERR_clear_error();
    return refuse("its signature is wrong");
  }
  auto pack = parse(as_bytes(in.payload()));
  if (!pack) return refuse(fmt::format("its content is malformed ({})", pack.error().field));
  // The chain last: for a kept pack it is judged at the time that the signature covers.
  if (!(X509_get_extension_flags(certificate.get()) & EXFLAG_XKUSAGE) ||
      X509_get_extended_key_usage(certificate.get()) != XKU_CODE_SIGN)
    return refuse("its certificate is not for signing rules");
  Check const check(need(X509_STORE_CTX_new()));
  need(X509_STORE_CTX_init(check.get(), state_->trust.get(), certificate.get(), nullptr) == 1);
  if (kept) X509_STORE_CTX_set_time(check.get(), 0, static_cast<time_t>(unix_ns(pack->made) / 1'000'000'000));
  if (X509_verify_cert(check.get()) != 1) {
    std::string const why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(check.get()));
    ERR_clear_error();
    return refuse(fmt::format("its certificate is not believed by {}: {}", state_->authority, why));
  }
  return std::move(*pack);
}

}  // namespace greywatch::pack
