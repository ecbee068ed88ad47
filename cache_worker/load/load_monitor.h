// Reads the kernel's tables now and then, on a thread of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "cache_worker/load/load_average.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace locus::worker {

// Where readings come from. Thread-safe or used from one thread, as the caller of it needs.
using CounterSource = std::function<Counters()>;

// Reads stat, pressure/{cpu,memory,io}, diskstats and net/dev below `proc_root`.
CounterSource ReadProc(std::string proc_root);

// Thread-safe.
class LoadMonitor {
 public:
  // `clock` must outlive the monitor.
  LoadMonitor(CounterSource source, const Clock& clock, Duration interval, LoadAverage average)
      : source_(std::move(source)), clock_(clock), interval_(interval), average_(std::move(average)) {}
  // Stops.
  ~LoadMonitor() { Stop(); }
  LoadMonitor(const LoadMonitor&) = delete;
  LoadMonitor& operator=(const LoadMonitor&) = delete;

  // Reads at each multiple of the interval.
  void Start();
  void Stop();

  // Absent until the second reading.
  std::optional<LoadTerms> Latest();

 private:
  void Run();
  void Read();

  const CounterSource source_;
  const Clock& clock_;
  const Duration interval_;
  std::thread thread_;
  // Of the thread that reads.
  SteadyTime last_;
  Mutex mutex_;
  CondVar stop_asked_;
  LoadAverage average_ GUARDED_BY(mutex_);
  uint64_t readings_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace locus::worker
