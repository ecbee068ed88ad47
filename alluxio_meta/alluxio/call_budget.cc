#include "alluxio_meta/alluxio/call_budget.h"

#include <algorithm>
#include <cmath>

namespace locus::meta {
namespace {

// Rounded up: a nanosecond too short lets one call too many into some second.
Duration Interval(double calls_per_second) {
  constexpr double kSecond = 1e9;
  // One call in a day, so that no rate overflows.
  constexpr double kSlowest = 1.0 / 86'400;
  const double whole = calls_per_second >= 1 ? std::floor(calls_per_second) : std::max(calls_per_second, kSlowest);
  return Duration(static_cast<int64_t>(std::ceil(kSecond / whole)));
}

}  // namespace

CallBudget::CallBudget(double calls_per_second) : interval_(Interval(calls_per_second)) {}

Duration CallBudget::Start(SteadyTime now) {
  if (last_.has_value() && now - *last_ < interval_) return *last_ + interval_ - now;
  last_ = now;
  return Duration(0);
}

}  // namespace locus::meta
