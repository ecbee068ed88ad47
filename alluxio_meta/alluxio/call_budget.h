// How many calls to the master may start: the pure part.
#pragma once

#include <optional>

#include "common/clock.h"

namespace locus::meta {

// Not thread-safe. Calls start evenly spaced, so that in no second, wherever it begins, more than `calls_per_second`
// of them start: a bucket of tokens would let twice as many through in its first second. A rate with a fraction above
// 1 counts as the whole number below it.
class CallBudget {
 public:
  // `calls_per_second` > 0.
  explicit CallBudget(double calls_per_second);

  // 0: a call has started at `now`. Else none has: ask again after that time.
  Duration Start(SteadyTime now);
  Duration interval() const { return interval_; }

 private:
  const Duration interval_;
  std::optional<SteadyTime> last_;
};

}  // namespace locus::meta
