// One piece of work for each block, however many ask for it.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include "absl/status/status.h"
#include "cache_worker/store/block.h"
#include "common/mutex.h"

namespace locus::worker {

// Thread-safe.
class SingleFlight {
 public:
  struct Result {
    absl::Status status;
    // Whether this call did the work, rather than wait for another's.
    bool led = false;
  };

  // Runs `work` on this thread, or waits for the call that is running it for the same key and returns its result. A
  // waiting call returns CANCELLED soon after `cancelled` turned true; the work goes on.
  Result Do(const BlockKey& key, const std::function<bool()>& cancelled, const std::function<absl::Status()>& work);

 private:
  struct Flight {
    bool done = false;
    absl::Status status;
  };
  Mutex mutex_;
  CondVar landed_;
  std::unordered_map<BlockKey, std::shared_ptr<Flight>, BlockKeyHash> flights_ GUARDED_BY(mutex_);
};

}  // namespace locus::worker
