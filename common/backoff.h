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
  Backoff(Duration initial, Duration max, uint64_t seed)
      : initial_(initial), max_(max), next_(initial), random_(seed) {}

  Duration Next() {
    const Duration full = std::min(max_, next_);
    // Doubling stops at the bound: no number of attempts overflows.
    if (next_ < max_) next_ = next_ > max_ / 2 ? max_ : next_ * 2;
    return std::uniform_int_distribution<int64_t>(full.count() / 2, full.count())(random_) * Duration(1);
  }
  // After a success.
  void Reset() { next_ = initial_; }

 private:
  const Duration initial_;
  const Duration max_;
  Duration next_;
  std::mt19937_64 random_;
};

}  // namespace locus
