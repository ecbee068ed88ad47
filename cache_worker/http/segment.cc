#include "cache_worker/http/segment.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "common/status.h"

namespace locus::worker {
namespace {

// Memory that one answer holds for bytes that no block file has.
constexpr uint64_t kPastCacheBytes = 256 << 10;
// What a disk is told to begin with; it reads on by itself.
constexpr uint64_t kAheadBytes = 4 << 20;

// Hints: what comes of them is seen by the clock alone.
void TellKernel(const BlockStore::Sendable& block, uint64_t offset) {
  if (block.tier == Tier::kMem) return;
  static_cast<void>(::posix_fadvise(block.descriptor.get(), 0, 0, POSIX_FADV_SEQUENTIAL));
  static_cast<void>(::posix_fadvise(block.descriptor.get(), static_cast<off_t>(offset),
                                    static_cast<off_t>(std::min(kAheadBytes, block.bytes - offset)),
                                    POSIX_FADV_WILLNEED));
}

}  // namespace

ssize_t Segment::ReadAt(uint64_t offset, char* to, size_t max) const {
  const size_t size = std::min<uint64_t>(max, end_ - offset);
  if (!block_) {
    bytes_.copy(to, size, offset - begin_);
    return static_cast<ssize_t>(size);
  }
  ssize_t got = 0;
  do {
    got = ::pread(block_->descriptor.get(), to, size, static_cast<off_t>(offset - block_begin_));
  } while (got < 0 && errno == EINTR);
  return got;
}

std::optional<Segment::InFile> Segment::Release() {
  if (!block_) return std::nullopt;
  return InFile{block_->descriptor.Release(), begin_ - block_begin_};
}

absl::StatusOr<Segment> SegmentOpener::Open(const FileFacts& file, uint64_t at, uint64_t end, bool counts) {
  const uint64_t block = at / file.block_bytes;
  if (block > std::numeric_limits<uint32_t>::max()) return NotFound("not cached");
  LOCUS_ASSIGN_OR_RETURN(BlockStore::Sendable sendable, reads_.OpenForSend(file, static_cast<uint32_t>(block), counts));
  const uint64_t block_begin = block * file.block_bytes;
  TellKernel(sendable, at - block_begin);
  return Segment(std::move(sendable), block_begin, at, std::min(end, block_begin + BlockLength(file, block)));
}

absl::StatusOr<Segment> SegmentOpener::FromCache(const std::shared_ptr<const FileFacts>& file, uint64_t at,
                                                 uint64_t end) {
  return Open(*file, at, end, /*counts=*/true);
}

absl::StatusOr<Segment> SegmentOpener::Fetched(const std::shared_ptr<const FileFacts>& file, uint64_t at, uint64_t end,
                                               uint64_t& past_until) {
  const uint64_t block = at / file->block_bytes;
  const absl::Status cached = reads_.Ensure(file, block, {}, cancelled_).status();
  if (!cached.ok() && !absl::IsResourceExhausted(cached)) return cached;
  if (cached.ok()) {
    absl::StatusOr<Segment> segment = Open(*file, at, end, /*counts=*/false);
    if (segment.ok()) return segment;
  }
  // Full, failing, or evicted again at once.
  reads_.NoteBypassed();
  past_until = std::min(end, block * file->block_bytes + BlockLength(*file, block));
  return PastCache(file, at, past_until);
}

absl::StatusOr<Segment> SegmentOpener::PastCache(const std::shared_ptr<const FileFacts>& file, uint64_t at,
                                                 uint64_t end) {
  std::string bytes(std::min(kPastCacheBytes, end - at), '\0');
  LOCUS_RETURN_IF_ERROR(reads_.ReadPast(*file, at, bytes.size(), bytes.data(), cancelled_));
  return Segment(std::move(bytes), at);
}

}  // namespace locus::worker
