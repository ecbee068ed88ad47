#include "locusctl/caches/rate_meter.h"

#include <algorithm>
#include <cmath>

namespace locus::ctl {
namespace {

// Longer than anybody waits.
constexpr double kForeverSeconds = 1e8;

}  // namespace

void RateMeter::Add(uint64_t total, SteadyTime now) {
  samples_.push_back({total, now});
  // The first one that is kept is as old as the window, or the youngest older one.
  while (samples_.size() > 2 && now - samples_[1].at >= window_) samples_.pop_front();
}

double RateMeter::rate() const {
  if (samples_.size() < 2) return 0;
  const Sample& first = samples_.front();
  const Sample& last = samples_.back();
  const double seconds = ToSeconds(last.at - first.at);
  if (seconds <= 0 || last.total < first.total) return 0;
  return static_cast<double>(last.total - first.total) / seconds;
}

std::optional<Duration> RateMeter::TimeFor(uint64_t left) const {
  if (left == 0) return Duration(0);
  const double seconds = rate() <= 0 ? kForeverSeconds : static_cast<double>(left) / rate();
  if (seconds >= kForeverSeconds) return std::nullopt;
  return Duration(std::llround(seconds * 1e9));
}

}  // namespace locus::ctl
