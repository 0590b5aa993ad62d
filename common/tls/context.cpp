#include "common/tls/context.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>

#include "common/openssl/openssl.hpp"

namespace greywatch::tls {

struct Context::State {
  SSL_CTX* context = nullptr;
  Revoked revoked;
  std::int64_t expires = 0;
  State() = default;
  ~State() { SSL_CTX_free(context); }
  State(State const&) = delete;
  State& operator=(State const&) = delete;
};

namespace {

constexpr std::size_t max_revoked = 100'000;

std::string serial_of(const X509* certificate) {
  auto* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  char* hex = number ? BN_bn2hex(number) : nullptr;
  std::string out(hex ? hex : "");
  OPENSSL_free(hex);
  BN_free(number);
  out.erase(0, std::min(out.find_first_not_of('0'), out.size()));
  return out;
}

/// Called for each certificate of the peer's chain. A revoked one turns "fine" into "revoked".
int verify(int fine, X509_STORE_CTX* store) {
  if (!fine) return 0;
  auto const* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto const* revoked = static_cast<Revoked const*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  if (!revoked || !revoked->serials.contains(serial_of(X509_STORE_CTX_get_current_cert(store)))) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REVOKED);
  return 0;
}

Result<void, Refusal> readable(std::filesystem::path const& path, std::string_view what, bool secret) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) < 0)
    return refuse(fmt::format("{} file {}: {}", what, path.string(), std::strerror(errno)));
  if (!S_ISREG(facts.st_mode)) return refuse(fmt::format("{} file {} is no file", what, path.string()));
  if (secret && facts.st_mode & (S_IROTH | S_IWOTH))
    return refuse(fmt::format("{} file {} may be read by everyone; use chmod o= on it", what, path.string()));
  return {};
}

std::int64_t unix_seconds(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? static_cast<std::int64_t>(::timegm(&parts)) : 0;
}

}  // namespace

Result<std::shared_ptr<Context::State>, Refusal> Context::make(Files const& files, bool server) {
  for (auto const& [path, what, secret] :
       {std::tuple{&files.certificate, "certificate", false}, std::tuple{&files.key, "key", true},
        std::tuple{&files.authority, "authority", false}})
    if (auto const checked = readable(*path, what, secret); !checked) return std::unexpected(checked.error());
  ERR_clear_error();
  auto state = std::make_shared<State>();
  state->context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
  if (!state->context) throw std::runtime_error("OpenSSL gives no context: " + openssl::error());
  auto* context = state->context;
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
  // Thousands of idle connections: buffers live only while there is something in them, and nobody resumes sessions, for
  // a resumed one would skip the look at the revoked.
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verify);
  SSL_CTX_set_verify_depth(context, 4);
  if (SSL_CTX_load_verify_file(context, files.authority.c_str()) != 1)
    return refuse(fmt::format("authority file {}: {}", files.authority.string(), openssl::error()));
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    return refuse(fmt::format("certificate file {}: {}", files.certificate.string(), openssl::error()));
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    auto const why = openssl::error();
    if (why.find("mismatch") != std::string::npos)
      return refuse(
          fmt::format("key file {} does not belong to certificate {}", files.key.string(), files.certificate.string()));
    return refuse(fmt::format("key file {}: {}", files.key.string(), why));
  }
  state->expires = unix_seconds(X509_get0_notAfter(SSL_CTX_get0_certificate(context)));
  if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(context))) < 0)
    return refuse(fmt::format("certificate {} has expired; enroll anew", files.certificate.string()));
  return state;
}

Result<Context, Refusal> Context::client(Files const& files) {
  auto state = make(files, false);
  if (!state) return std::unexpected(state.error());
  return Context(std::move(*state));
}

Result<Context, Refusal> Context::server(Files const& files, Revoked revoked) {
  auto state = make(files, true);
  if (!state) return std::unexpected(state.error());
  (*state)->revoked = std::move(revoked);
  SSL_CTX_set_app_data((*state)->context, &(*state)->revoked);
  return Context(std::move(*state));
}

ssl_ctx_st* Context::native() const { return state_->context; }
Revoked const& Context::revoked() const { return state_->revoked; }
std::int64_t Context::expires() const { return state_->expires; }

Result<Revoked, Refusal> load_revoked(std::filesystem::path const& file) {
  std::ifstream in(file);
  if (!in) return refuse(fmt::format("revocation file {}: {}", file.string(), std::strerror(errno)));
  Revoked out;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    line.resize(std::min(line.find('#'), line.size()));
    auto const first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos) continue;
    line = line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
    if (line.starts_with("node ")) {
      auto const name = line.substr(line.find_first_not_of(' ', 4));
      if (!valid_node_name(name))
        return refuse(fmt::format("{}:{}: \"{}\" is no node name", file.string(), number, name));
      out.nodes.insert(lower(name));
    } else {
      std::string serial;
      for (char c : line) {
        if (c == ':') continue;
        if (!std::isxdigit(static_cast<unsigned char>(c)))
          return refuse(fmt::format("{}:{}: \"{}\" is neither a serial in hexadecimal nor \"node NAME\"", file.string(),
                                    number, line));
        serial += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      }
      serial.erase(0, std::min(serial.find_first_not_of('0'), serial.size()));
      out.serials.insert(serial);
    }
    if (out.serials.size() + out.nodes.size() > max_revoked)
      return refuse(fmt::format("{}:{}: more than {} entries", file.string(), number, max_revoked));
  }
  return out;
}

Peer peer_of(x509_st const* certificate) {
  Peer out;
  if (!certificate) return out;
  out.serial = serial_of(certificate);
  out.expires = unix_seconds(X509_get0_notAfter(certificate));
  auto const* subject = X509_get_subject_name(certificate);
  int const at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return out;
  unsigned char* text = nullptr;
  int const length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (length > 0) out.common_name.assign(reinterpret_cast<char*>(text), static_cast<std::size_t>(length));
  OPENSSL_free(text);
  if (!valid_node_name(out.common_name)) out.common_name.clear();
  out.common_name = lower(out.common_name);
  return out;
}

bool valid_node_name(std::string_view name) {
  if (name.empty() || name.size() > 63) return false;
  for (char c : lower(name))
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.')) return false;
  auto const edge = [](char c) { return c == '.' || c == '-'; };
  return !edge(name.front()) && !edge(name.back());
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace greywatch::tls
