#pragma once
#include <array>
#include <optional>

#include "agent/dissect/text/utf16.hpp"

namespace greywatch::agent::tds {

/// Tokens of a response that are read. MS-TDS, 2.2.7.
enum class Token : std::uint8_t {
  return_status = 0x79,
  column_metadata = 0x81,
  error = 0xaa,
  info = 0xab,
  login_ack = 0xad,
  environment_change = 0xe3,
  done = 0xfd,
  done_procedure = 0xfe,
  done_in_procedure = 0xff
};

/// One token with what stands behind its type and length.
struct Element {
  std::uint8_t type = 0;
  Bytes data;
  std::size_t offset = 0;  ///< of the token's type in the payload
  Token kind() const { return static_cast<Token>(type); }
  bool is_done() const { return type >= static_cast<std::uint8_t>(Token::done); }
};

/// Goes through the tokens in front of rows. Stops at the first one whose length depends on others: column metadata and
/// what follows it.
class Tokens {
 public:
  /// `wide`: row counts of DONE have eight octets, as from TDS 7.2 on.
  Tokens(Bytes payload, bool wide) : payload_(payload), wide_(wide) {}
  std::optional<Element> next();
  /// Octets behind the last token that was read.
  std::size_t left() const { return payload_.size() - at_; }
  /// Why it stopped: a token that does not fit into what is left.
  bool cut() const { return cut_; }
  /// … or one that is in no table, or whose length is not told.
  std::uint8_t stopped_at() const { return at_ < payload_.size() ? payload_[at_] : 0; }
  std::size_t at() const { return at_; }

 private:
  Bytes payload_;
  bool wide_;
  std::size_t at_ = 0;
  bool cut_ = false;
};
bool is_known_token(std::uint8_t type);

/// ERROR and INFO. 2.2.7.10, 2.2.7.13.
struct Notice {
  std::uint32_t number = 0;
  std::uint8_t state = 0, severity = 0;
  text::Name message, server, procedure;
  bool whole = false;
};
Notice read_notice(Bytes data);

/// LOGINACK. 2.2.7.14.
struct LoginAck {
  std::uint8_t interface = 0;
  std::uint32_t version = 0;
  text::Name program;
  text::Fixed<24> program_version;
  bool whole = false;
};
LoginAck read_login_ack(Bytes data);

struct Done {
  static constexpr std::uint16_t more = 1, error = 2, attention = 0x20, server_error = 0x100;
  std::uint8_t type = 0;
  std::uint16_t status = 0, command = 0;
  std::uint64_t rows = 0;
  bool failed() const { return (status & (error | server_error)) != 0; }
};
Done read_done(Element const& element, bool wide);
/// The DONE that ends a message, by its place at the end of the last packet; nothing where there is none.
std::optional<Element> last_done(Bytes payload, bool wide);

/// A payload that begins with tokens whose lengths fit one another.
bool looks_like_tokens(Bytes payload, bool whole);

}  // namespace greywatch::agent::tds
