// A run of a content's bytes, ready to be handed out.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "cache_worker/store/read_through.h"

namespace locus::worker {

// Lies in one block. Movable; not thread-safe. Offsets are those of the file.
class Segment {
 public:
  // Of a block file, the block's first byte being `block_begin` in the file.
  Segment(BlockStore::Sendable block, uint64_t block_begin, uint64_t begin, uint64_t end)
      : block_(std::move(block)), block_begin_(block_begin), begin_(begin), end_(end) {}
  // Read past the cache.
  Segment(std::string bytes, uint64_t begin) : bytes_(std::move(bytes)), begin_(begin), end_(begin + bytes_.size()) {}

  uint64_t begin() const { return begin_; }
  uint64_t end() const { return end_; }
  // Nothing: the under-store.
  std::optional<Tier> source() const {
    if (!block_) return std::nullopt;
    return block_->tier;
  }

  // At least one byte from `offset`, which lies within. Not positive: the block file cannot be read.
  ssize_t ReadAt(uint64_t offset, char* to, size_t max) const;

  // The block file and the place in it, for a segment that has one: the descriptor is the caller's then, and the
  // segment is of no more use.
  struct InFile {
    int fd = -1;
    uint64_t offset = 0;
  };
  std::optional<InFile> Release();

 private:
  std::optional<BlockStore::Sendable> block_;
  std::string bytes_;
  uint64_t block_begin_ = 0;
  uint64_t begin_ = 0;
  uint64_t end_ = 0;
};

// Thread-safe.
class SegmentOpener {
 public:
  // `reads` must outlive it. `cancelled`: as of ReadThrough::Read.
  SegmentOpener(ReadThrough& reads, Cancelled cancelled) : reads_(reads), cancelled_(std::move(cancelled)) {}

  // What is cached from `at` on, to `end` or the end of the block, whichever is first. NOT_FOUND: nothing is; other
  // codes: it cannot be read now. Counts a hit or a miss. Takes as long as the disk does, once a block as long as
  // reading all of it.
  absl::StatusOr<Segment> FromCache(const std::shared_ptr<const FileFacts>& file, uint64_t at, uint64_t end);

  // The same, cached first. What the cache cannot take comes from the under-store, in small segments: `past_until` is
  // then where the block ends, and further segments up to there are better asked for with PastCache. ABORTED: the
  // under-store has another content by now.
  absl::StatusOr<Segment> Fetched(const std::shared_ptr<const FileFacts>& file, uint64_t at, uint64_t end,
                                  uint64_t& past_until);
  absl::StatusOr<Segment> PastCache(const std::shared_ptr<const FileFacts>& file, uint64_t at, uint64_t end);

  ReadThrough& reads() { return reads_; }

 private:
  absl::StatusOr<Segment> Open(const FileFacts& file, uint64_t at, uint64_t end, bool counts);

  ReadThrough& reads_;
  const Cancelled cancelled_;
};

}  // namespace locus::worker
