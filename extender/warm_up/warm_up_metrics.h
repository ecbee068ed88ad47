// What warm-up tells Prometheus. Every series exists from the start.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "common/metrics.h"
#include "extender/warm_up/warm_up_plan.h"

namespace locus::extender {

// Thread-safe.
class WarmUpMetrics {
 public:
  // `metrics` must outlive it.
  explicit WarmUpMetrics(Metrics& metrics);

  void Judged(WarmUpOutcome outcome) const;
  void Started() const;
  void Fetched(uint64_t bytes) const;
  // `problems`: files that could not be loaded.
  void Ended(const absl::Status& status, uint64_t problems) const;
  void Now(size_t running, size_t groups) const;

 private:
  // By WarmUpOutcome.
  std::vector<Counter> groups_;
  Counter started_;
  Counter done_;
  Counter incomplete_;
  Counter failed_;
  Counter cancelled_;
  Counter bytes_;
  Gauge running_;
  Gauge waiting_;
};

}  // namespace locus::extender
