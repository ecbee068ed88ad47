#include "tests/sim/scheduler.h"

#include <algorithm>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

#include "common/log.h"
#include "common/metrics.h"
#include "common/testing/fake_clock.h"
#include "extender/cluster/watched_cluster.h"
#include "extender/explain/decision_ring.h"
#include "extender/gate/group_planner.h"
#include "extender/gate/wait_rule.h"
#include "extender/http/call_metrics.h"
#include "extender/http/verbs.h"

namespace locus::sim {
namespace {

using namespace extender;

// The weight of the shipped scheduler configuration, and kube-scheduler's factor from 0..10 to 0..100.
constexpr int kWeight = 20;
constexpr int kScale = 10;
constexpr int64_t kMemoryPerMilli = int64_t{1} << 20;

class Simulation {
 public:
  explicit Simulation(const World& world)
      : world_(world),
        random_(world.seed),
        lost_(world.nodes.size(), false),
        used_(world.nodes.size()),
        cluster_(ClusterOptions(), clock_, metrics_),
        call_metrics_(metrics_),
        ring_(16) {
    for (size_t n = 0; n < world.nodes.size(); ++n) used_[n] = world.nodes[n].used_milli;
    LookAgain();
    cluster_.nodes().Begin();
    std::vector<kube::Node> nodes;
    for (const Node& node : world.nodes) nodes.push_back(KubeNode(node));
    cluster_.nodes().Page(std::move(nodes));
    cluster_.nodes().End();
    cluster_.pods().Begin();
    std::vector<kube::Pod> pods;
    for (size_t n = 0; n < world.nodes.size(); ++n) {
      if (world.nodes[n].used_milli > 0) pods.push_back(Background(n));
    }
    if (world.burst) {
      for (size_t e = 0; e < world.executors; ++e) pods.push_back(Executor(e, ""));
    }
    cluster_.pods().Page(std::move(pods));
    cluster_.pods().End();
    // What was there before is no news.
    clock_.Advance(std::chrono::minutes(5));
  }

  std::vector<int> OneByOne(const std::string& strategy) {
    std::vector<int> nodes(world_.executors, -1);
    std::deque<size_t> queue;
    for (size_t e = 0; e < world_.executors; ++e) queue.push_back(e);
    size_t placed = 0;
    while (!queue.empty()) {
      const size_t e = queue.front();
      queue.pop_front();
      if (!world_.burst) Tell(e, "");
      const int node = Choose(strategy, e);
      nodes[e] = node;
      if (node >= 0) {
        used_[static_cast<size_t>(node)] += world_.executor_milli;
        unseen_.emplace_back(e, node);
      }
      while (unseen_.size() > (world_.burst ? world_.watch_lag : 0)) SeeOne();
      ++placed;
      for (const World::Loss& loss : world_.losses) {
        if (loss.after == placed) Lose(loss.node, nodes, queue);
      }
    }
    return nodes;
  }

  std::vector<int> Planned() {
    // A plan that is made before a node is lost has nobody to put things right but the scheduler: no test of the plan.
    std::vector<int> none;
    std::deque<size_t> nobody;
    for (const World::Loss& loss : world_.losses) Lose(loss.node, none, nobody);
    GroupPlanner planner({}, *locality_, cluster_);
    // Behind their gates all of them are there, also those that come one by one.
    if (!world_.burst) {
      for (size_t e = 0; e < world_.executors; ++e) Tell(e, "");
    }
    std::vector<PendingPod> pending = cluster_.Pending(world_.executors);
    std::vector<Wishes> wishes(pending.size());
    std::vector<Waiter> waiters;
    for (size_t i = 0; i < pending.size(); ++i) {
      wishes[i] = ParseAnnotations(TextsOf(pending[i].annotations));
      wishes[i].policy = Policy::kWait;
      waiters.push_back({&pending[i], &wishes[i]});
    }
    std::vector<int> nodes(world_.executors, -1);
    if (waiters.empty()) return nodes;
    const GroupPlan plan = planner.Plan(pending[0].group, waiters);
    for (size_t i = 0; i < pending.size(); ++i) {
      const auto e = static_cast<size_t>(std::stoul(pending[i].name.substr(pending[i].name.rfind('-') + 1)));
      const auto& node = plan.nodes[i];
      if (!node) continue;
      nodes[e] = PositionOf(*node);
      used_[static_cast<size_t>(nodes[e])] += world_.executor_milli;
      Tell(e, *node);
    }
    // Those without a good node wait, in vain here, and are opened at their deadline.
    for (size_t e = 0; e < nodes.size(); ++e) {
      if (nodes[e] >= 0) continue;
      nodes[e] = Choose("locus", e);
      if (nodes[e] < 0) continue;
      used_[static_cast<size_t>(nodes[e])] += world_.executor_milli;
      Tell(e, world_.nodes[static_cast<size_t>(nodes[e])].name);
    }
    return nodes;
  }

