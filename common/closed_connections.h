// What an HTTP server says of the connections that it closes of its own accord.
#pragma once

#include <optional>
#include <string>

#include "common/clock.h"
#include "common/metrics.h"
#include "common/mutex.h"

namespace locus {

// Counts each, and logs one of a kind in ten seconds: a flood must not fill the disk. Thread-safe.
class ClosedConnections {
 public:
  // `metrics`: null where nobody counts; must outlive this as `clock` must.
  ClosedConnections(Metrics* metrics, const Clock& clock);

  // `threads` were taken and as many connections waited as may.
  void TooMany(int threads, int waiting);
  // A request did not arrive, or an answer was not taken, within `io_timeout`.
  void TooSlow(const std::string& peer, Duration io_timeout);

 private:
  // Whether it is time to tell again; `told` is then now.
  bool Due(std::optional<SteadyTime>& told) REQUIRES(mutex_);

  const Clock& clock_;
  std::optional<Counter> refused_;
  std::optional<Counter> slow_;
  Mutex mutex_;
  std::optional<SteadyTime> refused_told_ GUARDED_BY(mutex_);
  std::optional<SteadyTime> slow_told_ GUARDED_BY(mutex_);
};

}  // namespace locus
