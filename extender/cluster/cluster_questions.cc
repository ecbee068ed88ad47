#include <algorithm>

#include "extender/cluster/cluster_state.h"

namespace locus::extender {
namespace {

PendingPod PendingOf(const PodRecord& pod, const PodRecord* driver) {
  PendingPod pending;
  pending.space = pod.space;
  pending.name = pod.name;
  pending.uid = pod.uid;
  pending.scheduler = pod.scheduler;
  pending.application = pod.face.application;
  pending.group = pod.group_key;
  pending.annotations = Merge(pod.face.own.get(), driver == nullptr ? nullptr : driver->face.own.get());
  pending.created = pod.face.created;
  pending.gated = pod.gated;
  pending.other_gates = pod.other_gates;
  pending.planned_node = pod.planned_node;
  pending.wake = pod.wake;
  return pending;
}

}  // namespace

std::optional<OwnedAnnotations> ClusterState::DriverAnnotations(std::string_view space, std::string_view application,
                                                                const std::vector<std::string_view>& owner_uids) const {
  std::vector<PodId> owners;
  owners.reserve(owner_uids.size());
  for (const std::string_view uid : owner_uids) owners.push_back(PodIdOf(uid));
  const PodRecord* const driver = drivers_.Find(space, application, owners, nullptr);
  if (driver == nullptr) return std::nullopt;
  return *driver->face.own;
}

Surroundings ClusterState::Look(const PodRef& pod, std::string_view group, const std::vector<std::string_view>& nodes,
                                SteadyTime now) {
  Expire(now);
  Surroundings around;
  if (!synced()) return around;
  around.synced = true;
  around.zones = nodes_.Zones();
  if (const Group* const members = groups_.Find(group)) {
    const auto found = records_.find(PodIdOf(pod.uid));
    const PodRecord* const self =
        found != records_.end() && found->second->group == members ? found->second.get() : nullptr;
    around.group_size = members->members + (self == nullptr ? 1 : 0);
    around.siblings.reserve(members->by_node.size());
    for (const auto& [node, count] : members->by_node) {
      const uint32_t others = count - (self != nullptr && self->charged == node ? 1 : 0);
      if (others > 0) around.siblings.push_back({node->name(), others});
    }
  }
  around.nodes.reserve(nodes.size());
  for (const std::string_view name : nodes) {
    const NodeEntry* const node = nodes_.Find(name);
    const bool known = node != nullptr && node->shape() != nullptr;
    around.nodes.push_back(known ? std::optional(node->Facts(FreshAfter())) : std::nullopt);
  }
  return around;
}

std::vector<PendingPod> ClusterState::Pending(size_t limit) const {
  std::vector<PendingPod> pending;
  pending.reserve(std::min(limit, pending_.size()));
  for (const PodRecord* pod : pending_) {
    if (pending.size() >= limit) break;
    pending.push_back(PendingOf(*pod, drivers_.Find(*pod)));
  }
  return pending;
}

bool ClusterState::IsPending(std::string_view uid) const {
  const auto found = records_.find(PodIdOf(uid));
  return found != records_.end() && pending_.contains(found->second.get());
}

std::vector<uint32_t> ClusterState::Room(std::string_view uid, const std::vector<std::string_view>& nodes,
                                         SteadyTime now) {
  Expire(now);
  std::vector<uint32_t> room(nodes.size(), 0);
  const auto found = records_.find(PodIdOf(uid));
  if (found == records_.end() || found->second->constraints == nullptr) return room;
  const PodRecord& pod = *found->second;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const NodeEntry* const node = nodes_.Find(nodes[i]);
    if (node == nullptr) continue;
    room[i] = node->RoomFor(*pod.constraints, pod.requests, pod.charged == node ? &pod.requests : nullptr);
  }
  return room;
}

std::vector<ClusterView::NodeRoom> ClusterState::RoomFor(int64_t cpu_milli, int64_t memory_bytes, SteadyTime now) {
  Expire(now);
  const Requests requests(cpu_milli, memory_bytes);
  std::vector<ClusterView::NodeRoom> room;
  room.reserve(nodes_.known());
  for (const NodeEntry* node : nodes_.Known()) room.push_back({node->name(), node->RoomFor({}, requests, nullptr)});
  return room;
}

std::vector<ClusterView::Bound> ClusterState::TakeBound() {
  std::vector<ClusterView::Bound> bound(std::make_move_iterator(bound_.begin()), std::make_move_iterator(bound_.end()));
  bound_.clear();
  return bound;
}

ClusterCounts ClusterState::Counts(SteadyTime now) {
  Expire(now);
  ClusterCounts counts = counts_;
  counts.nodes = nodes_.known();
  counts.pods = foreign_.size() + records_.size();
  counts.pending = pending_.size();
  counts.groups = groups_.size();
  counts.assumed = assumptions_.size();
  return counts;
}

}  // namespace locus::extender
