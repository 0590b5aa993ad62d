#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

/// The little of SQLite that the store uses, owned and typed. One connection belongs to one thread at a time.
namespace greywatch::collector::sqlite {

/// What a disk or a damaged file did. `code` is SQLite's extended result code.
struct Error : std::runtime_error {
  Error(int result, std::string const& text) : std::runtime_error(text), code(result) {}
  int code;
};

class Database;

/// A prepared statement. Numbers of parameters and columns as in SQLite: parameters from 1, columns from 0.
class Statement {
 public:
  Statement() = default;
  Statement(Database& database, std::string_view sql);
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  Statement& bind(int at, std::int64_t value);
  Statement& bind(int at, double value);
  /// The text must live until the statement is reset.
  Statement& bind(int at, std::string_view value);
  Statement& bind(int at, std::nullptr_t);
  /// Any octets; they must live until the statement is reset.
  Statement& bind_octets(int at, std::string_view value);
  Statement& bind(int at, std::optional<double> value) { return value ? bind(at, *value) : bind(at, nullptr); }

  /// True when a row is there.
  bool step();
  /// Runs to its end and makes it ready again.
  void run();
  void reset();
  std::int64_t integer(int column) const;
  double real(int column) const;
  bool null(int column) const;
  std::string_view text(int column) const;    ///< borrowed until the next step
  std::string_view octets(int column) const;  ///< the same of a BLOB

 private:
  [[noreturn]] void fail(std::string_view doing) const;
  sqlite3* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
};

/// Resets a statement at the end of a scope, so that no read transaction stays open (it would keep the log from
/// shrinking).
class Use {
 public:
  explicit Use(Statement& statement) : statement_(statement) {}
  Use(Use const&) = delete;
  ~Use() { statement_.reset(); }

 private:
  Statement& statement_;
};

class Database {
 public:
  enum class Mode { read_only, read_write };
  Database() = default;
  Database(std::filesystem::path const& file, Mode mode);
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;
  ~Database();

  void run(std::string_view sql);  ///< one or several statements without parameters
  std::int64_t integer(std::string_view sql);
  std::string text(std::string_view sql);
  int changes() const;
  sqlite3* handle() const { return handle_; }
  /// Statements give up after this long, with code SQLITE_INTERRUPT; zero means never. Counted from each call of this.
  void give_up_after(std::int64_t milliseconds);

 private:
  sqlite3* handle_ = nullptr;
  std::unique_ptr<std::chrono::steady_clock::time_point> deadline_;
};

bool interrupted(Error const& error);

}  // namespace greywatch::collector::sqlite
