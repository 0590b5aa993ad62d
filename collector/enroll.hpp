#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"
#include "common/time.hpp"

namespace greywatch::collector {

/// The small certificate authority of one collector. All of it lies in one directory:
///   ca.key ca.crt                  the authority, made on first use; ca.key can be moved off-line between enrolments
///   collector.key collector.crt    the collector's own certificate, made on first use
///   rules.key rules.crt            the Ed25519 key that signs rule packs; made again when it soon expires
///   nodes/NAME/{agent.key,agent.crt,ca.crt}   what goes to the node NAME
///   issued                         one line a certificate: serial, name, expiry; serials for the revocation file
/// Other keys are EC P-256; all have mode 0600, directories 0700. Files are replaced whole (temporary name, flush,
/// rename).
struct EnrollOptions {
  std::filesystem::path directory;
  std::vector<std::string> collector_names;  ///< host names and addresses that agents dial; needed when the collector's
                                             ///< certificate is made. The first is its common name.
  std::filesystem::path agent_directory = "/etc/greywatch/agent";  ///< where the files belong on the node
  std::chrono::days validity{730};  ///< of node and collector certificates, 1 to 3650 days
  bool force = false;               ///< replace what is there
};

/// One file to carry to the node.
struct Carry {
  std::filesystem::path from, to;
};

struct Enrolled {
  std::string node;    ///< in lower case
  std::string serial;  ///< upper-case hexadecimal, as the revocation file wants it
  Time expires;
  std::vector<Carry> files;     ///< agent.key, agent.crt, ca.crt
  bool made_authority = false;  ///< this call made the authority …
  bool made_collector = false;  ///< … and the collector's certificate
  bool made_rules = false;      ///< … and the key that signs rule packs
};

/// Issues a certificate for a node; makes the authority and the collector's certificate when they are missing. Refuses
/// a name that is none (tls::valid_node_name), one that is enrolled already unless `force`, and a directory whose files
/// are damaged or incomplete.
Result<Enrolled, Refusal> enroll(EnrollOptions const& options, std::string_view node);

/// Issues the collector's certificate anew, for its renewal or for other names; needs `force` when there is one.
Result<Enrolled, Refusal> enroll_collector(EnrollOptions const& options);

}  // namespace greywatch::collector
