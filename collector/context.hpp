#pragma once
#include <string>
#include <string_view>

#include "collector/inventory.hpp"
#include "common/result.hpp"
#include "common/time.hpp"

namespace greywatch::collector {

/// A declared cause as the collector keeps it: what was said, who said so (`declared.source`), when, and how it came
/// here.
struct ContextEntry {
  std::string id;  ///< of its content: the same cause said twice by the same source is one entry
  Declared declared;
  Time received;    ///< wall time
  std::string via;  ///< "api 192.0.2.7", "folder storms.ndjson:3", "file context.ndjson:1"
};

/// Reads what somebody tells a running collector: as `read_declared`, but `published` may be missing (it is then
/// `received`) and `source` may not.
Result<ContextEntry, Refusal> read_context(std::string_view json, Time received, std::string via);

/// The entry of a cause that was read already.
ContextEntry make_entry(Declared declared, Time received, std::string via);

/// Appends the keys of DESIGN 3.3 with id, received and via as one NDJSON line; `read_declared` takes it back.
void write_ndjson(ContextEntry const& entry, std::string& out);

}  // namespace greywatch::collector
