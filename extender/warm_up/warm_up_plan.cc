#include "extender/warm_up/warm_up_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/status.h"

namespace locus::extender {
namespace {

constexpr std::string_view kAllOfFolder = "/*";

// Bytes of one input on the nodes of the group; copies count twice.
uint64_t HeldThere(const InputPicture& picture, const std::set<std::string_view>& nodes) {
  uint64_t held = 0;
  for (const NodeBytes& node : picture.nodes) {
    if (nodes.contains(node.node)) held = AddSaturating(held, Total(node.bytes));
  }
  return held;
}

// `cause`: why there is none.
bool PathToLoad(const std::string& uri, const std::vector<alluxio_wire::MountedUri>& mounts, std::string& path,
                WarmUpOutcome& cause) {
  const absl::StatusOr<std::string> found = alluxio_wire::PathOfUri(uri, mounts);
  if (!found.ok()) {
    cause = WarmUpOutcome::kNoMount;
    return false;
  }
  path = *found;
  if (path.size() > kAllOfFolder.size() && path.ends_with(kAllOfFolder)) {
    path.resize(path.size() - kAllOfFolder.size());
  }
  if (!alluxio_wire::IsGlob(path)) return true;
  cause = WarmUpOutcome::kGlob;
  return false;
}

// One a node, by name.
std::vector<const CacheWorker*> WorkersOn(const std::set<std::string_view>& nodes,
                                          const std::vector<CacheWorker>& workers) {
  std::map<std::string_view, const CacheWorker*> chosen;
  for (const CacheWorker& worker : workers) {
    if (!nodes.contains(worker.target.node)) continue;
    const CacheWorker*& of_node = chosen[worker.target.node];
    if (of_node == nullptr || worker.target.address < of_node->target.address) of_node = &worker;
  }
  std::vector<const CacheWorker*> list;
  for (const auto& [node, worker] : chosen) list.push_back(worker);
  return list;
}

}  // namespace

double LocalShare(const Holdings& holdings, const std::vector<Siblings>& members, uint64_t share) {
  double local = 0;
  double all = 0;
  for (const Siblings& here : members) {
    const double wanted = static_cast<double>(here.count) * static_cast<double>(share);
    all += wanted;
    const std::optional<size_t> node = holdings.Find(here.node);
    if (node) local += std::min(wanted, static_cast<double>(Total(holdings.nodes[*node].local)));
  }
  return all > 0 ? local / all : 1;
}

WarmUpPlan PlanWarmUp(const GroupKey& group, const Holdings& holdings, const std::vector<Siblings>& members,
                      const std::vector<CacheWorker>& workers, const std::vector<alluxio_wire::MountedUri>& mounts,
                      uint64_t max_bytes) {
  WarmUpPlan plan;
  plan.outcome = WarmUpOutcome::kLocal;
  std::set<std::string_view> nodes;
  for (const Siblings& here : members) nodes.insert(here.node);
  std::set<std::string> paths;
  for (const InputPicture* input : holdings.known) {
    if (HeldThere(*input, nodes) >= input->length_bytes) continue;
    std::string path;
    if (!PathToLoad(input->input, mounts, path, plan.outcome)) continue;
    if (paths.insert(std::move(path)).second) plan.bytes = AddSaturating(plan.bytes, input->length_bytes);
  }
  if (paths.empty()) return plan;
  uint64_t capacity = 0;
  for (const CacheWorker* worker : WorkersOn(nodes, workers)) {
    plan.job.workers.push_back(worker->target);
    capacity = AddSaturating(capacity, worker->capacity_bytes);
  }
  if (plan.job.workers.empty()) {
    plan.outcome = WarmUpOutcome::kNoWorker;
  } else if (plan.bytes > max_bytes || plan.bytes > capacity) {
    plan.outcome = WarmUpOutcome::kTooLarge;
  } else {
    plan.outcome = WarmUpOutcome::kLoading;
    plan.job.group = group;
    plan.job.paths.assign(paths.begin(), paths.end());
  }
  return plan;
}

}  // namespace locus::extender
