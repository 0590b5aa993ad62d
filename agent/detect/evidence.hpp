#pragma once
#include <string>

#include "agent/detect/knowledge.hpp"
#include "agent/detect/options.hpp"
#include "common/event/finding.hpp"

namespace greywatch::agent::detect {

/// Copies the named fields of a message into a finding; a name that comes again makes a list. Bounded: at most 48
/// names, 32 values of a list, 256 octets of text. What was left out is counted in the field
/// "greywatch.fields_omitted".
class FieldCopy final : public FieldSink {
 public:
  explicit FieldCopy(std::vector<Field>& out) : out_(out) {}
  ~FieldCopy() override;
  void field(std::string_view name, std::uint64_t value) override { add(name, value); }
  void field(std::string_view name, std::int64_t value) override { add(name, value); }
  void field(std::string_view name, double value) override { add(name, value); }
  void field(std::string_view name, bool value) override { add(name, value); }
  void field(std::string_view name, std::string_view text) override { add(name, std::string(text.substr(0, 256))); }

 private:
  void add(std::string_view name, Scalar value);
  std::vector<Field>& out_;
  std::uint64_t omitted_ = 0;
};

/// "192.0.2.7", or the MAC where there is no IP.
std::string text(Endpoint const& endpoint);
std::string text(HostKey const& host);

/// What a message asks or says, in the words of its protocol: "function 16 on address 40001 of unit 3".
std::string describe(DetectionOptions const& options, Observation const& observation);
/// The same of what is remembered, without the object: "function 3 (read)".
std::string describe(DetectionOptions const& options, std::string_view protocol, OperationKey const& operation);

/// The object of a message in words: "address 40001", "object breaker1", "addresses 8 to 11"; empty when it names none.
std::string describe_object(DetectionOptions const& options, Observation const& observation);

/// Up to three clients that are normal for a server, and how many there are: "192.0.2.1 and 4 others"; "nobody".
std::string usual_clients(Knowledge const& knowledge, std::uint32_t server, std::uint32_t protocol);
/// The same for the servers of a client.
std::string usual_servers(Knowledge const& knowledge, std::uint32_t client, std::uint32_t protocol);
/// Up to four operations of that kind that are normal in a relation, objects gathered: "function 3 on 0 to 19, function
/// 16 on 100".
std::string usual_operations(DetectionOptions const& options, Knowledge const& knowledge, std::uint32_t relation,
                             Kind kind);
/// How long the baseline is: "12 days", "5 minutes".
std::string span_of(Knowledge const& knowledge);

}  // namespace greywatch::agent::detect
