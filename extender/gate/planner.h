// What the gate needs of the decision: where the waiting pods of one group would go now.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "extender/cluster/cluster_view.h"
#include "extender/cluster/surroundings.h"
#include "extender/decision/annotations.h"

namespace locus::extender {

enum class PlanStatus {
  // The inputs are known. A pod without a node waits for one.
  kPlanned,
  // The inputs are known, and no node is better than others: nothing of them is cached anywhere, or what could be
  // saved is below min_gain. `nodes` does not count.
  kNothingToWaitFor,
  // Nobody knows: metadata is away, stale, or has not answered yet. `nodes` does not count.
  kUnknown,
};

struct GroupPlan {
  PlanStatus status = PlanStatus::kUnknown;
  // For each pod, in the order of the question: a node that has room for it now, beside the pods before it, and that
  // saves at least gate.good_enough of what the best holder would. Missing ones count as empty.
  std::vector<std::optional<std::string>> nodes;
  // For each pod in the same order, where it is not the same for all: kNothingToWaitFor for one to which others leave
  // nothing of what is cached. Empty: `status` holds for all.
  std::vector<PlanStatus> each = {};
};

// A pod that waits, and what it asks for. Both outlive the call of Plan.
struct Waiter {
  const PendingPod* pod = nullptr;
  const Wishes* wishes = nullptr;
};

// One caller. Answers come from memory, in about a millisecond for a hundred pods: the gate asks for each group several
// times a second.
class Planner {
 public:
  virtual ~Planner() = default;
  // `pods` are members of `group` without a node, oldest first, at least one; other members run already, or are about
  // to (ClusterView::Assume).
  virtual GroupPlan Plan(const GroupKey& group, const std::vector<Waiter>& pods) = 0;
};

}  // namespace locus::extender
