// So many in a second, with bursts.
#pragma once

#include <algorithm>

#include "common/clock.h"

namespace locus::extender {

// Not thread-safe. Times are handed in and never go back. Begins full.
class TokenBucket {
 public:
  // Both > 0; a burst below 1 counts as 1.
  TokenBucket(double per_second, double burst)
      : per_second_(per_second), burst_(std::max(burst, 1.0)), tokens_(burst_) {}

  // 0: one was taken. Else none was: ask again after that time.
  Duration Take(SteadyTime now) {
    tokens_ = std::min(burst_, tokens_ + ToSeconds(now - last_) * per_second_);
    last_ = now;
    if (tokens_ >= 1) {
      tokens_ -= 1;
      return Duration::zero();
    }
    const std::chrono::duration<double> wait((1 - tokens_) / per_second_);
    // Rounded up: to ask just before it would be in vain.
    return std::chrono::ceil<std::chrono::microseconds>(wait);
  }

 private:
  const double per_second_;
  const double burst_;
  double tokens_;
  SteadyTime last_;
};

}  // namespace locus::extender
