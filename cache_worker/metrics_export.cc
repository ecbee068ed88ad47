#include "cache_worker/metrics_export.h"

#include <utility>

namespace locus::worker {

MetricsExport::MetricsExport(Metrics& metrics) : metrics_(metrics) {
  metrics_.OnRender([this] { Update(); });
}

void MetricsExport::AddCounter(const std::string& name, const std::string& help, const Labels& labels,
                               std::function<uint64_t()> read) {
  MutexLock lock(mutex_);
  totals_.push_back({metrics_.GetCounter(name, help, labels), std::move(read), 0});
}

void MetricsExport::AddGauge(const std::string& name, const std::string& help, const Labels& labels,
                             std::function<double()> read) {
  MutexLock lock(mutex_);
  levels_.push_back({metrics_.GetGauge(name, help, labels), std::move(read)});
}

void MetricsExport::Update() {
  MutexLock lock(mutex_);
  for (Total& total : totals_) {
    const uint64_t now = total.read();
    total.counter.Increment(static_cast<double>(now - total.told));
    total.told = now;
  }
  for (const Level& level : levels_) level.gauge.Set(level.read());
}

}  // namespace locus::worker
