// How far the wall clock of another party is from this machine's. Nothing decides by it: ages are of steady clocks. It
// is for people, who otherwise find out by certificates that are not valid yet and by times that do not add up.
#pragma once

#include <optional>
#include <string>

#include "common/clock.h"
#include "common/metrics.h"
#include "common/mutex.h"

namespace locus {

// Beyond it, either way, clocks count as different: far above what NTP leaves, and above what an HTTP date can tell,
// which has whole seconds.
inline constexpr Duration kClocksDiffer = std::chrono::seconds(30);

constexpr bool ClocksDiffer(Duration offset) { return offset > kClocksDiffer || offset < -kClocksDiffer; }

// Thread-safe.
class ClockOffset {
 public:
  // `whose`: for the log, "the API server"; `of`: label of locus_clock_offset_seconds. `clock` must outlive this.
  ClockOffset(std::string whose, const std::string& of, const Clock& clock, Metrics& metrics);

  // What the other's clock said just now. Says in the log when it begins to differ, and when it agrees again.
  void Hear(WallTime theirs);

 private:
  const std::string whose_;
  const Clock& clock_;
  const Gauge gauge_;
  Mutex mutex_;
  bool differs_ GUARDED_BY(mutex_) = false;
};

}  // namespace locus
