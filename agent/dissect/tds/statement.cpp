#include "agent/dissect/tds/statement.hpp"

#include <algorithm>
#include <array>

namespace greywatch::agent::tds {
namespace {

struct Verb {
  std::string_view word;
  Operation operation;
  std::string_view before;  ///< the word that stands in front of the object; empty: the verb itself
};
constexpr Verb verbs[] = {
    {"SELECT", Operation::read, "FROM"},
    {"INSERT", Operation::write, "INTO"},
    {"UPDATE", Operation::write, ""},
    {"DELETE", Operation::write, "FROM"},
    {"MERGE", Operation::write, "INTO"},
    {"TRUNCATE", Operation::write, "TABLE"},
    {"CREATE", Operation::configure, "+"},
    {"ALTER", Operation::configure, "+"},
    {"DROP", Operation::configure, "+"},
    {"GRANT", Operation::configure, "ON"},
    {"REVOKE", Operation::configure, "ON"},
    {"DENY", Operation::configure, "ON"},
    {"RECONFIGURE", Operation::configure, "?"},
    {"SHUTDOWN", Operation::control, "?"},
    {"KILL", Operation::control, ""},
    {"BACKUP", Operation::file, "+"},
    {"RESTORE", Operation::file, "+"},
    {"BULK", Operation::file, "INSERT"},
    {"EXEC", Operation::other, ""},
    {"EXECUTE", Operation::other, ""},
    {"USE", Operation::session, ""},
    {"SET", Operation::session, "?"},
};

/// Behind these a secret may follow.
constexpr std::string_view secrets[] = {"password",   "pwd",           "sp_addlogin", "sp_addlinkedsrvlogin",
                                        "openrowset", "opendatasource"};

constexpr std::string_view procedures[] = {"",
                                           "sp_cursor",
                                           "sp_cursoropen",
                                           "sp_cursorprepare",
                                           "sp_cursorexecute",
                                           "sp_cursorprepexec",
                                           "sp_cursorunprepare",
                                           "sp_cursorfetch",
                                           "sp_cursoroption",
                                           "sp_cursorclose",
                                           "sp_executesql",
                                           "sp_prepare",
                                           "sp_execute",
                                           "sp_prepexec",
                                           "sp_prepexecrpc",
                                           "sp_unprepare"};

bool is_word(char letter) {
  auto const octet = static_cast<std::uint8_t>(letter);
  return octet >= 0x80 || text::is_digit(octet) || (text::lower(octet) >= 'a' && text::lower(octet) <= 'z') ||
         letter == '_' || letter == '@' || letter == '#' || letter == '$';
}

std::size_t find_ignoring_case(std::string_view in, std::string_view word) {
  auto const same = [](char one, char other) {
    return text::lower(static_cast<std::uint8_t>(one)) == text::lower(static_cast<std::uint8_t>(other));
  };
  auto const found = std::ranges::search(in, word, same);
  return found.empty() && !word.empty() ? std::string_view::npos : static_cast<std::size_t>(found.begin() - in.begin());
}

/// Words of a text, without blanks and comments between them.
class Words {
 public:
  explicit Words(std::string_view text) : left_(text) {}

  /// The next word, number or sign; empty at the end.
  std::string_view next() {
    skip();
    std::size_t length = 0;
    while (length < left_.size() && is_word(left_[length])) ++length;
    if (length == 0 && !left_.empty()) length = 1;
    return take(length);
  }
  /// The next name, of several parts, without brackets and quotes around them.
  void name(text::Fixed<128>& out) {
    skip();
    while (!left_.empty()) {
      char const first = left_.front();
      if (first == '[' || first == '"') {
        auto const end = left_.find(first == '[' ? ']' : '"', 1);
        auto const part = left_.substr(1, end == std::string_view::npos ? end : end - 1);
        out.put(part);
        take(end == std::string_view::npos ? left_.size() : end + 1);
      } else if (is_word(first) || first == '.') {
        out.put(take(1));
      } else {
        return;
      }
    }
  }

