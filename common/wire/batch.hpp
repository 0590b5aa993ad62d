#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/wire/message.hpp"

namespace greywatch::link {

/// A finding with the sequence that the agent's spool gave it.
struct Numbered {
  std::uint64_t sequence = 0;
  Finding finding;
};

/// Gathers encoded findings, in rising sequence, into one Batch. One thread; keeps its buffers between batches.
class BatchWriter {
 public:
  BatchWriter();
  ~BatchWriter();
  BatchWriter(BatchWriter&&) noexcept;
  BatchWriter& operator=(BatchWriter&&) noexcept;

  /// False, and nothing changed, when the batch has no room for it.
  bool add(std::uint64_t sequence, Bytes encoded);
  bool empty() const { return count_ == 0; }
  /// Compresses and returns what was added, and starts anew. Only when not empty.
  Batch seal(std::uint64_t epoch);

 private:
  struct Zstd;
  std::unique_ptr<Zstd> zstd_;
  std::string records_;
  std::uint64_t first_ = 0, last_ = 0;
  std::uint32_t count_ = 0;
};

/// Opens batches. One thread; keeps its decompressor.
class BatchReader {
 public:
  BatchReader();
  ~BatchReader();
  BatchReader(BatchReader&&) noexcept;
  BatchReader& operator=(BatchReader&&) noexcept;

  struct Opened {
    std::vector<Numbered> findings;
    std::uint64_t malformed = 0;  ///< findings that were no findings: skipped, the others stand
  };
  /// Untrusted octets. Refused are a size that differs from what the batch announced or exceeds max_batch_octets (known
  /// before any octet is decompressed), sequences that do not rise or leave first…last, and a wrong count.
  Result<Opened> open(Batch const& batch);

 private:
  struct Zstd;
  std::unique_ptr<Zstd> zstd_;
  std::string records_;
};

}  // namespace greywatch::link
