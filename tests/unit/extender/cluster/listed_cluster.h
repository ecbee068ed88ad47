// A ClusterState whose first lists have come, with a clock and short questions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "extender/cluster/cluster_state.h"
#include "tests/unit/extender/cluster/objects.h"

namespace locus::extender {

// A cluster whose lists have come, and a clock.
class ListedCluster {
 public:
  explicit ListedCluster(std::vector<kube::Node> nodes, std::vector<kube::Pod> pods = {}, ClusterOptions options = {})
      : state(options) {
    ListNodes(std::move(nodes));
    ListPods(std::move(pods));
  }

  void ListNodes(const std::vector<kube::Node>& nodes) {
    state.BeginNodes();
    for (const kube::Node& node : nodes) state.ListNode(node);
    state.EndNodes();
  }
  void ListPods(std::vector<kube::Pod> pods) {
    state.BeginPods();
    for (kube::Pod& pod : pods) state.ListPod(std::move(pod), Now());
    state.EndPods();
  }
  bool Show(kube::Pod pod) { return state.OnPod({true, std::move(pod)}, Now()); }
  bool Gone(kube::Pod pod) { return state.OnPod({false, std::move(pod)}, Now()); }
  void Advance(Duration d) { passed_ += d; }
  Moment Now() const {
    return {SteadyTime(passed_),
            WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::hours(1000) + passed_))};
  }

  Surroundings Look(const kube::Pod& pod, const GroupKey& group, const std::vector<std::string_view>& nodes = {}) {
    return state.Look({pod.space, pod.name, pod.uid}, group, nodes, Now().steady);
  }
  NodeFacts Facts(std::string_view node) { return Look(MakePod("stranger"), "none", {node}).nodes.at(0).value(); }
  std::map<std::string, uint32_t> Siblings(const kube::Pod& pod, const GroupKey& group) {
    std::map<std::string, uint32_t> siblings;
    for (const auto& s : Look(pod, group).siblings) siblings[s.node] = s.count;
    return siblings;
  }
  void Assume(const kube::Pod& pod, const GroupKey& group, std::string_view node) {
    state.Assume({pod.space, pod.name, pod.uid}, group, node, Now().steady);
  }
  uint32_t Room(const kube::Pod& pod, std::string_view node) { return state.Room(pod.uid, {node}, Now().steady).at(0); }
  std::vector<std::string> Pending(size_t limit = 100) {
    std::vector<std::string> names;
    for (const PendingPod& pod : state.Pending(limit)) names.push_back(pod.name);
    return names;
  }

  ClusterState state;

 private:
  Duration passed_ = std::chrono::seconds(1000);
};

// The group of Executor()s.
inline const GroupKey kApp = GroupOf("default", "", "app", "executor", "0", "", "");
inline const std::map<std::string, uint32_t> kNone;
using Counted = std::map<std::string, uint32_t>;

inline kube::Pod Executor(const std::string& name, const std::string& node = "") {
  return WithInputs(MakeExecutor(name, "app", node));
}

}  // namespace locus::extender