 private:
  std::string_view take(std::size_t length) {
    auto const taken = left_.substr(0, length);
    left_.remove_prefix(taken.size());
    return taken;
  }
  void skip() {
    for (;;) {
      while (!left_.empty() && (static_cast<std::uint8_t>(left_.front()) <= ' ' || left_.front() == ';'))
        left_.remove_prefix(1);
      if (left_.starts_with("--")) {
        auto const end = left_.find('\n');
        left_.remove_prefix(end == std::string_view::npos ? left_.size() : end + 1);
      } else if (left_.starts_with("/*")) {
        auto const end = left_.find("*/", 2);
        left_.remove_prefix(end == std::string_view::npos ? left_.size() : end + 2);
      } else {
        return;
      }
    }
  }
  std::string_view left_;
};

}  // namespace

Statement read_statement(Bytes utf16) {
  Statement said;
  auto const whole = text::from_utf16(utf16);
  auto shown = whole.view();
  for (auto const secret : secrets) shown = shown.substr(0, find_ignoring_case(shown, secret));
  said.text.put(shown);
  Words words(shown);
  for (char letter : words.next())
    said.verb.put(static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter));
  auto const verb = std::ranges::find(verbs, said.verb.view(), &Verb::word);
  if (verb == std::end(verbs)) return said;
  said.operation = verb->operation;
  if (verb->before == "?") return said;
  if (verb->before == "+") {
    words.next();  // what is created: TABLE, LOGIN, PROCEDURE
  } else if (!verb->before.empty()) {
    for (auto word = words.next(); !text::equal_ignoring_case(word, verb->before); word = words.next())
      if (word.empty()) return said;
  }
  words.name(said.object);
  return said;
}

bool says_command_shell(Bytes utf16) {
  constexpr std::string_view word = "xp_cmdshell";
  if (utf16.size() < word.size() * 2) return false;
  for (std::size_t at = 0; at + word.size() * 2 <= utf16.size(); ++at) {
    std::size_t same = 0;
    while (same < word.size() && text::lower(utf16[at + same * 2]) == static_cast<std::uint8_t>(word[same]) &&
           utf16[at + same * 2 + 1] == 0)
      ++same;
    if (same == word.size()) return true;
  }
  return false;
}

Call read_call(Bytes payload) {
  constexpr std::uint16_t by_number = 0xffff, execute_sql = 10;
  constexpr std::uint8_t nvarchar = 0xe7, ntext = 0x63;
  Reader in(payload);
  Call call;
  auto const length = in.le16();
  if (length == by_number) {
    call.number = in.le16();
    if (*call.number < std::size(procedures)) call.name.put(procedures[*call.number]);
  } else {
    call.name = text::from_utf16(in.take(std::size_t{length} * 2));
  }
  call.options = in.le16();
  call.whole = static_cast<bool>(in);
  if (!call.whole) return call;
  if (call.number != execute_sql && !text::equal_ignoring_case(call.name.view(), "sp_executesql")) return call;
  // The first parameter is the statement: NVARCHAR, in one piece or in chunks, or NTEXT. 2.2.5.4.
  in.skip(std::size_t{in.u8()} * 2);
  in.skip(1);
  std::size_t octets = 0;
  switch (in.u8()) {
    case nvarchar: {
      auto const most = in.le16();
      in.skip(5);  // collation
      if (most == 0xffff) {
        in.skip(8);
        octets = in.le32();
      } else {
        octets = in.le16();
      }
      break;
    }
    case ntext:
      in.skip(4 + 5);
      octets = in.le32();
      break;
    default:
      return call;
  }
  if (!in) return call;
  call.statement = read_statement(in.take(std::min(octets, in.left())));
  return call;
}

}  // namespace greywatch::agent::tds
