#include "collector/store/schema.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "collector/store/store.hpp"
#include "tests/support/scratch.hpp"

using namespace greywatch;
using namespace greywatch::collector;
using greywatch::test::Scratch;

namespace {

/// A file as the first version left it, with one finding.
void write_version_1(std::filesystem::path const& file) {
  sqlite::Database old(file, sqlite::Database::Mode::read_write);
  old.run(migrations()[0].sql);
  old.run("PRAGMA application_id = 0x47524559; PRAGMA user_version = 1");
  old.run(
      "INSERT INTO finding (event_id, node, time, kind, code, class, p, body) VALUES ('n-1-1', 'n', 5, 'alert', 'c', "
      "'recon', 1, '{}')");
}

}  // namespace

TEST_CASE("versions of the schema count up by one", "[collector][store]") {
  std::int64_t version = 0;
  for (auto const& step : migrations()) CHECK(step.version == ++version);
}

TEST_CASE("a file of the first version is brought to the newest and keeps its rows", "[collector][store]") {
  Scratch const scratch;
  write_version_1(scratch / "s.db");
  CHECK(open_for_reading(scratch / "s.db").error().text.find("has schema 1, run the collector once") !=
        std::string::npos);
  auto database = open_for_writing(scratch / "s.db");
  REQUIRE(database);
  CHECK(database->integer("PRAGMA user_version") == migrations().back().version);
  CHECK(database->integer("SELECT count(*) FROM finding") == 1);
  CHECK(database->integer("SELECT count(*) FROM outbox") == 0);
  Scratch const other;
  auto fresh = open_for_writing(other / "s.db");
  REQUIRE(fresh);
  // What was migrated looks like what is made anew.
  auto const schema =
      "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)";
  CHECK(database->text(schema) == fresh->text(schema));
}

TEST_CASE("a file of a newer greywatch is refused and left as it is", "[collector][store]") {
  Scratch const scratch;
  {
    REQUIRE(open_for_writing(scratch / "s.db"));
  }
  {
    sqlite::Database(scratch / "s.db", sqlite::Database::Mode::read_write).run("PRAGMA user_version = 99");
  }
  auto const refused = open_for_writing(scratch / "s.db");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text ==
        (scratch / "s.db").string() +
            ": was written by a newer greywatch (schema 99, this program knows up to 4); upgrade greywatch");
}

TEST_CASE("a file of another program and one that is no database are refused", "[collector][store]") {
  Scratch const scratch;
  {
    sqlite::Database(scratch / "other.db", sqlite::Database::Mode::read_write).run("CREATE TABLE t (x)");
  }
  CHECK(open_for_writing(scratch / "other.db").error().text.ends_with("is a database of another program"));
  std::ofstream(scratch / "text.db") << std::string(8192, 'x');
  CHECK(open_for_writing(scratch / "text.db").error().text.ends_with("is no SQLite file"));
  CHECK(open_for_writing(scratch / "no/such/folder.db")
            .error()
            .text.ends_with("cannot be opened: no such file or no permission"));
}

TEST_CASE("a damaged file is refused at the start", "[collector][store]") {
  Scratch const scratch;
  {
    auto database = open_for_writing(scratch / "s.db");
    REQUIRE(database);
    for (int i = 0; i < 200; ++i)
      database->run(
          fmt::format("INSERT INTO kv (key, value) VALUES ('{:04}', CAST('{}' AS BLOB))", i, std::string(500, 'v')));
    database->run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  {
    std::fstream file(scratch / "s.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(0, std::ios::end);
    auto const size = static_cast<long>(file.tellp());
    for (long at = 4096 * 15; at < size; at += 4096) {
      file.seekp(at);
      file << std::string(64, '\x5A');
    }
  }
  auto const refused = Store::open({.file = scratch / "s.db"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text.find("is damaged") != std::string::npos);
}
