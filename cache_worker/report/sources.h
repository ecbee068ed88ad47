// What a Report stream tells of, as ports: behind them stand the store, or the view of an Alluxio worker's folders.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cache_worker/report/report_queue.h"
#include "cache_worker/store/block.h"

namespace locus::worker {

// The blocks that this worker tells of. Thread-safe.
class BlockSource {
 public:
  virtual ~BlockSource() = default;
  // All blocks, as additions. `at_that_moment` runs under the source's lock: later changes, and only those, reach the
  // queue after it.
  virtual std::vector<BlockEvent> Snapshot(const std::function<void()>& at_that_moment) = 0;
  // One entry a tier, fastest first.
  virtual std::vector<TierUse> Usage() = 0;
};

struct ListingRequest {
  // The stream that asked, and where its answers go.
  uint64_t stream = 0;
  std::shared_ptr<ReportQueue> answers;
  uint64_t request = 0;
  std::string path;
  // 0: as many as the answerer allows.
  uint32_t limit = 0;
  // Only what lies directly in the folder, and its folders by name.
  bool shallow = false;
};

// Answers what an under-store has. Thread-safe.
class Listings {
 public:
  virtual ~Listings() = default;
  // Does not wait: the answer goes into the request's queue later.
  virtual void Submit(ListingRequest request) = 0;
};

}  // namespace locus::worker
