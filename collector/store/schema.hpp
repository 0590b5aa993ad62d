#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "collector/store/sqlite.hpp"
#include "common/result.hpp"

namespace greywatch::collector {

/// One step of the schema: the SQL that leads from version - 1 to version.
struct Migration {
  std::int64_t version;
  std::string_view sql;
};

/// All steps, oldest first; the last one's version is what this program writes.
std::span<Migration const> migrations();

/// How a file is opened. Above `check_below` octets the quick integrity check is left out, it would read every page.
struct SchemaCheck {
  std::uint64_t check_below = 1ULL << 30;
};

/// Opens or creates the file for writing, checks it and brings it to the newest version, each step in a transaction.
/// Refused with one sentence: a file of another program, of a newer greywatch, a damaged one, one that cannot be read.
Result<sqlite::Database, Refusal> open_for_writing(std::filesystem::path const& file, SchemaCheck const& check = {});

/// Opens an existing file of exactly this version for reading; another process may write to it meanwhile.
Result<sqlite::Database, Refusal> open_for_reading(std::filesystem::path const& file);

}  // namespace greywatch::collector
