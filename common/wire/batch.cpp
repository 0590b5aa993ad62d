#include "common/wire/batch.hpp"

#include <zstd.h>

#include <cassert>
#include <new>

#include "common/wire/codec.hpp"

namespace greywatch::link {

namespace {

constexpr std::size_t record_header = 12;

void append_big(std::string& out, std::uint64_t value, unsigned octets) {
  for (unsigned i = octets; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

/// What stays allocated between batches; a large one is given back.
constexpr std::size_t kept_octets = 64 * 1024;

void recycle(std::string& buffer) {
  if (buffer.capacity() > kept_octets) buffer = std::string();
  buffer.clear();
}

}  // namespace

struct BatchWriter::Zstd {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  Zstd() {
    if (!context) throw std::bad_alloc();
  }
  ~Zstd() { ZSTD_freeCCtx(context); }
  Zstd(Zstd const&) = delete;
  Zstd& operator=(Zstd const&) = delete;
};

BatchWriter::BatchWriter() : zstd_(std::make_unique<Zstd>()) {}
BatchWriter::~BatchWriter() = default;
BatchWriter::BatchWriter(BatchWriter&&) noexcept = default;
BatchWriter& BatchWriter::operator=(BatchWriter&&) noexcept = default;

bool BatchWriter::add(std::uint64_t sequence, Bytes encoded) {
  assert(encoded.size() <= max_finding_octets && (count_ == 0 || sequence > last_));
  if (count_ == max_batch_findings || records_.size() + record_header + encoded.size() > max_batch_octets) return false;
  append_big(records_, sequence, 8);
  append_big(records_, encoded.size(), 4);
  records_ += as_text(encoded);
  if (count_++ == 0) first_ = sequence;
  last_ = sequence;
  return true;
}

Batch BatchWriter::seal(std::uint64_t epoch) {
  assert(!empty());
  Batch batch{.epoch = epoch,
              .first = first_,
              .last = last_,
              .count = count_,
              .octets = static_cast<std::uint32_t>(records_.size()),
              .findings = std::string(ZSTD_compressBound(records_.size()), '\0')};
  constexpr int level = 1;
  auto const size = ZSTD_compressCCtx(zstd_->context, batch.findings.data(), batch.findings.size(), records_.data(),
                                      records_.size(), level);
  if (ZSTD_isError(size)) throw std::bad_alloc();  // with a large enough buffer only memory can fail
  batch.findings.resize(size);
  recycle(records_);
  count_ = 0;
  return batch;
}

struct BatchReader::Zstd {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  Zstd() {
    if (!context) throw std::bad_alloc();
  }
  ~Zstd() { ZSTD_freeDCtx(context); }
  Zstd(Zstd const&) = delete;
  Zstd& operator=(Zstd const&) = delete;
};

BatchReader::BatchReader() : zstd_(std::make_unique<Zstd>()) {}
BatchReader::~BatchReader() = default;
BatchReader::BatchReader(BatchReader&&) noexcept = default;
BatchReader& BatchReader::operator=(BatchReader&&) noexcept = default;

Result<BatchReader::Opened> BatchReader::open(Batch const& batch) {
  auto const refused = [](std::size_t offset, std::string_view field) {
    return fail({Defect::bad_value, offset, field});
  };
  if (batch.octets > max_batch_octets || batch.count > max_batch_findings) return refused(0, "batch.octets");
  if (batch.octets < batch.count * record_header) return refused(0, "batch.count");
  if (ZSTD_getFrameContentSize(batch.findings.data(), batch.findings.size()) != batch.octets)
    return refused(0, "batch.octets");
  records_.resize(batch.octets);
  auto const size = ZSTD_decompressDCtx(zstd_->context, records_.data(), records_.size(), batch.findings.data(),
                                        batch.findings.size());
  if (ZSTD_isError(size) || size != batch.octets) return refused(0, "batch.findings");
  Opened out;
  out.findings.reserve(batch.count);
  Reader in(as_bytes(records_));
  std::uint64_t before = batch.first - 1;
  for (std::uint32_t i = 0; i < batch.count; ++i) {
    auto const sequence = in.be64();
    auto const length = in.be32();
    auto const octets = in.take(length);
    if (!in) return fail(in.error("batch.findings"));
    if (sequence <= before || sequence > batch.last) return refused(in.at(), "batch.sequence");
    before = sequence;
    if (auto finding = decode(octets))
      out.findings.push_back({sequence, std::move(*finding)});
    else
      ++out.malformed;
  }
  if (in.left()) return fail({Defect::trailing, in.at(), "batch.findings"});
  if (before != batch.last) return refused(in.at(), "batch.last");
  recycle(records_);
  return out;
}

}  // namespace greywatch::link
