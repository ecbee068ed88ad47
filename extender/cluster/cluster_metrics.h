// What an operator sees of the cluster's picture.
#pragma once

#include <optional>

#include "common/clock.h"
#include "common/metrics.h"
#include "extender/cluster/cluster_state.h"

namespace locus::extender {

// Thread-safe.
class ClusterMetrics {
 public:
  explicit ClusterMetrics(Metrics& metrics);

  // `age`: ClusterView::Age. Counters grow by what `now` has beyond `told`.
  void Tell(const ClusterCounts& told, const ClusterCounts& now, bool synced, std::optional<Duration> age) const;

 private:
  const Gauge synced_;
  const Gauge age_;
  const Gauge nodes_;
  const Gauge pods_;
  const Gauge ours_;
  const Gauge pending_;
  const Gauge groups_;
  const Gauge assumed_;
  const Counter confirmed_;
  const Counter refuted_;
  const Counter expired_;
  const Counter pods_dropped_;
  const Counter nodes_dropped_;
  const Counter bound_dropped_;
};

}  // namespace locus::extender
