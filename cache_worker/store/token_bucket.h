// A rate, kept over time. Pure.
#pragma once

#include "common/clock.h"

namespace locus::worker {

// Not thread-safe. Over any time t that begins with a full bucket, at most rate x t + `burst` go through, and what one
// Take asks for.
class TokenBucket {
 public:
  // `rate`: above 0, units a second. Full at `now`.
  TokenBucket(double rate, double burst, SteadyTime now) : rate_(rate), burst_(burst), tokens_(burst), at_(now) {}

  // Takes `amount`, which may be more than there is, and says how long to wait before using it. Those who come later
  // wait for this one too.
  Duration Take(double amount, SteadyTime now);

 private:
  const double rate_;
  const double burst_;
  // Negative: what was taken before it was there.
  double tokens_;
  SteadyTime at_;
};

}  // namespace locus::worker
