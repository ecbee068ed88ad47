// Warm-up: brings the blocks of files into the cache.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "cache_worker/store/read_through.h"
#include "common/clock.h"

namespace locus::worker {

struct LoadOptions {
  // File or folder.
  std::string path;
  std::optional<Tier> tier;
  // Of the files in path order those whose position modulo `shards` is `shard`; 0 shards: all.
  uint32_t shards = 0;
  uint32_t shard = 0;
  // Of the under-store, at most; 0: no bound.
  uint64_t bytes_per_second = 0;
};

struct LoadState {
  uint64_t files_total = 0;
  // Whole in the cache.
  uint64_t files_done = 0;
  uint64_t bytes_total = 0;
  uint64_t bytes_done = 0;
  uint64_t bytes_fetched = 0;
  bool done = false;
  // "path: reason", at most kMaxLoadProblems.
  std::vector<std::string> problems;
};

inline constexpr size_t kMaxLoadProblems = 100;
// Files of one load: about 300 bytes of memory each. A larger folder is loaded in parts.
inline constexpr size_t kMaxLoadFiles = 1'000'000;

// Waits; returns early, soon after `cancelled` has turned true.
using Pause = std::function<void(Duration time, const Cancelled& cancelled)>;
// By the machine's clock.
void PauseFor(Duration time, const Cancelled& cancelled);

// Thread-safe: each Run has a state of its own.
class Loader {
 public:
  // `threads` blocks of one load are fetched at once. `pause` is how a load keeps to its rate.
  Loader(ReadThrough& reads, const Clock& clock, uint32_t threads, Pause pause = &PauseFor)
      : reads_(reads), clock_(clock), threads_(threads), pause_(std::move(pause)) {}

  // Calls `progress` at least each half second, also while the files are listed, on this thread, and once at the end
  // with `done`; false from it stops the load, as `cancelled` does: CANCELLED, and what was cached stays. A file that
  // cannot be loaded is a problem in the state, not an error. INVALID_ARGUMENT: path, shard, or a tier that this worker
  // does not have. NOT_FOUND: no such path. RESOURCE_EXHAUSTED: more than kMaxLoadFiles.
  absl::Status Run(const LoadOptions& options, const Cancelled& cancelled,
                   const std::function<bool(const LoadState&)>& progress);

 private:
  ReadThrough& reads_;
  const Clock& clock_;
  const uint32_t threads_;
  const Pause pause_;
};

}  // namespace locus::worker
