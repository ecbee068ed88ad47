// A cluster whose pods change as the gate writes, and a planner that says what the test wants.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "extender/cluster/cluster_view.h"
#include "extender/gate/planner.h"
#include "tests/unit/kube/fake_writer.h"

namespace locus::extender {

struct Assumed {
  std::string uid;
  GroupKey group;
  std::string node;
};

// As the API server stamps it: in whole seconds.
inline WallTime CreatedAt(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time); }

// A pod with inputs, gated, of namespace "jobs"; its uid is its name.
inline PendingPod PodOf(const std::string& name, const std::string& group, WallTime created,
                        const std::string& policy) {
  PendingPod pod;
  pod.space = "jobs";
  pod.name = pod.uid = name;
  pod.group = group;
  pod.created = created;
  pod.gated = true;
  pod.annotations[static_cast<size_t>(Annotation::kInputs)] = "alluxio:///a";
  pod.annotations[static_cast<size_t>(Annotation::kPolicy)] = policy;
  return pod;
}
inline PendingPod With(PendingPod pod, Annotation annotation, const std::string& value) {
  pod.annotations[static_cast<size_t>(annotation)] = value;
  return pod;
}
inline PendingPod Ungated(PendingPod pod) {
  pod.gated = false;
  return pod;
}

// Thread-safe.
class FakeCluster final : public ClusterView {
 public:
  void Put(const PendingPod& pod) {
    MutexLock lock(mutex_);
    pods_[pod.uid] = pod;
  }
  void Remove(const std::string& uid) {
    MutexLock lock(mutex_);
    pods_.erase(uid);
  }
  PendingPod Get(const std::string& uid) const {
    MutexLock lock(mutex_);
    const auto found = pods_.find(uid);
    return found == pods_.end() ? PendingPod() : found->second;
  }
  void SetSynced(bool synced) {
    MutexLock lock(mutex_);
    synced_ = synced;
  }
  // What the API server does with a patch of the gate.
  void Apply(const kube::FakePatch& written) {
    const auto patch = nlohmann::json::parse(written.patch);
    MutexLock lock(mutex_);
    const auto found = pods_.find(patch["metadata"]["uid"].get<std::string>());
    if (found == pods_.end()) return;
    const auto annotations = patch["metadata"].value("annotations", nlohmann::json::object());
    found->second.planned_node = annotations.value("locus.dev/planned-node", found->second.planned_node);
    found->second.wake = annotations.value("locus.dev/wake", found->second.wake);
    if (patch.contains("spec")) found->second.gated = false;
  }
  std::vector<Assumed> assumed() const {
    MutexLock lock(mutex_);
    return assumed_;
  }

  bool Synced() const override {
    MutexLock lock(mutex_);
    return synced_;
  }
  std::optional<Duration> Age() const override { return std::nullopt; }
  std::optional<OwnedAnnotations> DriverAnnotations(std::string_view, std::string_view,
                                                    const std::vector<std::string_view>&) const override {
    return std::nullopt;
  }
  Surroundings Look(const PodRef&, const GroupKey&, const std::vector<std::string_view>&) const override { return {}; }
  std::shared_ptr<const ZoneTable> Zones() const override { return nullptr; }
  void Assume(const PodRef& pod, const GroupKey& group, std::string_view node) override {
    MutexLock lock(mutex_);
    assumed_.push_back({std::string(pod.uid), group, std::string(node)});
  }
  std::vector<PendingPod> Pending(size_t limit) const override {
    MutexLock lock(mutex_);
    std::vector<PendingPod> pods;
    for (const auto& [uid, pod] : pods_) pods.push_back(pod);
    std::stable_sort(pods.begin(), pods.end(), [](const auto& a, const auto& b) { return a.created < b.created; });
    if (pods.size() > limit) pods.resize(limit);
    return pods;
  }
  bool IsPending(std::string_view uid) const override {
    MutexLock lock(mutex_);
    return pods_.count(std::string(uid)) > 0;
  }
  std::vector<uint32_t> Room(std::string_view, const std::vector<std::string_view>& nodes) const override {
    return std::vector<uint32_t>(nodes.size());
  }
  std::vector<NodeRoom> RoomFor(int64_t, int64_t) const override { return {}; }
  std::vector<Bound> TakeBound() override { return {}; }

 private:
  mutable Mutex mutex_;
  bool synced_ = true;
  std::map<std::string, PendingPod> pods_;
  std::vector<Assumed> assumed_;
};

// Thread-safe where `answer` is.
class FakePlanner final : public Planner {
 public:
  using Answer = std::function<GroupPlan(const GroupKey&, const std::vector<Waiter>&)>;

  GroupPlan Plan(const GroupKey& group, const std::vector<Waiter>& pods) override {
    Answer answer;
    {
      MutexLock lock(mutex_);
      asked_.push_back({group, {}});
      for (const Waiter& waiter : pods) asked_.back().second.push_back(waiter.pod->uid);
      answer = answer_;
    }
    return answer(group, pods);
  }
  void Say(Answer answer) {
    MutexLock lock(mutex_);
    answer_ = std::move(answer);
  }
  void Say(PlanStatus status) {
    Say([status](const GroupKey&, const std::vector<Waiter>&) { return GroupPlan{status, {}}; });
  }
  // Each pod finds room on `node`.
  void SayNode(const std::string& node) {
    Say([node](const GroupKey&, const std::vector<Waiter>& pods) {
      return GroupPlan{PlanStatus::kPlanned, std::vector<std::optional<std::string>>(pods.size(), node)};
    });
  }
  // Groups with their pods, since it was asked last.
  std::vector<std::pair<GroupKey, std::vector<std::string>>> TakeAsked() {
    MutexLock lock(mutex_);
    return std::exchange(asked_, {});
  }

 private:
  Mutex mutex_;
  Answer answer_ = [](const GroupKey&, const std::vector<Waiter>&) { return GroupPlan{PlanStatus::kPlanned, {}}; };
  std::vector<std::pair<GroupKey, std::vector<std::string>>> asked_;
};

}  // namespace locus::extender
