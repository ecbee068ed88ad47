// How fast a total grows. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "common/clock.h"

namespace locus::ctl {

// Over the latest few seconds. Not thread-safe.
class RateMeter {
 public:
  explicit RateMeter(Duration window = std::chrono::seconds(5)) : window_(window) {}

  // The total at a moment, not before the last one.
  void Add(uint64_t total, SteadyTime now);
  // Units a second; 0 until there is something to compare.
  double rate() const;
  // How long until the total has grown by `left`. Nothing: it does not grow.
  std::optional<Duration> TimeFor(uint64_t left) const;

 private:
  struct Sample {
    uint64_t total = 0;
    SteadyTime at;
  };
  const Duration window_;
  std::deque<Sample> samples_;
};

}  // namespace locus::ctl
