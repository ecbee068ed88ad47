// Looks now and then at who reads from a worker.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "cache_worker/traffic/client_traffic.h"
#include "cache_worker/traffic/connection.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::worker {

// Thread-safe; one thread.
class TrafficWatch {
 public:
  // `clock` must outlive it.
  TrafficWatch(ConnectionSource connections, Duration interval, const Clock& clock);
  // Stops.
  ~TrafficWatch() { Stop(); }
  TrafficWatch(const TrafficWatch&) = delete;
  TrafficWatch& operator=(const TrafficWatch&) = delete;

  // Looks at once, then each interval. Once.
  void Start();
  // Idempotent.
  void Stop();

  // By address.
  std::vector<ClientBytes> Totals();
  // Looks that failed; the first of a row is logged.
  uint64_t failures() const { return failures_; }
  // Clients left out because there were too many.
  uint64_t over_limit();

 private:
  void Run();

  const ConnectionSource connections_;
  const Duration interval_;
  const Clock& clock_;
  std::thread thread_;
  std::atomic<uint64_t> failures_{0};
  Mutex mutex_;
  CondVar stop_asked_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  ClientTraffic traffic_ GUARDED_BY(mutex_);
};

}  // namespace locus::worker
