#include "extender/cluster/cluster_state.h"

namespace locus::extender {

void ClusterState::Assume(const PodRef& pod, std::string_view group, std::string_view node, SteadyTime now) {
  if (pod.uid.empty() || node.empty()) return;
  Expire(now);
  const PodId id = PodIdOf(pod.uid);
  // Bound already, and no more than room.
  if (foreign_.contains(id)) return;
  const auto found = records_.find(id);
  PodRecord* const record = found != records_.end() ? found->second.get() : Make(id);
  if (record == nullptr) {
    ++counts_.pods_dropped;
    return;
  }
  if (record->bound != nullptr) return;
  Detach(*record);
  // First: it may be the same one.
  NodeEntry* const place = nodes_.Acquire(node);
  Unassume(*record);
  record->assumed = place;
  record->assumed_since = now;
  assumptions_.emplace(now + options_.assume_for, id);
  if (!record->seen) {
    record->space = pod.space;
    record->name = pod.name;
    record->uid = pod.uid;
    record->group_key = group;
  }
  Attach(*record);
}

void ClusterState::Unassume(PodRecord& pod) {
  if (pod.assumed == nullptr) return;
  assumptions_.erase({pod.assumed_since + options_.assume_for, pod.id});
  nodes_.Release(pod.assumed);
  pod.assumed = nullptr;
}

void ClusterState::Expire(SteadyTime now) {
  if (now > news_) news_ = now;
  while (!assumptions_.empty() && assumptions_.begin()->first <= news_) {
    PodRecord* const pod = records_.find(assumptions_.begin()->second)->second.get();
    ++counts_.expired;
    if (!pod->seen) {
      RemoveRecord(pod);
      continue;
    }
    Detach(*pod);
    Unassume(*pod);
    Attach(*pod);
  }
}

}  // namespace locus::extender
