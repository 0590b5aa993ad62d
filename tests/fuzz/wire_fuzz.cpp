// links: greywatch::common_wire
// The wire: the first octet says what the rest is: a frame (0), one finding (1), the records of a batch (2).
#include <cstdlib>

#include "common/wire/batch.hpp"
#include "common/wire/codec.hpp"

namespace {

using namespace greywatch;
using namespace greywatch::link;

void require(bool holds) {
  if (!holds) std::abort();
}

/// What was accepted must survive being written and read again; the octets are compared, for a NaN differs from itself.
void same_again(Finding const& finding) {
  std::string once, twice;
  encode(finding, once);
  auto const again = decode(as_bytes(once));
  // The canonical form may be a little longer than what came; only its length may then be refused.
  if (!again) return require(once.size() > max_finding_octets);
  encode(*again, twice);
  require(once == twice);
}

void open(Batch const& batch) {
  static BatchReader reader;
  auto const opened = reader.open(batch);
  if (!opened) return;
  require(opened->findings.size() + opened->malformed == batch.count);
  std::uint64_t before = batch.first - 1;
  for (auto const& [sequence, finding] : opened->findings) {
    require(sequence > before && sequence <= batch.last);
    before = sequence;
    same_again(finding);
  }
}

void frame_of(Bytes octets) {
  auto const message = parse(octets);
  if (!message) return;
  auto const once = frame(*message);
  auto const length = frame_length(as_bytes(once).first(4));
  require(length && *length == once.size() - 4);
  auto const again = parse(as_bytes(once).subspan(4));
  require(again.has_value() && frame(*again) == once);
  if (auto const* batch = std::get_if<Batch>(&*message)) open(*batch);
}

/// Sequence and length of each record come from the input; the rest is compressed as an agent would.
void batch_of(Bytes octets) {
  BatchWriter writer;
  Reader in(octets);
  std::uint64_t sequence = 0;
  while (in.left() > 2) {
    sequence += 1 + in.u8();
    auto const length = std::min<std::size_t>(in.be16(), in.left());
    if (!writer.add(sequence, in.take(length))) break;
  }
  if (!writer.empty()) open(writer.seal(1));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  Bytes const octets(data + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      frame_of(octets);
      break;
    case 1:
      if (auto const finding = decode(octets)) same_again(*finding);
      break;
    default:
      batch_of(octets);
  }
  return 0;
}
