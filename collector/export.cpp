#include "collector/export.hpp"

#include <ostream>

#include "collector/store/reader.hpp"

namespace greywatch::collector {

int export_table(std::filesystem::path const& store_file, std::string const& table, std::optional<Time> since,
                 std::optional<Time> until, std::ostream& out, std::ostream& err) {
  auto reader = StoreReader::open(store_file);
  if (!reader) {
    err << reader.error().text << '\n';
    return 1;
  }
  try {
    (*reader)->each(table, since, until, [&](std::string_view body) { out << body << '\n'; });
  } catch (std::exception const& error) {
    err << store_file.string() << ": " << error.what() << '\n';
    return 1;
  }
  out.flush();
  if (out) return 0;
  err << "the output cannot be written\n";
  return 1;
}

}  // namespace greywatch::collector
