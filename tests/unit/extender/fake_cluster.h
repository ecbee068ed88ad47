// A ClusterView that says what a test has put in, and remembers what it was told.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/mutex.h"
#include "extender/cluster/cluster_view.h"

namespace locus::extender {

// Thread-safe, except for the public fields: those are set before the threads start.
class FakeCluster final : public ClusterView {
 public:
  bool synced = true;
  std::optional<Duration> age = Duration(0);
  std::shared_ptr<const ZoneTable> zones = std::make_shared<const ZoneTable>();
  // By application.
  std::map<std::string, OwnedAnnotations, std::less<>> drivers;
  // By group; the nodes in it stand for themselves, by name.
  std::map<GroupKey, Surroundings> groups;
  std::map<std::string, NodeFacts, std::less<>> facts;
  std::vector<PendingPod> pending;
  std::map<std::string, uint32_t, std::less<>> room;

  bool Synced() const override { return synced; }
  std::optional<Duration> Age() const override { return age; }
  std::optional<OwnedAnnotations> DriverAnnotations(std::string_view, std::string_view application,
                                                    const std::vector<std::string_view>&) const override {
    const auto found = drivers.find(application);
    return found == drivers.end() ? std::nullopt : std::optional(found->second);
  }
  Surroundings Look(const PodRef&, const GroupKey& group, const std::vector<std::string_view>& nodes) const override {
    const auto found = groups.find(group);
    Surroundings around = found == groups.end() ? Surroundings() : found->second;
    around.synced = synced;
    around.zones = zones;
    for (const std::string_view node : nodes) {
      const auto known = facts.find(node);
      around.nodes.push_back(known == facts.end() ? std::nullopt : std::optional(known->second));
    }
    return around;
  }
  std::shared_ptr<const ZoneTable> Zones() const override { return zones; }
  void Assume(const PodRef& pod, const GroupKey&, std::string_view node) override {
    MutexLock lock(mutex_);
    assumed_.emplace_back(pod.uid, node);
  }
  std::vector<PendingPod> Pending(size_t limit) const override {
    std::vector<PendingPod> some = pending;
    if (some.size() > limit) some.resize(limit);
    return some;
  }
  bool IsPending(std::string_view uid) const override {
    return std::any_of(pending.begin(), pending.end(), [uid](const PendingPod& pod) { return pod.uid == uid; });
  }
  std::vector<uint32_t> Room(std::string_view, const std::vector<std::string_view>& nodes) const override {
    std::vector<uint32_t> rooms;
    for (const std::string_view node : nodes) {
      const auto found = room.find(node);
      rooms.push_back(found == room.end() ? 0 : found->second);
    }
    return rooms;
  }
  std::vector<NodeRoom> RoomFor(int64_t, int64_t) const override {
    std::vector<NodeRoom> rooms;
    for (const auto& [node, pods] : room) rooms.push_back({node, pods});
    return rooms;
  }
  std::vector<Bound> TakeBound() override { return std::exchange(bound, {}); }
  std::vector<Bound> bound;

  // Pod uid and node, in order.
  std::vector<std::pair<std::string, std::string>> assumed() const {
    MutexLock lock(mutex_);
    return assumed_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<std::pair<std::string, std::string>> assumed_;
};

}  // namespace locus::extender
