// What the gate tells Prometheus. Every series exists from the start.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "common/metrics.h"
#include "extender/gate/gate_action.h"

namespace locus::extender {

// Thread-safe.
class GateMetrics {
 public:
  // `metrics` must outlive it.
  explicit GateMetrics(Metrics& metrics);

  // Of one that does not lead, the others are 0: a sum over all extenders tells the cluster's.
  void Leads(bool leads) const;
  void Pods(size_t gated, size_t waiting) const;
  // The write of `action` came through.
  void Wrote(const GateAction& action) const;
  void Failed(const absl::Status& status) const;

 private:
  Gauge leader_;
  Gauge gated_;
  Gauge waiting_;
  // By OpenReason, WakeReason.
  std::vector<Counter> opened_;
  std::vector<Counter> woken_;
  Counter failed_pod_;
  Counter failed_server_;
  Histogram waited_;
};

}  // namespace locus::extender