 private:
  static kube::Node KubeNode(const Node& node) {
    kube::Node made;
    made.name = node.name;
    made.labels["kubernetes.io/hostname"] = node.name;
    if (!node.zone.empty()) made.labels["topology.kubernetes.io/zone"] = node.zone;
    made.allocatable.cpu_milli = node.cpu_milli;
    made.allocatable.memory_bytes = node.cpu_milli * kMemoryPerMilli;
    made.allocatable.pods = 110;
    return made;
  }

  kube::Pod Executor(size_t e, const std::string& node) const {
    kube::Pod pod;
    pod.space = "default";
    pod.name = "sim-exec-" + std::to_string(e);
    pod.uid = "uid-" + std::to_string(world_.seed) + "-" + std::to_string(e);
    pod.node = node;
    pod.scheduler = "locus";
    pod.labels = {{"spark-app-selector", "sim"}, {"spark-role", "executor"}, {"spark-exec-resourceprofile-id", "0"}};
    pod.annotations["locus.dev/inputs"] = kInput;
    if (world_.pack) pod.annotations["locus.dev/layout"] = "pack";
    pod.created = clock_.WallNow();
    pod.requests = {world_.executor_milli, world_.executor_milli * kMemoryPerMilli, 1, {}};
    return pod;
  }

  kube::Pod Background(size_t n) const {
    kube::Pod pod;
    pod.space = "others";
    pod.name = pod.uid = "background-" + std::to_string(n);
    pod.node = world_.nodes[n].name;
    pod.requests = {world_.nodes[n].used_milli, world_.nodes[n].used_milli * kMemoryPerMilli, 1, {}};
    return pod;
  }

  void LookAgain() {
    locality_ = std::make_unique<WorldLocality>(world_, lost_);
    verbs_ = std::make_unique<Verbs>(
        VerbOptions(), VerbDependencies{*locality_, cluster_, refusals_, ring_, listener_, call_metrics_, clock_});
  }

  void Tell(size_t e, const std::string& node) { cluster_.pods().Event({true, Executor(e, node)}); }

  void SeeOne() {
    const auto [e, node] = unseen_.front();
    unseen_.pop_front();
    Tell(e, world_.nodes[static_cast<size_t>(node)].name);
  }

  void Lose(size_t n, std::vector<int>& nodes, std::deque<size_t>& queue) {
    while (!unseen_.empty()) SeeOne();
    lost_[n] = true;
    cluster_.nodes().Event({false, KubeNode(world_.nodes[n])});
    for (size_t e = 0; e < nodes.size(); ++e) {
      if (nodes[e] != static_cast<int>(n)) continue;
      nodes[e] = -1;
      cluster_.pods().Event({false, Executor(e, world_.nodes[n].name)});
      queue.push_back(e);
      if (world_.burst) Tell(e, "");
    }
    LookAgain();
  }

  int PositionOf(const std::string& name) const {
    const auto found =
        std::find_if(world_.nodes.begin(), world_.nodes.end(), [&](const Node& node) { return node.name == name; });
    return static_cast<int>(found - world_.nodes.begin());
  }

