#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "collector/intake.hpp"
#include "collector/store/reader.hpp"

namespace greywatch::collector {

/// The folder that other programs put declared causes into: each file `*.ndjson` is read once. It is known again by its
/// content, so it may stay, be renamed or be removed, and the folder need not be writable. A file that is still being
/// written is left until it was the same in two looks. One thread.
class ContextFolder {
 public:
  static constexpr std::uintmax_t longest_file = 8 << 20;
  static constexpr std::size_t most_files = 10'000, told_lines = 20;

  ContextFolder(std::filesystem::path folder, ContextIntake& intake, std::unique_ptr<StoreReader> reader);

  /// Reads what is new. Lines that are no causes are logged as file:line:column and counted; the others of the file
  /// stand. What the store cannot take now is tried again.
  void look(Time now);

 private:
  struct Seen {
    std::uintmax_t size = 0;
    std::filesystem::file_time_type written;
    bool done = false;
    Time again;  ///< not before
    bool same(Seen const& other) const { return size == other.size && written == other.written; }
  };
  void read(std::filesystem::path const& file, Seen& seen, Time now);
  void tell_once(std::string trouble);

  std::filesystem::path folder_;
  ContextIntake& intake_;
  std::unique_ptr<StoreReader> reader_;
  std::map<std::string, Seen> seen_;
  std::string trouble_;
};

/// The NDJSON lines of a text that are not empty, numbered from 1.
std::vector<std::pair<std::size_t, std::string_view>> numbered_lines(std::string_view text);

}  // namespace greywatch::collector
