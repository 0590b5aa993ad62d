#include "collector/enroll.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "common/address.hpp"
#include "common/openssl/openssl.hpp"
#include "common/tls/context.hpp"

namespace greywatch::collector {

namespace fs = std::filesystem;

namespace {

using openssl::Bio;
using openssl::Certificate;
using openssl::Free;
using openssl::Key;
using openssl::need;

constexpr std::chrono::days authority_validity{20 * 365};
constexpr std::chrono::days rules_renewed{60};  // a signing certificate that expires within is made anew
constexpr std::chrono::hours slow_clocks{24};   // certificates are valid a day early: substation clocks may lag

struct Authority {
  Key key;
  Certificate certificate;
};

enum class Purpose : std::uint8_t { authority, agent, collector, rules };

void extend(X509* certificate, X509* issuer, int name, std::string const& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  auto* extension = need(X509V3_EXT_conf_nid(nullptr, &context, name, value.c_str()));
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void set_random_serial(X509* certificate) {
  // 159 random bits: positive and within the 20 octets of RFC 5280, 4.1.2.2.
  std::unique_ptr<BIGNUM, Free<BN_free>> serial(need(BN_new()));
  need(BN_rand(serial.get(), 159, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY));
  need(BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)));
}

Certificate make_certificate(EVP_PKEY* key, Authority const* authority, Purpose purpose, std::string const& name,
                             std::string const& alternative_names, std::chrono::days validity) {
  Certificate out(need(X509_new()));
  auto* certificate = out.get();
  auto* issuer = authority ? authority->certificate.get() : certificate;
  X509_set_version(certificate, 2);  // v3
  set_random_serial(certificate);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -std::chrono::seconds(slow_clocks).count());
  X509_time_adj_ex(X509_getm_notAfter(certificate), static_cast<int>(validity.count()), 0, nullptr);
  X509_set_pubkey(certificate, key);
  auto* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, reinterpret_cast<unsigned char const*>("greywatch"), -1, -1,
                             0);
  need(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<unsigned char const*>(name.c_str()),
                                  -1, -1, 0));
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  bool const is_authority = purpose == Purpose::authority;
  extend(certificate, issuer, NID_basic_constraints, is_authority ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE");
  extend(certificate, issuer, NID_key_usage,
         is_authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  if (!is_authority)
    extend(certificate, issuer, NID_ext_key_usage,
           purpose == Purpose::agent   ? "clientAuth"
           : purpose == Purpose::rules ? "codeSigning"
                                       : "serverAuth");
  extend(certificate, issuer, NID_subject_key_identifier, "hash");
  extend(certificate, issuer, NID_authority_key_identifier, "keyid:always");
  if (!alternative_names.empty()) extend(certificate, issuer, NID_subject_alt_name, alternative_names);
  need(X509_sign(certificate, authority ? authority->key.get() : key, EVP_sha256()));
  return out;
}

Key make_key() { return Key(need(EVP_EC_gen("P-256"))); }
Key make_signing_key() { return Key(need(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))); }

std::string pem(X509* certificate) {
  Bio bio(need(BIO_new(BIO_s_mem())));
  need(PEM_write_bio_X509(bio.get(), certificate));
  char* text = nullptr;
  auto const size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string pem(EVP_PKEY* key) {
  Bio bio(need(BIO_new(BIO_s_secmem())));
  need(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr));
  char* text = nullptr;
  auto const size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

using Done = Result<void, Refusal>;

Done failed(fs::path const& path) { return refuse(fmt::format("{}: {}", path.string(), std::strerror(errno))); }

/// Writes all and flushes, or says why not.
Done write_file(int fd, std::string_view text, fs::path const& path) {
  bool fine = true;
  while (fine && !text.empty()) {
    auto const n = ::write(fd, text.data(), text.size());
    fine = n > 0 || (n < 0 && errno == EINTR);
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
  fine = fine && ::fsync(fd) == 0;
  auto const result = fine ? Done{} : failed(path);
  ::close(fd);
  return result;
}

Done replace_file(fs::path const& path, std::string_view text, mode_t mode) {
  auto const temporary = fs::path(path).concat(".new");
  ::unlink(temporary.c_str());
  int const fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) return failed(temporary);
  if (auto const written = write_file(fd, text, temporary); !written) return written;
  if (::rename(temporary.c_str(), path.c_str()) < 0) return failed(path);
  return {};
}

Done append_line(fs::path const& path, std::string const& line) {
  int const fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  return fd < 0 ? failed(path) : write_file(fd, line, path);
}

Done make_directory(fs::path const& path) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (::mkdir(path.c_str(), 0700) < 0 && errno != EEXIST) return failed(path);
  return {};
}

