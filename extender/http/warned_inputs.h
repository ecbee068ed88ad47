// Which inputs the log has been warned of, so that each one gets one line and not one for each pod.
#pragma once

#include <string>
#include <unordered_map>

#include "common/clock.h"
#include "common/mutex.h"

namespace locus::extender {

// Thread-safe.
class WarnedInputs {
 public:
  // Inputs remembered at once; beyond it no further input is warned of until the oldest fall out.
  static constexpr size_t kMaxInputs = 1000;
  // The same input is warned of again after this time.
  static constexpr Duration kInterval = std::chrono::hours(1);

  // True: warn now.
  bool ShouldWarn(const std::string& input, SteadyTime now);

 private:
  Mutex mutex_;
  std::unordered_map<std::string, SteadyTime> warned_ GUARDED_BY(mutex_);
  SteadyTime cleaned_ GUARDED_BY(mutex_);
};

}  // namespace locus::extender
