#pragma once
#include <optional>

#include "agent/dissect/text/utf16.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::tds {

/// What a batch begins with. Not a parser of SQL: its first word, and the word behind FROM, INTO, TABLE, …
struct Statement {
  text::Name text;          ///< the beginning; ends before a word that a secret may follow
  text::Fixed<24> verb;     ///< in capitals
  text::Fixed<128> object;  ///< as it is written, without brackets
  Operation operation = Operation::other;
};
Statement read_statement(Bytes utf16);

/// Is xp_cmdshell in the text, however it is written?
bool says_command_shell(Bytes utf16);

/// One RPC of a request. MS-TDS, 2.2.6.6.
struct Call {
  std::optional<std::uint16_t> number;  ///< of a procedure that is called by number
  text::Name name;                      ///< as sent, or what the number stands for
  std::uint16_t options = 0;
  std::optional<Statement> statement;  ///< of sp_executesql
  bool whole = false;
};
/// `payload` behind ALL_HEADERS.
Call read_call(Bytes payload);

}  // namespace greywatch::agent::tds
