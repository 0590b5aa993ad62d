#pragma once
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "common/result.hpp"

struct ssl_ctx_st;
struct x509_st;

namespace greywatch::tls {

/// The three PEM files of one end of the link.
struct Files {
  std::filesystem::path certificate;  ///< own, with intermediates if any
  std::filesystem::path key;          ///< of it; must not be readable by others
  std::filesystem::path authority;    ///< whom to believe; nobody else is, the system's list neither
};

/// Certificates that are valid but no longer welcome. One entry a line: a serial in hexadecimal, or "node NAME"; "#"
/// starts a comment.
struct Revoked {
  std::set<std::string> serials;  ///< upper case, no leading zeros, no colons
  std::set<std::string> nodes;    ///< lower case
};
/// An error names file and line. At most 100,000 entries.
Result<Revoked, Refusal> load_revoked(std::filesystem::path const& file);

/// What one end needs for TLS 1.3 with certificates on both sides. Cheap to copy; immutable, so any thread may use it.
class Context {
 public:
  /// For the end that dials. Refuses files that cannot be read, a key that is not the certificate's, one that others
  /// may read, and a certificate that has expired.
  static Result<Context, Refusal> client(Files const& files);
  /// For the end that listens: peers need a certificate of the authority for client authentication; serials in
  /// `revoked` fail the handshake.
  static Result<Context, Refusal> server(Files const& files, Revoked revoked);

  ssl_ctx_st* native() const;
  Revoked const& revoked() const;
  /// Seconds since 1970 when the own certificate expires.
  std::int64_t expires() const;

 private:
  struct State;
  explicit Context(std::shared_ptr<State const> state) : state_(std::move(state)) {}
  static Result<std::shared_ptr<State>, Refusal> make(Files const& files, bool server);
  std::shared_ptr<State const> state_;
};

/// Who the other end is, as its certificate says.
struct Peer {
  std::string common_name;   ///< lower case; empty when there is none, several, or one with odd characters
  std::string serial;        ///< upper-case hexadecimal
  std::int64_t expires = 0;  ///< seconds since 1970
};
Peer peer_of(x509_st const* certificate);

/// "a node name has 1 to 63 characters of a-z, 0-9, '-' and '.'": letters of any case, no '.' or '-' at either end.
bool valid_node_name(std::string_view name);
std::string lower(std::string_view text);

}  // namespace greywatch::tls
