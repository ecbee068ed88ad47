// Reads of a file's bytes: from the cache where it has them, else from the under-store, caching on the way.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cache_worker/origin/origin.h"
#include "cache_worker/store/block_store.h"
#include "cache_worker/store/single_flight.h"
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
};

// Thread-safe. Memory: one chunk for each call in progress.
class ReadThrough {
 public:
  // `fetchers`: reads of the under-store at once. `on_fetch` gets the time of each block fetched, on the thread that
  // did it.
  ReadThrough(Origin& origin, BlockStore& store, uint32_t fetchers, const Clock& clock,
              std::function<void(Duration)> on_fetch)
      : origin_(origin), store_(store), clock_(clock), on_fetch_(std::move(on_fetch)), permits_(fetchers) {}

  // The file as the under-store has it now. Blocks of an older content are dropped, also when the file is gone. Codes
  // of Origin::Stat.
  absl::StatusOr<FileFacts> Resolve(const std::string& path);
  // The facts of a file that the under-store has just told; drops blocks of another content.
  FileFacts Learn(const OriginFile& file);

  // OUT_OF_RANGE: offset beyond the end. UNAVAILABLE: also when the file changed after the first byte was handed out.
  // CANCELLED: `cancelled` or the sink said so. Never a byte that is not the file's.
  absl::Status Read(const ReadRange& range, const Cancelled& cancelled, const ChunkSink& sink);

  // Makes sure that a block is cached. True when this call fetched it. RESOURCE_EXHAUSTED: the cache cannot take it.
  // ABORTED: the file is no longer this content.
  absl::StatusOr<bool> Ensure(const std::shared_ptr<const FileFacts>& file, uint64_t index, const PutOptions& options,
                              const Cancelled& cancelled);

  const ReadStats& stats() const { return stats_; }
  BlockStore& store() { return store_; }
  Origin& origin() { return origin_; }

 private:
  class Permit;
  struct Piece;

  absl::Status ReadContent(const std::shared_ptr<const FileFacts>& file, const ReadRange& range,
                           const Cancelled& cancelled, const ChunkSink& sink);
  absl::Status ReadPiece(const std::shared_ptr<const FileFacts>& file, Piece piece, bool no_cache,
                         const Cancelled& cancelled, const ChunkSink& sink);
  absl::Status ReadStored(const FileFacts& file, BlockStore::OpenBlock& block, Piece& piece, std::optional<Tier> source,
                          const Cancelled& cancelled, const ChunkSink& sink);
  absl::Status ReadDirect(const FileFacts& file, Piece& piece, const Cancelled& cancelled, const ChunkSink& sink);
  absl::Status Fetch(const std::shared_ptr<const FileFacts>& file, uint32_t index, const PutOptions& options,
                     const Cancelled& cancelled);
  absl::Status ReadOrigin(const FileFacts& file, uint64_t offset, size_t size, char* to, const Cancelled& cancelled);
  bool HandOut(const ChunkSink& sink, std::string_view bytes, std::optional<Tier> source);

  Origin& origin_;
  BlockStore& store_;
  const Clock& clock_;
  const std::function<void(Duration)> on_fetch_;
  SingleFlight flights_;
  ReadStats stats_;
  Mutex mutex_;
  CondVar permit_free_;
  uint32_t permits_ GUARDED_BY(mutex_);
};

}  // namespace locus::worker
