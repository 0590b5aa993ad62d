#include "collector/store/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <utility>

namespace greywatch::collector::sqlite {

namespace {

using Clock = std::chrono::steady_clock;

int past_deadline(void* deadline) { return Clock::now() > *static_cast<Clock::time_point*>(deadline); }

}  // namespace

Statement::Statement(Database& database, std::string_view sql) : database_(database.handle()) {
  if (sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement_,
                         nullptr) != SQLITE_OK)
    fail(sql);
}
Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}
Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(statement_, other.statement_);
  return *this;
}
Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::fail(std::string_view doing) const {
  throw Error(sqlite3_extended_errcode(database_), fmt::format("{} ({})", sqlite3_errmsg(database_), doing));
}

Statement& Statement::bind(int at, std::int64_t value) {
  if (sqlite3_bind_int64(statement_, at, value) != SQLITE_OK) fail("bind");
  return *this;
}
Statement& Statement::bind(int at, double value) {
  if (sqlite3_bind_double(statement_, at, value) != SQLITE_OK) fail("bind");
  return *this;
}
Statement& Statement::bind(int at, std::string_view value) {
  // A null pointer would bind NULL, which is something else than empty text.
  auto const* data = value.data() ? value.data() : "";
  if (sqlite3_bind_text64(statement_, at, data, value.size(), SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK) fail("bind");
  return *this;
}
Statement& Statement::bind(int at, std::nullptr_t) {
  if (sqlite3_bind_null(statement_, at) != SQLITE_OK) fail("bind");
  return *this;
}
Statement& Statement::bind_octets(int at, std::string_view value) {
  auto const* data = value.data() ? value.data() : "";
  if (sqlite3_bind_blob64(statement_, at, data, value.size(), SQLITE_STATIC) != SQLITE_OK) fail("bind");
  return *this;
}

bool Statement::step() {
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      break;
  }
  auto const why = sqlite3_extended_errcode(database_);
  auto const text = fmt::format("{} ({})", sqlite3_errmsg(database_), sqlite3_sql(statement_));
  sqlite3_reset(statement_);
  throw Error(why, text);
}
void Statement::run() {
  while (step()) {
  }
  reset();
}
void Statement::reset() { sqlite3_reset(statement_); }
std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }
bool Statement::null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::string_view Statement::text(int column) const {
  auto const* text = reinterpret_cast<char const*>(sqlite3_column_text(statement_, column));
  return text ? std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
              : std::string_view{};
}
std::string_view Statement::octets(int column) const {
  auto const* data = static_cast<char const*>(sqlite3_column_blob(statement_, column));
  return data ? std::string_view(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
              : std::string_view{};
}

Database::Database(std::filesystem::path const& file, Mode mode) {
  int const flags = mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  int const code =
      sqlite3_open_v2(file.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (code != SQLITE_OK) {
    std::string const text = handle_ ? sqlite3_errmsg(handle_) : "out of memory";
    sqlite3_close_v2(std::exchange(handle_, nullptr));
    throw Error(code, text);
  }
  sqlite3_busy_timeout(handle_, 5000);
  // The file is ours, but whoever can write to it must not be able to run code through views and triggers.
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
}
Database::Database(Database&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), deadline_(std::move(other.deadline_)) {}
Database& Database::operator=(Database&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(deadline_, other.deadline_);
  return *this;
}
Database::~Database() { sqlite3_close_v2(handle_); }

void Database::run(std::string_view sql) {
  std::string const copy(sql);
  if (sqlite3_exec(handle_, copy.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    throw Error(sqlite3_extended_errcode(handle_), fmt::format("{} ({})", sqlite3_errmsg(handle_), sql));
}
std::int64_t Database::integer(std::string_view sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}
std::string Database::text(std::string_view sql) {
  Statement statement(*this, sql);
  return statement.step() ? std::string(statement.text(0)) : std::string{};
}
int Database::changes() const { return sqlite3_changes(handle_); }

void Database::give_up_after(std::int64_t milliseconds) {
  if (!deadline_) deadline_ = std::make_unique<Clock::time_point>();
  *deadline_ = Clock::now() + std::chrono::milliseconds{milliseconds};
  sqlite3_progress_handler(handle_, milliseconds ? 2000 : 0, milliseconds ? past_deadline : nullptr, deadline_.get());
}

bool interrupted(Error const& error) { return (error.code & 0xFF) == SQLITE_INTERRUPT; }

}  // namespace greywatch::collector::sqlite
