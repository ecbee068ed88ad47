// A counter that shows what somebody else counts.
#pragma once

#include <cstdint>

#include "common/metrics.h"

namespace locus::meta {

// Not thread-safe.
class FollowedCounter {
 public:
  explicit FollowedCounter(Counter counter) : counter_(counter) {}
  // `now` never falls.
  void To(uint64_t now) {
    counter_.Increment(static_cast<double>(now - told_));
    told_ = now;
  }

 private:
  const Counter counter_;
  uint64_t told_ = 0;
};

}  // namespace locus::meta
