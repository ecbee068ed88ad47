#include "cache_worker/alluxio/served_blocks.h"

#include "cache_worker/store/block_format.h"
#include "common/status.h"

namespace locus::worker {

static_assert(ServedBlock::kReadBytes == kChunkBytes, "one read is one chunk of a block file: it has one sum");

absl::Status StoredServedBlock::Read(uint64_t offset, size_t size, char* to) {
  const uint64_t chunk = offset / kChunkBytes;
  const uint64_t skip = offset % kChunkBytes;
  const uint64_t length = block_.reader->ChunkLength(chunk);
  if (skip + size > length) return absl::OutOfRangeError("beyond the end of the block");
  // A sum is of a whole chunk.
  std::string whole;
  if (size != length) whole.resize(length);
  const absl::Status status = block_.reader->ReadChunk(chunk, size == length ? to : whole.data());
  if (absl::IsDataLoss(status)) store_.DropDamaged(*file_, index_, block_.serial);
  if (status.ok() && size != length) whole.copy(to, size, skip);
  return status;
}

absl::Status OriginServedBlock::Read(uint64_t offset, size_t size, char* to) {
  const absl::Status status = origin_.Read(content_, begin_ + offset, size, to);
  return absl::IsAborted(status) || absl::IsNotFound(status) ? ChangedFile(content_.path) : status;
}

absl::Status ChangedFile(const std::string& path) {
  return NotFound("'" + path + "' has changed at the under-store since it was listed: list it again");
}

}  // namespace locus::worker
