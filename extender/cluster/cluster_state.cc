#include "extender/cluster/cluster_state.h"

#include <algorithm>
#include <tuple>

namespace locus::extender {
namespace {

// A pod that a list shows on its node has been there since its creation at the earliest; how long ago that was matters
// only as long as it may be fresh.
constexpr Duration kLongAgo = std::chrono::hours(24);

SteadyTime SinceCreation(WallTime created, Moment now) {
  if (created >= now.wall) return now.steady;
  if (created < now.wall - kLongAgo) return now.steady - kLongAgo;
  return now.steady - (now.wall - created);
}

}  // namespace

bool ClusterState::OlderFirst::operator()(const PodRecord* a, const PodRecord* b) const {
  return std::tie(a->face.created, a->uid) < std::tie(b->face.created, b->uid);
}

// ---- Nodes

bool ClusterState::ListNode(const kube::Node& node) {
  if (node.name.empty()) return false;
  const NodeTable::Put put = nodes_.PutNode(node, nodes_mark_);
  if (put == NodeTable::Put::kFull) ++counts_.nodes_dropped;
  return put == NodeTable::Put::kChanged;
}

bool ClusterState::EndNodes() {
  const bool first = !std::exchange(nodes_listed_, true);
  return nodes_.Sweep(nodes_mark_) > 0 || first;
}

bool ClusterState::OnNode(const kube::WatchEvent<kube::Node>& event) {
  return event.present ? ListNode(event.object) : nodes_.Remove(event.object.name);
}

// ---- Pods

bool ClusterState::ListPod(kube::Pod pod, Moment now) { return PutPod(std::move(pod), now, /*listed=*/true); }

bool ClusterState::EndPods() {
  std::vector<PodId> gone;
  for (const auto& [id, pod] : foreign_) {
    if (pod.mark != pods_mark_) gone.push_back(id);
  }
  // The list may be older than a pod that was assumed and never seen: that has its time-out.
  for (const auto& [id, pod] : records_) {
    if (pod->seen && pod->mark != pods_mark_) gone.push_back(id);
  }
  for (const PodId& id : gone) RemovePod(id);
  const bool first = !std::exchange(pods_listed_, true);
  return !gone.empty() || first;
}

bool ClusterState::OnPod(kube::WatchEvent<kube::Pod> event, Moment now) {
  if (event.present) return PutPod(std::move(event.object), now, /*listed=*/false);
  Expire(now.steady);
  return RemovePod(PodIdOf(event.object.uid));
}

bool ClusterState::PutPod(kube::Pod pod, Moment now, bool listed) {
  if (pod.uid.empty() || pod.name.empty()) return false;
  Expire(now.steady);
  const PodId id = PodIdOf(pod.uid);
  if (pod.finished) return RemovePod(id);
  const bool recorded = records_.contains(id);
  const auto foreign = foreign_.find(id);
  const bool known = recorded || foreign != foreign_.end();
  SteadyTime since = listed && !known ? SinceCreation(pod.created, now) : now.steady;
  if (!recorded && !MayBeOurs(pod)) return PutForeign(id, pod, since);
  // What was bound before we came is no news.
  bool news = pods_listed_;
  if (foreign != foreign_.end()) {
    // Bound for long, it has got its annotations only now.
    news = false;
    since = foreign->second.since;
    RemoveForeign(foreign);
  }
  return PutOurs(id, std::move(pod), since, news);
}

bool ClusterState::PutForeign(const PodId& id, const kube::Pod& pod, SteadyTime since) {
  auto found = foreign_.find(id);
  if (pod.node.empty()) {
    if (found == foreign_.end()) return false;
    RemoveForeign(found);
    return true;
  }
  Requests requests(pod.requests);
  if (found != foreign_.end()) {
    found->second.mark = pods_mark_;
    if (found->second.node->name() == pod.node && found->second.requests == requests) return false;
    since = found->second.since;
    RemoveForeign(found);
  } else if (full()) {
    ++counts_.pods_dropped;
    return false;
  }
  NodeEntry* const node = nodes_.Acquire(pod.node);
  node->Charge(requests, since, FreshAfter());
  foreign_.try_emplace(id, ForeignPod{std::move(requests), node, since, pods_mark_});
  return true;
}

bool ClusterState::PutOurs(const PodId& id, kube::Pod pod, SteadyTime since, bool news) {
  const auto found = records_.find(id);
  PodRecord* const record = found != records_.end() ? found->second.get() : Make(id);
  if (record == nullptr) {
    ++counts_.pods_dropped;
    return false;
  }
  Detach(*record);
  drivers_.Remove(record);
  const DriverFace before = record->face;
  const std::string node = pod.node;
  Show(*record, std::move(pod));
  record->mark = pods_mark_;
  drivers_.Add(record);
  Derive(*record);
  if (PutPlace(*record, node, since) && news) ReportBound(*record);
  Attach(*record);
  if (before == record->face) return true;
  DeriveHeirs(*record, before);
  DeriveHeirs(*record, record->face);
  return true;
}

bool ClusterState::PutPlace(PodRecord& pod, std::string_view node, SteadyTime since) {
  if (node.empty()) {
    // No API server takes a binding back; what it shows is right all the same.
    if (pod.bound != nullptr) nodes_.Release(std::exchange(pod.bound, nullptr));
    return false;
  }
  // Nobody asks any more where it may run.
  pod.constraints.reset();
  if (pod.bound != nullptr && pod.bound->name() == node) return false;
  NodeEntry* const place = nodes_.Acquire(node);
  if (pod.bound != nullptr) nodes_.Release(pod.bound);
  if (pod.assumed != nullptr) {
    ++(pod.assumed == place ? counts_.confirmed : counts_.refuted);
    Unassume(pod);
  }
  pod.bound = place;
  pod.bound_since = since;
  return true;
}

void ClusterState::ReportBound(const PodRecord& pod) {
  if (!pod.ours()) return;
  if (bound_.size() >= options_.max_bound) {
    ++counts_.bound_dropped;
    return;
  }
  const PodRecord* const driver = drivers_.Find(pod);
  bound_.push_back({pod.space, pod.name, pod.uid, pod.bound->name(), pod.group_key, pod.face.driver, pod.face.own,
                    driver == nullptr ? nullptr : driver->face.own});
}

bool ClusterState::RemovePod(const PodId& id) {
  const auto foreign = foreign_.find(id);
  if (foreign != foreign_.end()) {
    RemoveForeign(foreign);
    return true;
  }
  const auto record = records_.find(id);
  if (record == records_.end()) return false;
  RemoveRecord(record->second.get());
  return true;
}

void ClusterState::RemoveForeign(absl::flat_hash_map<PodId, ForeignPod, PodIdHash>::iterator pod) {
  NodeEntry* const node = pod->second.node;
  node->Discharge(pod->second.requests, pod->second.since);
  nodes_.Release(node);
  foreign_.erase(pod);
}

void ClusterState::RemoveRecord(PodRecord* pod) {
  Detach(*pod);
  Unassume(*pod);
  if (pod->bound != nullptr) nodes_.Release(pod->bound);
  drivers_.Remove(pod);
  const auto found = records_.find(pod->id);
  const std::unique_ptr<PodRecord> last = std::move(found->second);
  records_.erase(found);
  DeriveHeirs(*last, last->face);
}

PodRecord* ClusterState::Make(const PodId& id) {
  if (full()) return nullptr;
  auto made = std::make_unique<PodRecord>();
  made->id = id;
  return (records_[id] = std::move(made)).get();
}

// ---- What a pod counts as

void ClusterState::Attach(PodRecord& pod) {
  pod.charged = pod.place();
  if (pod.charged != nullptr) {
    pod.charged_since = pod.bound != nullptr ? pod.bound_since : pod.assumed_since;
    pod.charged->Charge(pod.requests, pod.charged_since, FreshAfter());
  }
  if (pod.live()) {
    pod.group = groups_.Join(pod.group_key, pod.charged);
    // A list of inputs may be long, and the same on 1,000 executors.
    auto& usual = pod.group->usual;
    if (usual == nullptr) usual = pod.face.own;
    if (pod.face.own != nullptr && *usual == *pod.face.own) pod.face.own = usual;
  }
  if (pod.ours()) ++counts_.ours;
  if (pod.pending()) pending_.insert(&pod);
}

void ClusterState::Detach(PodRecord& pod) {
  if (pod.pending()) pending_.erase(&pod);
  if (pod.ours()) --counts_.ours;
  if (pod.group != nullptr) groups_.Leave(std::exchange(pod.group, nullptr), pod.charged);
  if (pod.charged != nullptr) pod.charged->Discharge(pod.requests, pod.charged_since);
  pod.charged = nullptr;
}

void ClusterState::Derive(PodRecord& pod) const {
  if (!pod.seen) return;
  const PodRecord* const driver = drivers_.Find(pod);
  const OwnedAnnotations merged = Merge(pod.face.own.get(), driver == nullptr ? nullptr : driver->face.own.get());
  pod.has_inputs = HasInputs(merged);
  pod.group_key = GroupOf(pod.space, merged[static_cast<size_t>(Annotation::kGroup)].value_or(""), pod.face.application,
                          pod.role, pod.resource_profile, pod.controller_uid, pod.uid);
}

void ClusterState::DeriveHeirs(const PodRecord& driver, const DriverFace& face) {
  for (PodRecord* heir : drivers_.Heirs(driver, face)) {
    Detach(*heir);
    Derive(*heir);
    Attach(*heir);
  }
}

}  // namespace locus::extender
