// The worker's figures for Prometheus, read when they are asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/metrics.h"
#include "common/mutex.h"

namespace locus::worker {

// Counters and gauges whose values other parts keep. Register before the first Render; thread-safe after that.
class MetricsExport {
 public:
  explicit MetricsExport(Metrics& metrics);

  // `read` gives a total that never falls; it must live as long as the metrics.
  void AddCounter(const std::string& name, const std::string& help, const Labels& labels,
                  std::function<uint64_t()> read);
  void AddGauge(const std::string& name, const std::string& help, const Labels& labels, std::function<double()> read);

 private:
  struct Total {
    Counter counter;
    std::function<uint64_t()> read;
    uint64_t told = 0;
  };
  struct Level {
    Gauge gauge;
    std::function<double()> read;
  };
  void Update();

  Metrics& metrics_;
  Mutex mutex_;
  std::vector<Total> totals_ GUARDED_BY(mutex_);
  std::vector<Level> levels_ GUARDED_BY(mutex_);
};

}  // namespace locus::worker
