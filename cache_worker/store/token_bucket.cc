#include "cache_worker/store/token_bucket.h"

#include <algorithm>
#include <cmath>

namespace locus::worker {
namespace {

// A wait that no clock can hold is one for ever.
constexpr double kLongestSeconds = 86400.0 * 365;

}  // namespace

Duration TokenBucket::Take(double amount, SteadyTime now) {
  if (now > at_) {
    tokens_ = std::min(burst_, tokens_ + rate_ * ToSeconds(now - at_));
    at_ = now;
  }
  tokens_ -= amount;
  if (tokens_ >= 0) return Duration(0);
  return Duration(std::llround(std::min(kLongestSeconds, -tokens_ / rate_) * 1e9));
}

}  // namespace locus::worker
