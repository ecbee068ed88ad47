// Reads of a file's bytes: from the cache where it has them, else from the under-store, caching on the way.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cache_worker/origin/origin.h"
#include "cache_worker/store/block_file.h"
#include "cache_worker/store/block_store.h"
#include "cache_worker/store/chunk_check.h"
#include "cache_worker/store/chunk_out.h"
#include "cache_worker/store/read_ahead.h"
#include "cache_worker/store/single_flight.h"
#include "cache_worker/store/work_queue.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::worker {

struct ReadRange {
  std::string path;
  uint64_t offset = 0;
  // 0: to the end of the file. A range that ends beyond the file is cut.
  uint64_t length = 0;
  // Do not keep what has to be fetched.
  bool no_cache = false;
};

// Bytes in order, at most kChunkBytes at once, and where they came from (nothing: the under-store). False: no more
// wanted.
using ChunkSink = std::function<bool(std::string_view bytes, std::optional<Tier> source)>;
// Asked between chunks and while waiting.
using Cancelled = std::function<bool()>;
// Waits until so many bytes may be read, or until the call is cancelled.
using Pace = std::function<void(uint64_t bytes)>;

// Blocks fetched ahead of reads at once, and how many may wait for that; beyond it a read fetches for itself.
inline constexpr uint32_t kMaxAheadThreads = 8;
inline constexpr size_t kMaxAhead = 256;
// Threads that take sums of chunks while those before them are being sent.
inline constexpr uint32_t kMaxCheckThreads = 4;

// Since the start. Blocks are counted once for each read that touches them.
struct ReadStats {
  std::atomic<uint64_t> hits{0};
  std::atomic<uint64_t> misses{0};
  // Index 0: the under-store; else the number of the tier.
  std::atomic<uint64_t> bytes[4] = {};
  std::atomic<uint64_t> fetched_bytes{0};
  // Blocks that were read past the cache because it could not take them.
  std::atomic<uint64_t> bypassed{0};
  // Files that changed while they were read.
  std::atomic<uint64_t> changed{0};
  // Now: reads of the under-store under way, and those that wait until others end.
  std::atomic<uint32_t> fetching{0};
  std::atomic<uint32_t> queued{0};
};

// Thread-safe. Memory: one chunk for each call in progress, and one for each block that is fetched ahead.
class ReadThrough {
 public:
  // `fetchers`: reads of the under-store at once. `on_fetch` gets the time of each block fetched, on the thread that
  // did it.
  ReadThrough(Origin& origin, BlockStore& store, uint32_t fetchers, const Clock& clock,
              std::function<void(Duration)> on_fetch);

  // The file as the under-store has it now. Blocks of an older content are dropped, also when the file is gone. Codes
  // of Origin::Stat.
  absl::StatusOr<FileFacts> Resolve(const std::string& path);
  // The facts of a file that the under-store has just told; drops blocks of another content.
  FileFacts Learn(const OriginFile& file);

  // OUT_OF_RANGE: offset beyond the end. UNAVAILABLE: also when the file changed after the first byte was handed out.
  // CANCELLED: `cancelled` or the sink said so. Never a byte that is not the file's. While a block is handed out, the
  // next one of the range is fetched.
  absl::Status Read(const ReadRange& range, const Cancelled& cancelled, const ChunkSink& sink);
  absl::Status Read(const ReadRange& range, const Cancelled& cancelled, const ChunkTaker& taker);

  // Makes sure that a block is cached. True when this call fetched it. RESOURCE_EXHAUSTED: the cache cannot take it.
  // ABORTED: the file is no longer this content. `pace`, where there is one, is called before each read of the
  // under-store that this call makes.
  absl::StatusOr<bool> Ensure(const std::shared_ptr<const FileFacts>& file, uint64_t index, const PutOptions& options,
                              const Cancelled& cancelled, const Pace& pace = {});

  // For those who hand out bytes by other ways than Read, which keeps the same books itself.
  //
  // NOT_FOUND: not cached; other codes: there, and cannot be read now. Counts a hit or a miss when `counts`. The first
  // time a block is asked for, it is read as a whole.
  absl::StatusOr<BlockStore::Sendable> OpenForSend(const FileFacts& file, uint32_t index, bool counts);
  // From the under-store, whatever is cached. ABORTED: the file is no longer this content.
  absl::Status ReadPast(const FileFacts& file, uint64_t offset, size_t size, char* to, const Cancelled& cancelled) {
    return ReadOrigin(file, offset, size, to, cancelled);
  }
  void NoteServed(uint64_t bytes, std::optional<Tier> source) {
    stats_.bytes[source ? static_cast<size_t>(*source) : 0] += bytes;
  }
  void NoteBypassed() { ++stats_.bypassed; }
  void NoteChanged() { ++stats_.changed; }

  const ReadStats& stats() const { return stats_; }
  BlockStore& store() { return store_; }
  Origin& origin() { return origin_; }

 private:
  class Permit;
  struct Piece;

  absl::Status ReadContent(const std::shared_ptr<const FileFacts>& file, const ReadRange& range,
                           const Cancelled& cancelled, const ChunkTaker& taker);
  bool Cached(const FileFacts& file, uint64_t block);
  absl::Status ReadPiece(const std::shared_ptr<const FileFacts>& file, Piece piece, const ReadAhead& ahead,
                         bool no_cache, const Cancelled& cancelled, const ChunkTaker& taker);
  absl::Status ReadStored(const FileFacts& file, BlockStore::OpenBlock& block, Piece& piece, std::optional<Tier> source,
                          const Cancelled& cancelled, const ChunkTaker& taker);
  absl::Status ReadDirect(const FileFacts& file, Piece& piece, const Cancelled& cancelled, const ChunkTaker& taker);
  // Lets another thread take the sum of a chunk in place; null where that would only be in others' way.
  std::shared_ptr<ChunkCheck> CheckAhead(const BlockFileReader& reader, uint64_t chunk);
  absl::Status Fetch(const std::shared_ptr<const FileFacts>& file, uint32_t index, const PutOptions& options,
                     const Cancelled& cancelled, const Pace& pace);
  absl::Status ReadOrigin(const FileFacts& file, uint64_t offset, size_t size, char* to, const Cancelled& cancelled);
  bool HandOut(const ChunkTaker& taker, ChunkOut chunk, std::optional<Tier> source);

  Origin& origin_;
  BlockStore& store_;
  const Clock& clock_;
  const std::function<void(Duration)> on_fetch_;
  SingleFlight flights_;
  ReadStats stats_;
  Mutex mutex_;
  CondVar permit_free_;
  uint32_t permits_ GUARDED_BY(mutex_);
  // Blocks that are being read in place.
  std::atomic<uint32_t> in_place_{0};
  // As many may be, for their sums to be taken by other threads.
  const uint32_t checkers_;
  WorkQueue checks_;
  // The last member: its threads use all others.
  WorkQueue ahead_;
};

}  // namespace locus::worker
