// Pauses between attempts: exponential with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter",
// 2015).
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

#include "common/clock.h"

namespace locus {

// Not thread-safe. The n-th pause is uniform between half and all of min(max, initial * 2^n): never zero, so that a
// broken peer is not hammered, and spread, so that many clients do not come back at once.
class Backoff {
 public:
  Backoff(Duration initial, Duration max, uint64_t seed) : initial_(initial), max_(max), random_(seed) {}

  Duration Next() {
    const Duration full = std::min(max_, initial_ * (int64_t{1} << std::min(attempts_, 30)));
    ++attempts_;
    return std::uniform_int_distribution<int64_t>(full.count() / 2, full.count())(random_) * Duration(1);
  }
  // After a success.
  void Reset() { attempts_ = 0; }

 private:
  const Duration initial_;
  const Duration max_;
  std::mt19937_64 random_;
  int attempts_ = 0;
};

}  // namespace locus
