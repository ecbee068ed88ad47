// The cluster's picture computed the slow way: everything from what was shown, at each question.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "extender/cluster/cluster_state.h"

namespace locus::extender {

class ClusterModel {
 public:
  explicit ClusterModel(ClusterOptions options) : options_(options) {}

  struct Known {
    kube::Pod pod;
    // Since when it counts on its node.
    SteadyTime since;
  };
  struct Assumed {
    std::string node;
    std::string group;
    SteadyTime since;
  };

  // ---- News

  void Node(const kube::Node& node, bool present) {
    nodes.erase(node.name);
    if (present) nodes.emplace(node.name, node);
  }
  void BeginNodes() { listed_nodes_.clear(); }
  void ListNode(const kube::Node& node) {
    Node(node, true);
    listed_nodes_.insert(node.name);
  }
  void EndNodes() {
    std::erase_if(nodes, [this](const auto& n) { return listed_nodes_.count(n.first) == 0; });
    nodes_listed = true;
  }

  void BeginPods() { listed_.clear(); }
  void ListPod(const kube::Pod& pod, Moment now) {
    listed_.insert(pod.uid);
    Pod(pod, true, now, /*listed=*/true);
  }
  void EndPods() {
    std::vector<std::string> gone;
    for (const auto& [uid, known] : pods) {
      if (listed_.count(uid) == 0) gone.push_back(uid);
    }
    for (const std::string& uid : gone) Forget(uid);
    pods_listed = true;
  }
  void Pod(const kube::Pod& pod, bool present, Moment now, bool listed = false) {
    Expire(now.steady);
    if (!present || pod.finished) return Forget(pod.uid);
    const bool awaited = assumed.count(pod.uid) > 0;
    const auto before = pods.find(pod.uid);
    const bool was_bound = before != pods.end() && !before->second.pod.node.empty();
    // Of others' pods without a node nothing is remembered.
    const bool remembered = awaited || was_bound || (before != pods.end() && kept.count(pod.uid) > 0);
    SteadyTime since = now.steady;
    if (listed && !remembered) since -= std::max(Duration(0), now.wall - pod.created);
    if (was_bound) since = before->second.since;
    if (awaited || MayBe(pod)) kept.insert(pod.uid);
    pods[pod.uid] = {pod, since};
    if (pod.node.empty()) return;
    assumed.erase(pod.uid);
    if (!was_bound && pods_listed && Ours(pod)) bound.push_back(pod.uid + " " + pod.node);
  }

  void Assume(const std::string& uid, const std::string& group, const std::string& node, SteadyTime now) {
    Expire(now);
    const auto found = pods.find(uid);
    if (found != pods.end() && !found->second.pod.node.empty()) return;
    assumed[uid] = {node, group, now};
  }
  void Expire(SteadyTime now) {
    std::erase_if(assumed, [this, now](const auto& a) { return a.second.since + options_.assume_for <= now; });
  }

  // ---- Answers

  static std::string Text(const kube::Pod& pod, const char* label) {
    const auto found = pod.labels.find(label);
    return found == pod.labels.end() ? "" : found->second;
  }
  static bool HasOwnInputs(const kube::Pod& pod) { return pod.annotations.count("locus.dev/inputs") > 0; }
  static bool Gated(const kube::Pod& pod) {
    return std::count(pod.gates.begin(), pod.gates.end(), "locus.dev/locality") > 0;
  }
  static bool MayBe(const kube::Pod& pod) {
    return HasOwnInputs(pod) || Gated(pod) || !Text(pod, "spark-app-selector").empty() ||
           std::any_of(pod.owners.begin(), pod.owners.end(), [](const kube::Owner& o) { return o.kind == "Pod"; });
  }
  const kube::Pod* DriverOf(const kube::Pod& pod) const {
    if (Text(pod, "spark-role") == "driver") return nullptr;
    for (const kube::Owner& owner : pod.owners) {
      const auto found = pods.find(owner.uid);
      if (owner.kind == "Pod" && found != pods.end() && HasOwnInputs(found->second.pod)) return &found->second.pod;
    }
    const std::string application = Text(pod, "spark-app-selector");
    const kube::Pod* best = nullptr;
    for (const auto& [uid, known] : pods) {
      const kube::Pod& other = known.pod;
      if (application.empty() || uid == pod.uid || Text(other, "spark-app-selector") != application) continue;
      if (Text(other, "spark-role") != "driver" || !HasOwnInputs(other)) continue;
      const bool better = best == nullptr || (best->deleted && !other.deleted) ||
                          (best->deleted == other.deleted && best->created <= other.created);
      if (better) best = &other;
    }
    return best;
  }
  bool Ours(const kube::Pod& pod) const { return HasOwnInputs(pod) || Gated(pod) || DriverOf(pod) != nullptr; }
  std::string AnnotationOf(const kube::Pod& pod, const std::string& name) const {
    const kube::Pod* driver = DriverOf(pod);
    for (const kube::Pod* from : {&pod, driver}) {
      if (from == nullptr) continue;
      const auto found = from->annotations.find("locus.dev/" + name);
      if (found != from->annotations.end()) return found->second;
    }
    return "";
  }
  std::string GroupKeyOf(const kube::Pod& pod) const {
    std::string controller;
    for (const kube::Owner& owner : pod.owners) {
      if (owner.controller) controller = owner.uid;
    }
    return GroupOf(pod.space, AnnotationOf(pod, "group"), Text(pod, "spark-app-selector"), Text(pod, "spark-role"),
                   Text(pod, "spark-exec-resourceprofile-id"), controller, pod.uid);
  }

