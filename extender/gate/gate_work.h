// One round of the gate against the world: reads the cluster, asks the planner, writes to pods.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "common/backoff.h"
#include "common/clock.h"
#include "extender/cluster/cluster_view.h"
#include "extender/gate/gate_metrics.h"
#include "extender/gate/gate_round.h"
#include "extender/gate/planner.h"
#include "kube/writer.h"

namespace locus::extender {

// The world of the gate. All must outlive it.
struct GateWorld {
  ClusterView& cluster;
  Planner& planner;
  // Ours alone.
  kube::Writer& writer;
  // Asked before each write: only the leader acts.
  std::function<bool()> leading;
  // Told once of each pod that is found to wait behind its gate; may be empty.
  std::function<void(const GateAction& waiting)> tell;
  const Clock& clock;
  const GateMetrics& metrics;
};

// Pods read in a round, oldest first: a third of the largest clusters' pods, all pending at once. Those beyond are seen
// when older ones have gone.
inline constexpr size_t kMaxPending = 50'000;

// Not thread-safe; a thread calls Round again and again.
class GateWork {
 public:
  // `seed` is of the jitter.
  GateWork(GateWorld world, GateLimits limits, uint64_t seed);

  // All that is to be done now. Returns for how long nothing more is to be done, unless the cluster or the locality of
  // some input changes; at most kPoll. Never 0.
  Duration Round();

  // Changes of locality signal nothing; they are found at this interval.
  static constexpr Duration kPoll = std::chrono::milliseconds(250);

 private:
  // False: the round ends here; the server is in trouble, or we lead no more.
  bool PlanGroups();
  bool Act(const std::vector<GateAction>& actions);
  bool Write(const GateAction& action);
  void NoLead();

  const GateWorld world_;
  GateRound round_;
  Backoff backoff_;
  bool led_ = false;
  bool in_trouble_ = false;
  // No write before.
  SteadyTime paused_until_;
  // No planning before: it takes at most a fifth of one CPU.
  SteadyTime plan_from_;
};

}  // namespace locus::extender