  std::vector<size_t> Feasible() const {
    std::vector<size_t> feasible;
    for (size_t n = 0; n < world_.nodes.size(); ++n) {
      if (!lost_[n] && used_[n] + world_.executor_milli <= world_.nodes[n].cpu_milli) feasible.push_back(n);
    }
    return feasible;
  }

  // NodeResourcesFit, LeastAllocated: the free part after the pod, 0 to 100.
  int64_t LeastAllocated(size_t n) const {
    const int64_t free = world_.nodes[n].cpu_milli - used_[n] - world_.executor_milli;
    return 100 * free / world_.nodes[n].cpu_milli;
  }

  int Choose(const std::string& strategy, size_t e) {
    const std::vector<size_t> feasible = Feasible();
    if (feasible.empty()) return -1;
    std::map<size_t, int64_t> extra;
    if (strategy == "locus" && feasible.size() > 1) extra = AskLocus(e, feasible);
    if (strategy == "most_bytes") extra = MostBytes(feasible);
    int64_t highest = -1;
    std::vector<size_t> best;
    for (const size_t n : feasible) {
      const auto more = extra.find(n);
      const int64_t total = LeastAllocated(n) + (more == extra.end() ? 0 : more->second * kWeight * kScale);
      if (total < highest) continue;
      if (total > highest) best.clear();
      highest = total;
      best.push_back(n);
    }
    return static_cast<int>(best[random_() % best.size()]);
  }

  std::map<size_t, int64_t> AskLocus(size_t e, const std::vector<size_t>& feasible) {
    const kube::Pod pod = Executor(e, "");
    nlohmann::json body;
    body["Pod"]["metadata"] = {{"name", pod.name},
                               {"namespace", pod.space},
                               {"uid", pod.uid},
                               {"labels", pod.labels},
                               {"annotations", pod.annotations}};
    body["Nodes"] = nullptr;
    std::map<std::string, size_t> names;
    for (const size_t n : feasible) {
      body["NodeNames"].push_back(world_.nodes[n].name);
      names[world_.nodes[n].name] = n;
    }
    std::map<size_t, int64_t> scores;
    for (const auto& host : nlohmann::json::parse(verbs_->Prioritize(body.dump()))) {
      scores[names.at(host.at("Host"))] = host.at("Score");
    }
    return scores;
  }

  std::map<size_t, int64_t> MostBytes(const std::vector<size_t>& feasible) const {
    std::map<size_t, uint64_t> bytes;
    uint64_t most = 1;
    for (const Block& block : world_.blocks) {
      for (const Copy& copy : block.copies) bytes[copy.node] += block.bytes;
    }
    for (const size_t n : feasible) most = std::max(most, bytes[n]);
    std::map<size_t, int64_t> scores;
    for (const size_t n : feasible) scores[n] = static_cast<int64_t>(10 * bytes[n] / most);
    return scores;
  }

  const World& world_;
  std::mt19937_64 random_;
  std::vector<bool> lost_;
  std::vector<int64_t> used_;
  FakeClock clock_;
  Metrics metrics_;
  WatchedCluster cluster_;
  CallMetrics call_metrics_;
  DecisionRing ring_;
  NoRefusals refusals_;
  NoListener listener_;
  std::unique_ptr<WorldLocality> locality_;
  std::unique_ptr<Verbs> verbs_;
  // Bindings that the extender has not seen: executor and node.
  std::deque<std::pair<size_t, int>> unseen_;
};

}  // namespace

std::vector<int> Run(const World& world, const std::string& strategy) {
  ConfigureLog("warning", "text");
  Simulation simulation(world);
  if (strategy == "gate") return simulation.Planned();
  if (strategy != "locus" && strategy != "stock" && strategy != "most_bytes") {
    throw std::runtime_error("no such strategy: " + strategy);
  }
  return simulation.OneByOne(strategy);
}

}  // namespace locus::sim
