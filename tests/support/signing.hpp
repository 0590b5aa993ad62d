#pragma once
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace greywatch::test {

/// A small authority and what it signs, as files of a folder: NAME.key and NAME.crt.
class Authority {
 public:
  explicit Authority(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
    key_ = EVP_EC_gen("P-256");
    certificate_ = make(key_, nullptr, "authority", {{NID_basic_constraints, "critical,CA:TRUE"}}, 3600);
    write("ca", key_, certificate_);
  }
  Authority(Authority const&) = delete;
  ~Authority() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }

  std::filesystem::path file() const { return folder_ / "ca.crt"; }
  std::filesystem::path key(std::string const& name) const { return folder_ / (name + ".key"); }
  std::filesystem::path certificate(std::string const& name) const { return folder_ / (name + ".crt"); }

  /// `usage` is the extended key usage, empty for none; `type` ED25519 or EC.
  void issue(std::string const& name, char const* usage = "codeSigning", char const* type = "ED25519",
             long seconds = 3600) {
    auto* const key = std::string(type) == "EC" ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(nullptr, nullptr, type);
    Extensions extensions{{NID_basic_constraints, "critical,CA:FALSE"}};
    if (*usage) extensions.push_back({NID_ext_key_usage, usage});
    auto* const made = make(key, certificate_, name, extensions, seconds);
    write(name, key, made);
    X509_free(made);
    EVP_PKEY_free(key);
  }

 private:
  using Extensions = std::vector<std::pair<int, char const*>>;

  X509* make(EVP_PKEY* key, X509* issuer, std::string const& name, Extensions const& extensions, long seconds) {
    auto* const out = X509_new();
    X509_set_version(out, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(out), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(out), -7200);
    X509_gmtime_adj(X509_getm_notAfter(out), seconds);
    X509_set_pubkey(out, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(out), "CN", MBSTRING_ASC,
                               reinterpret_cast<unsigned char const*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(out, X509_get_subject_name(issuer ? issuer : out));
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer ? issuer : out, out, nullptr, nullptr, 0);
    for (auto const& [id, value] : extensions) {
      auto* const extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
      X509_add_ext(out, extension, -1);
      X509_EXTENSION_free(extension);
    }
    X509_sign(out, issuer ? key_ : key, EVP_sha256());
    return out;
  }

  void write(std::string const& name, EVP_PKEY* key, X509* made) {
    FILE* file = std::fopen(certificate(name).c_str(), "w");
    PEM_write_X509(file, made);
    std::fclose(file);
    file = std::fopen(this->key(name).c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    ::chmod(this->key(name).c_str(), 0600);
  }

  std::filesystem::path folder_;
  EVP_PKEY* key_ = nullptr;
  X509* certificate_ = nullptr;
  long serial_ = 0;
};

}  // namespace greywatch::test