Result<Authority, Refusal> load_authority(fs::path const& directory) {
  auto const key_path = directory / "ca.key", certificate_path = directory / "ca.crt";
  Authority out;
  if (Bio const bio(BIO_new_file(key_path.c_str(), "r")); bio)
    out.key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (!out.key) return refuse(fmt::format("{}: no private key: {}", key_path.string(), openssl::error()));
  if (Bio const bio(BIO_new_file(certificate_path.c_str(), "r")); bio)
    out.certificate.reset(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!out.certificate)
    return refuse(fmt::format("{}: no certificate: {}", certificate_path.string(), openssl::error()));
  if (X509_check_private_key(out.certificate.get(), out.key.get()) != 1)
    return refuse(fmt::format("{} is not the key of {}", key_path.string(), certificate_path.string()));
  return out;
}

/// The authority of the directory; made when neither of its files exists.
Result<Authority, Refusal> authority_of(fs::path const& directory, bool& made) {
  auto const key_path = directory / "ca.key", certificate_path = directory / "ca.crt";
  if (fs::exists(key_path) || fs::exists(certificate_path)) return load_authority(directory);
  if (auto const done = make_directory(directory); !done) return std::unexpected(done.error());
  auto key = make_key();
  auto certificate =
      make_certificate(key.get(), nullptr, Purpose::authority, "greywatch authority", {}, authority_validity);
  if (auto const done = replace_file(key_path, pem(key.get()), 0600); !done) return std::unexpected(done.error());
  if (auto const done = replace_file(certificate_path, pem(certificate.get()), 0644); !done)
    return std::unexpected(done.error());
  made = true;
  return Authority{std::move(key), std::move(certificate)};
}

Result<std::string, Refusal> alternative_names(std::vector<std::string> const& names) {
  std::string out;
  for (auto const& name : names) {
    bool const address = parse_ip(name).has_value();
    // The text goes into OpenSSL's own small language: nothing but names and addresses may.
    for (char c : name)
      if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '.' && !(address && c == ':'))
        return refuse(fmt::format("\"{}\" is neither a host name nor an address", name));
    if (name.empty() || name.size() > 253) return refuse("a collector name has 1 to 253 characters");
    out += fmt::format("{}{}:{}", out.empty() ? "" : ",", address ? "IP" : "DNS", name);
  }
  return out;
}

Result<Enrolled, Refusal> record(EnrollOptions const& options, std::string const& name, X509* certificate) {
  Enrolled out;
  out.node = name;
  out.serial = tls::peer_of(certificate).serial;
  std::tm parts{};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts);
  out.expires = from_unix_ns(std::chrono::nanoseconds(std::chrono::seconds(::timegm(&parts))).count());
  auto const line = fmt::format("{} {} {}\n", out.serial, name, to_rfc3339(out.expires));
  if (auto const done = append_line(options.directory / "issued", line); !done) return std::unexpected(done.error());
  return out;
}

Result<Enrolled, Refusal> issue_collector(EnrollOptions const& options, Authority const& authority) {
  if (options.collector_names.empty())
    return refuse("the collector's certificate needs the host names or addresses that agents dial");
  auto const names = alternative_names(options.collector_names);
  if (!names) return std::unexpected(names.error());
  auto key = make_key();
  auto const& common_name = options.collector_names.front();
  auto certificate =
      make_certificate(key.get(), &authority, Purpose::collector,
                       common_name.size() <= 64 ? common_name : std::string("collector"), *names, options.validity);
  if (auto const done = replace_file(options.directory / "collector.key", pem(key.get()), 0600); !done)
    return std::unexpected(done.error());
  if (auto const done = replace_file(options.directory / "collector.crt", pem(certificate.get()), 0644); !done)
    return std::unexpected(done.error());
  return record(options, "collector", certificate.get());
}

