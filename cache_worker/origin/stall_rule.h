// When a transfer that still trickles counts as dead.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/clock.h"

namespace locus::worker {

// Slower than a modem: nobody waits for a block at this rate, and the connection is better given to another request.
inline constexpr double kLeastBytesPerSecond = 512;

// Not thread-safe. A transfer has to bring kLeastBytesPerSecond on average over each `window`, else it has stalled: a
// server that sends a byte now and then is not waited for for ever.
class StallRule {
 public:
  StallRule(Duration window, SteadyTime start)
      : window_(window),
        needed_(std::max<uint64_t>(1, static_cast<uint64_t>(kLeastBytesPerSecond * ToSeconds(window)))),
        begin_(start) {}

  void Heard(uint64_t bytes, SteadyTime now) {
    bytes_ += bytes;
    if (bytes_ >= needed_) Restart(now);
  }
  // A part has come as a whole, however small: the headers.
  void Restart(SteadyTime now) {
    begin_ = now;
    bytes_ = 0;
  }
  // Until it has stalled; zero or less: it has.
  Duration Left(SteadyTime now) const { return window_ - (now - begin_); }

 private:
  const Duration window_;
  const uint64_t needed_;
  SteadyTime begin_;
  uint64_t bytes_ = 0;
};

}  // namespace locus::worker
