// A pass over the payloads of what lies in the cache.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "cache_worker/store/block_store.h"
#include "common/clock.h"

namespace locus::worker {

struct ScrubReport {
  uint64_t blocks = 0;
  uint64_t bytes = 0;
  // Dropped because a chunk did not match its sum.
  uint64_t torn = 0;
};

// Reads `blocks` as far as they are still cached, and drops those with a wrong chunk, so that they are not announced
// any longer than needed. Does not count as a use. At most `bytes_per_second`: readers come first. `pause` waits; false
// from it ends the pass.
ScrubReport Scrub(BlockStore& store, const std::vector<StoredBlock>& blocks, double bytes_per_second,
                  const Clock& clock, const std::function<bool(Duration)>& pause);

}  // namespace locus::worker