/// Whether the certificate is there and good for a while.
bool lasts(fs::path const& path) {
  Certificate read;
  if (Bio const bio(BIO_new_file(path.c_str(), "r")); bio)
    read.reset(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  int days = 0, seconds = 0;
  return read && ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(read.get())) == 1 &&
         std::chrono::days{days} > rules_renewed;
}

/// The key that signs rule packs, made when it is not there or soon expires. True when it was made.
Result<bool, Refusal> issue_rules(EnrollOptions const& options, Authority const& authority) {
  auto const key_path = options.directory / "rules.key", certificate_path = options.directory / "rules.crt";
  if (fs::exists(key_path) && lasts(certificate_path)) return false;
  auto key = make_signing_key();
  auto certificate = make_certificate(key.get(), &authority, Purpose::rules, "greywatch rules", {}, options.validity);
  if (auto const done = replace_file(key_path, pem(key.get()), 0600); !done) return std::unexpected(done.error());
  if (auto const done = replace_file(certificate_path, pem(certificate.get()), 0644); !done)
    return std::unexpected(done.error());
  if (auto const noted = record(options, "rules", certificate.get()); !noted) return std::unexpected(noted.error());
  return true;
}

Done check(EnrollOptions const& options) {
  if (options.validity < std::chrono::days{1} || options.validity > std::chrono::days{3650})
    return refuse("a certificate is valid for 1 to 3650 days");
  return {};
}

}  // namespace

Result<Enrolled, Refusal> enroll_collector(EnrollOptions const& options) {
  if (auto const fine = check(options); !fine) return std::unexpected(fine.error());
  bool made = false;
  if (fs::exists(options.directory / "collector.crt") && !options.force)
    return refuse(fmt::format("{} exists; --force replaces it", (options.directory / "collector.crt").string()));
  auto const authority = authority_of(options.directory, made);
  if (!authority) return std::unexpected(authority.error());
  auto out = issue_collector(options, *authority);
  if (!out) return out;
  auto const made_rules = issue_rules(options, *authority);
  if (!made_rules) return std::unexpected(made_rules.error());
  out->made_rules = *made_rules;
  out->made_authority = made;
  out->made_collector = true;
  return out;
}

Result<Enrolled, Refusal> enroll(EnrollOptions const& options, std::string_view node) {
  if (auto const fine = check(options); !fine) return std::unexpected(fine.error());
  if (!tls::valid_node_name(node))
    return refuse(
        fmt::format("\"{}\" is no node name: 1 to 63 of a-z, 0-9, '-' and '.', neither of the latter at an end", node));
  auto const name = tls::lower(node);
  auto const place = options.directory / "nodes" / name;
  if (fs::exists(place / "agent.crt") && !options.force)
    return refuse(
        fmt::format("{} is enrolled already ({}); --force issues a new certificate, and the old one stays valid until "
                    "it is revoked",
                    name, (place / "agent.crt").string()));
  bool made_authority = false, made_collector = false;
  auto const authority = authority_of(options.directory, made_authority);
  if (!authority) return std::unexpected(authority.error());
  if (!fs::exists(options.directory / "collector.crt")) {
    if (auto const issued = issue_collector(options, *authority); !issued) return issued;
    made_collector = true;
  }
  auto const made_rules = issue_rules(options, *authority);
  if (!made_rules) return std::unexpected(made_rules.error());
  for (auto const& directory : {options.directory / "nodes", place})
    if (auto const done = make_directory(directory); !done) return std::unexpected(done.error());
  auto key = make_key();
  auto certificate = make_certificate(key.get(), &*authority, Purpose::agent, name, "DNS:" + name, options.validity);
  if (auto const done = replace_file(place / "agent.key", pem(key.get()), 0600); !done)
    return std::unexpected(done.error());
  if (auto const done = replace_file(place / "agent.crt", pem(certificate.get()), 0644); !done)
    return std::unexpected(done.error());
  if (auto const done = replace_file(place / "ca.crt", pem(authority->certificate.get()), 0644); !done)
    return std::unexpected(done.error());
  auto out = record(options, name, certificate.get());
  if (!out) return out;
  for (auto const* file : {"agent.key", "agent.crt", "ca.crt"})
    out->files.push_back({place / file, options.agent_directory / file});
  out->made_authority = made_authority;
  out->made_collector = made_collector;
  out->made_rules = *made_rules;
  return out;
}

}  // namespace greywatch::collector
