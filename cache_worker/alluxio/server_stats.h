// Figures of the server for Alluxio's clients; plain counters.
#pragma once

#include <atomic>
#include <cstdint>

namespace locus::worker {

// Sums since the start, which never fall, but for `streams`.
struct AlluxioServerStats {
  // Block streams now.
  std::atomic<uint32_t> streams{0};
  std::atomic<uint64_t> reads{0};
  // Reads that found the block cached, and that did not.
  std::atomic<uint64_t> hits{0};
  std::atomic<uint64_t> misses{0};
  // Index 0: the under-store; else the number of the tier.
  std::atomic<uint64_t> bytes[4] = {};
  // Reads that ended in an error of ours.
  std::atomic<uint64_t> failed_reads{0};
  // Reads that met a damaged copy and went on with another.
  std::atomic<uint64_t> reopened{0};
  // Refused, by reason.
  std::atomic<uint64_t> unauthenticated{0};
  std::atomic<uint64_t> too_many_streams{0};
  std::atomic<uint64_t> writes_refused{0};
  // Requests to cache blocks: done, failed, and dropped because too many waited.
  std::atomic<uint64_t> cached{0};
  std::atomic<uint64_t> cache_failed{0};
  std::atomic<uint64_t> cache_dropped{0};
};

}  // namespace locus::worker
