// The gate's planner: locality, cluster and decision together.
#pragma once

#include <string>
#include <vector>

#include "common/clock.h"
#include "extender/cluster/cluster_view.h"
#include "extender/decision/score.h"
#include "extender/decision/sift.h"
#include "extender/gate/planner.h"
#include "extender/locality/locality_view.h"

namespace locus::extender {

struct GroupPlannerOptions {
  ScoringParameters scoring;
  SiftParameters sift;
  // Older news is not used.
  Duration max_age = std::chrono::seconds(10);
};

// Never waits for locality: an input that is new to it is followed from the first question on.
class GroupPlanner final : public Planner {
 public:
  // What is passed must outlive it.
  GroupPlanner(GroupPlannerOptions options, LocalityView& locality, ClusterView& cluster)
      : options_(options), locality_(locality), cluster_(cluster) {}

  GroupPlan Plan(const GroupKey& group, const std::vector<Waiter>& pods) override;

 private:
  // Pods that ask for the same; positions in the list of all.
  using Batch = std::vector<size_t>;

  void PlanBatch(const GroupKey& group, const std::vector<Waiter>& pods, const Batch& batch, GroupPlan& plan);

  const GroupPlannerOptions options_;
  LocalityView& locality_;
  ClusterView& cluster_;
};

}  // namespace locus::extender
