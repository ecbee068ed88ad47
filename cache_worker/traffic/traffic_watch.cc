#include "cache_worker/traffic/traffic_watch.h"

#include <utility>

#include "common/log.h"
#include "common/status.h"

namespace locus::worker {

TrafficWatch::TrafficWatch(ConnectionSource connections, Duration interval, const Clock& clock)
    : connections_(std::move(connections)), interval_(interval), clock_(clock) {}

void TrafficWatch::Start() {
  thread_ = std::thread([this] { Run(); });
}

void TrafficWatch::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_asked_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

std::vector<ClientBytes> TrafficWatch::Totals() {
  MutexLock lock(mutex_);
  return traffic_.Totals();
}

uint64_t TrafficWatch::over_limit() {
  MutexLock lock(mutex_);
  return traffic_.over_limit();
}

void TrafficWatch::Run() {
  for (bool failed_before = false;;) {
    const auto open = connections_();
    if (!open.ok()) {
      ++failures_;
      (failed_before ? LogDebug : LogWarning)("who reads from the worker is not known",
                                              {{"problem", MessageOf(open.status())}});
    }
    failed_before = !open.ok();
    MutexLock lock(mutex_);
    if (open.ok()) traffic_.Look(*open, clock_.Now());
    if (stop_asked_.WaitFor(mutex_, interval_, [this] { return stopping_; })) return;
  }
}

}  // namespace locus::worker
