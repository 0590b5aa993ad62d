#include "agent/spool_command.hpp"

#include <fmt/format.h>

#include <string>

#include "agent/config.hpp"
#include "agent/ship/spool_list.hpp"
#include "common/event/ndjson.hpp"
#include "common/wire/codec.hpp"

namespace greywatch::agent {

int list_waiting(std::filesystem::path const& config_file, std::FILE* out, std::FILE* errors) {
  auto const config = load_config(config_file);
  if (!config) {
    fmt::print(errors, "{}\n", config.error().text);
    return 1;
  }
  std::uint64_t foreign = 0;  // good records whose content this version cannot read
  bool written = true;
  std::string line;
  auto const listing = list_spool(config->state / "spool", [&](std::uint64_t epoch, SpoolRecord&& record) {
    auto finding = link::decode(as_bytes(record.payload));
    if (!finding) {
      ++foreign;
      return;
    }
    // As the collector will: the identity follows from the node and the place in the spool.
    finding->node = config->node;
    finding->id = link::event_id(config->node, epoch, record.sequence);
    line.clear();
    write_ndjson(*finding, line);
    written = written && std::fwrite(line.data(), 1, line.size(), out) == line.size();
  });
  if (!listing) {
    fmt::print(errors, "{}\n", listing.error().text);
    return 1;
  }
  written = std::fflush(out) == 0 && written;
  auto const say = [&](std::uint64_t count, std::string_view what) {
    if (count) fmt::print(errors, "{} {}\n", count, what);
  };
  if (!written) fmt::print(errors, "the output did not take everything\n");
  if (listing->state_lost && listing->waiting)
    fmt::print(errors, "the spool's state file is lost: findings that the collector has may be among these\n");
  say(listing->torn, "torn tail(s): what was being written when the agent or the machine died");
  say(listing->damaged, "damaged place(s) were skipped");
  say(listing->unreadable, "segment file(s) could not be read");
  say(foreign, "record(s) that this version cannot read");
  fmt::print(errors, "{} finding(s) wait\n", listing->waiting - foreign);
  return written && !listing->damaged && !listing->unreadable && !foreign ? 0 : 1;
}

}  // namespace greywatch::agent
