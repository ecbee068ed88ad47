// Loads at cache workers: over gRPC in production, a script in tests.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "extender/warm_up/load_queue.h"

namespace locus::extender {

// How far a load is.
struct LoadFigures {
  uint64_t files_done = 0;
  uint64_t bytes_fetched = 0;
  // Files that could not be loaded, and the first one's reason; of the last message only.
  uint64_t problems = 0;
  std::string problem;
};

// Thread-safe.
class LoadCalls {
 public:
  virtual ~LoadCalls() = default;

  // Runs a load to its end. `wanted` is asked several times a second: false ends it with CANCELLED, and what was loaded
  // stays. `progress` gets each message. Both are called on this thread. `bytes_per_second`: 0: unlimited. UNAVAILABLE:
  // the worker is not reached; DEADLINE_EXCEEDED: it said nothing for too long.
  virtual absl::Status Load(const LoadStep& step, uint64_t bytes_per_second, const std::function<bool()>& wanted,
                            const std::function<void(const LoadFigures&)>& progress) = 0;
};

}  // namespace locus::extender