  // Where each pod that counts is: uid to node.
  std::string PlaceOf(const std::string& uid) const {
    const auto found = pods.find(uid);
    if (found != pods.end() && !found->second.pod.node.empty()) return found->second.pod.node;
    const auto guess = assumed.find(uid);
    return guess == assumed.end() ? "" : guess->second.node;
  }
  // Live members of each group.
  std::map<std::string, std::set<std::string>> Groups() const {
    std::map<std::string, std::set<std::string>> groups;
    for (const auto& [uid, known] : pods) {
      if (kept.count(uid) > 0 && !known.pod.deleted) groups[GroupKeyOf(known.pod)].insert(uid);
    }
    for (const auto& [uid, guess] : assumed) {
      if (pods.count(uid) == 0) groups[guess.group].insert(uid);
    }
    return groups;
  }
  struct Use {
    int64_t cpu = 0, fresh = 0, memory = 0, pods = 0;
  };
  Use UseOf(const std::string& node, SteadyTime now, const std::string& without = "") const {
    Use use;
    const auto add = [&](const std::string& uid, const kube::Resources& requests, SteadyTime since) {
      if (uid == without) return;
      use.cpu += requests.cpu_milli;
      use.memory += requests.memory_bytes;
      ++use.pods;
      if (since + options_.fresh > now) use.fresh += requests.cpu_milli;
    };
    for (const auto& [uid, known] : pods) {
      if (known.pod.node == node) add(uid, known.pod.requests, known.since);
    }
    for (const auto& [uid, guess] : assumed) {
      const auto found = pods.find(uid);
      if (guess.node == node)
        add(uid, found == pods.end() ? kube::Resources{} : found->second.pod.requests, guess.since);
    }
    return use;
  }
  std::vector<std::string> Pending() const {
    std::vector<const kube::Pod*> waiting;
    for (const auto& [uid, known] : pods) {
      if (known.pod.node.empty() && !known.pod.deleted && Ours(known.pod)) waiting.push_back(&known.pod);
    }
    std::stable_sort(waiting.begin(), waiting.end(),
                     [](const kube::Pod* a, const kube::Pod* b) { return a->created < b->created; });
    std::vector<std::string> texts;
    for (const kube::Pod* pod : waiting) {
      texts.push_back(pod->uid + " " + AnnotationOf(*pod, "inputs") + " " + AnnotationOf(*pod, "policy") + " " +
                      GroupKeyOf(*pod));
    }
    return texts;
  }

  std::map<std::string, kube::Node> nodes;
  std::map<std::string, Known> pods;
  std::map<std::string, Assumed> assumed;
  // Pods that were ours, or might have been, at any time.
  std::set<std::string> kept;
  std::vector<std::string> bound;
  bool nodes_listed = false;
  bool pods_listed = false;

 private:
  void Forget(const std::string& uid) {
    pods.erase(uid);
    assumed.erase(uid);
    kept.erase(uid);
  }

  const ClusterOptions options_;
  std::set<std::string> listed_;
  std::set<std::string> listed_nodes_;
};

}  // namespace locus::extender
