#include "extender/gate/group_planner.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "extender/decision/holdings.h"
#include "extender/decision/plan.h"

namespace locus::extender {
namespace {

// How many pods like each one find room on each holder; asked for when it is needed.
class Rooms {
 public:
  Rooms(const ClusterView& cluster, const std::vector<Waiter>& pods, std::vector<std::string_view> nodes)
      : cluster_(cluster), pods_(pods), nodes_(std::move(nodes)), rooms_(pods.size()) {}

  bool Has(size_t pod, size_t node, uint32_t planned) {
    auto& room = rooms_[pod];
    if (!room) room = cluster_.Room(pods_[pod].pod->uid, nodes_);
    return planned < (*room)[node];
  }

 private:
  const ClusterView& cluster_;
  const std::vector<Waiter>& pods_;
  const std::vector<std::string_view> nodes_;
  std::vector<std::optional<std::vector<uint32_t>>> rooms_;
};

bool SameWishes(const Wishes& a, const Wishes& b) {
  return a.inputs == b.inputs && a.share == b.share && a.layout == b.layout &&
         (a.policy == Policy::kRequire) == (b.policy == Policy::kRequire);
}

// With policy `require` any holder does, also one whose bytes others read already.
std::optional<size_t> AnyHolder(const Holdings& holdings, Rooms& rooms, size_t pod,
                                const std::vector<uint32_t>& planned) {
  std::optional<size_t> best;
  for (size_t n = 0; n < holdings.nodes.size(); ++n) {
    if (best && Total(holdings.nodes[n].local) <= Total(holdings.nodes[*best].local)) continue;
    if (rooms.Has(pod, n, planned[n])) best = n;
  }
  return best;
}

}  // namespace

GroupPlan GroupPlanner::Plan(const GroupKey& group, const std::vector<Waiter>& pods) {
  GroupPlan plan;
  plan.status = PlanStatus::kPlanned;
  plan.nodes.resize(pods.size());
  plan.each.assign(pods.size(), PlanStatus::kUnknown);
  // Members of a group nearly always ask for the same.
  std::vector<Batch> batches;
  for (size_t i = 0; i < pods.size(); ++i) {
    const auto same = std::find_if(batches.begin(), batches.end(), [&](const Batch& batch) {
      return SameWishes(*pods[batch[0]].wishes, *pods[i].wishes);
    });
    if (same != batches.end()) {
      same->push_back(i);
    } else {
      batches.push_back({i});
    }
  }
  for (const Batch& batch : batches) PlanBatch(group, pods, batch, plan);
  return plan;
}

void GroupPlanner::PlanBatch(const GroupKey& group, const std::vector<Waiter>& pods, const Batch& batch,
                             GroupPlan& plan) {
  const auto all = [&](PlanStatus status) {
    for (const size_t i : batch) plan.each[i] = status;
  };
  const Wishes& wishes = *pods[batch[0]].wishes;
  // Only inputs that cannot be any: nobody will ever know them.
  if (wishes.inputs.empty()) return all(PlanStatus::kNothingToWaitFor);
  const LocalityAnswer answer = locality_.Look(wishes.inputs, Duration::zero());
  const Holdings holdings = Gather(answer, options_.max_age);
  if (holdings.unusable != Reason::kNone || holdings.incomplete != Reason::kNone) return all(PlanStatus::kUnknown);
  if (holdings.nodes.empty()) return all(PlanStatus::kNothingToWaitFor);

  std::vector<std::string_view> names;
  for (const HeldNode& node : holdings.nodes) names.push_back(node.node);
  const PendingPod& first = *pods[batch[0]].pod;
  const Surroundings around = cluster_.Look({first.space, first.name, first.uid}, group, names);
  const Scene scene{&holdings, answer.loads.get(), &around,
                    ShareOf(wishes.share, holdings.length_bytes, around.group_size), wishes.layout};
  Rooms rooms(cluster_, pods, names);
  const auto has_room = [&](size_t m, size_t n, uint32_t planned) { return rooms.Has(batch[m], n, planned); };
  const bool require = wishes.policy == Policy::kRequire;
  const auto steps = PlanGroup(Appraiser(scene, options_.scoring), names.size(), batch.size(), has_room,
                               require ? 0 : options_.sift.good_enough, options_.sift.min_gain_seconds);
  std::vector<uint32_t> planned(names.size());
  for (size_t m = 0; m < batch.size(); ++m) {
    std::optional<size_t> node;
    if (steps[m].result == PlanStep::Result::kNode) node = steps[m].node;
    if (!node && require) node = AnyHolder(holdings, rooms, batch[m], planned);
    if (node) {
      ++planned[*node];
      plan.nodes[batch[m]] = std::string(names[*node]);
    }
    const bool nothing = !node && !require && steps[m].result == PlanStep::Result::kNothing;
    plan.each[batch[m]] = nothing ? PlanStatus::kNothingToWaitFor : PlanStatus::kPlanned;
  }
}

}  // namespace locus::extender
