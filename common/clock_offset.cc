#include "common/clock_offset.h"

#include <utility>

#include "common/log.h"

namespace locus {

ClockOffset::ClockOffset(std::string whose, const std::string& of, const Clock& clock, Metrics& metrics)
    : whose_(std::move(whose)),
      clock_(clock),
      gauge_(metrics.GetGauge("locus_clock_offset_seconds",
                              "How far the wall clock of another party is ahead of this machine's; 0 until it is "
                              "heard.",
                              {{"of", of}})) {}

void ClockOffset::Hear(WallTime theirs) {
  const Duration ahead = theirs - clock_.WallNow();
  gauge_.Set(ToSeconds(ahead));
  const bool differs = ClocksDiffer(ahead);
  {
    const MutexLock lock(mutex_);
    if (std::exchange(differs_, differs) == differs) return;
  }
  if (differs) {
    LogWarning("clocks differ: set this machine's right, or the other's",
               {{"with", whose_}, {"ahead_s", ToSeconds(ahead)}});
  } else {
    LogInfo("clocks agree again", {{"with", whose_}, {"ahead_s", ToSeconds(ahead)}});
  }
}

}  // namespace locus
