#include "cache_worker/alluxio/served_blocks.h"

#include "cache_worker/store/block_format.h"
#include "common/status.h"

namespace locus::worker {

static_assert(ServedBlock::kReadBytes == kChunkBytes, "one read is one chunk of a block file: it has one sum");

absl::Status StoredServedBlock::Read(uint64_t offset, size_t size, std::string* to) {
  const uint64_t chunk = offset / kChunkBytes;
  const uint64_t skip = offset % kChunkBytes;
  absl::Status status = block_.reader->ReadChunk(chunk, *to);
  if (absl::IsDataLoss(status)) store_.DropDamaged(*file_, index_, block_.serial);
  if (status.ok() && (skip != 0 || size != to->size())) {
    if (skip + size > to->size()) return absl::OutOfRangeError("beyond the end of the block");
    // Not substr in place: a small piece must not hold a whole chunk's memory.
    *to = std::string(*to, skip, size);
  }
  return status;
}

absl::Status OriginServedBlock::Read(uint64_t offset, size_t size, std::string* to) {
  to->resize(size);
  const absl::Status status = origin_.Read(content_, begin_ + offset, size, to->data());
  return absl::IsAborted(status) || absl::IsNotFound(status) ? ChangedFile(content_.path) : status;
}

absl::Status ChangedFile(const std::string& path) {
  return NotFound("'" + path + "' has changed at the under-store since it was listed: list it again");
}

}  // namespace locus::worker
