#include "extender/cluster/watched_cluster.h"

#include <algorithm>
#include <utility>

#include "common/log.h"

namespace locus::extender {

WatchedCluster::WatchedCluster(ClusterOptions options, const Clock& clock, Metrics& metrics)
    : clock_(clock), metrics_(metrics), state_(options), nodes_(*this), pods_(*this) {}

void WatchedCluster::OnChange(std::function<void()> listener) {
  auto kept = std::make_shared<const std::function<void()>>(std::move(listener));
  MutexLock lock(mutex_);
  listener_ = std::move(kept);
}

uint64_t WatchedCluster::changes() const {
  MutexLock lock(mutex_);
  return changes_;
}

// ---- What the watches bring

template <typename T, typename Change>
void WatchedCluster::Feed(Sink<T>& sink, Change change) {
  Listener listener;
  {
    MutexLock lock(mutex_);
    const Moment now = NowLocked();
    sink.heard_ = now.steady;
    if (!change(state_, now)) return;
    ++changes_;
    listener = listener_;
  }
  if (listener != nullptr && *listener) (*listener)();
}

template <typename T>
void WatchedCluster::Sink<T>::Begin() {
  cluster_.Feed(*this, [](ClusterState& state, Moment) {
    if constexpr (std::is_same_v<T, kube::Node>) {
      state.BeginNodes();
    } else {
      state.BeginPods();
    }
    return false;
  });
}

template <typename T>
void WatchedCluster::Sink<T>::Page(std::vector<T> items) {
  cluster_.Feed(*this, [&items](ClusterState& state, [[maybe_unused]] Moment now) {
    bool changed = false;
    for (T& item : items) {
      if constexpr (std::is_same_v<T, kube::Node>) {
        changed = state.ListNode(item) || changed;
      } else {
        changed = state.ListPod(std::move(item), now) || changed;
      }
    }
    return changed;
  });
}

template <typename T>
void WatchedCluster::Sink<T>::End() {
  bool first = false;
  ClusterCounts counts;
  cluster_.Feed(*this, [&first, &counts](ClusterState& state, Moment now) {
    first = !state.synced();
    bool changed = false;
    if constexpr (std::is_same_v<T, kube::Node>) {
      changed = state.EndNodes();
    } else {
      changed = state.EndPods();
    }
    first = first && state.synced();
    counts = state.Counts(now.steady);
    return changed;
  });
  cluster_.TellOfList(first, counts);
}

template <typename T>
void WatchedCluster::Sink<T>::Event(kube::WatchEvent<T> event) {
  cluster_.Feed(*this, [&event](ClusterState& state, [[maybe_unused]] Moment now) {
    if constexpr (std::is_same_v<T, kube::Node>) {
      return state.OnNode(event);
    } else {
      return state.OnPod(std::move(event), now);
    }
  });
}

template <typename T>
void WatchedCluster::Sink<T>::Heard() {
  cluster_.Feed(*this, [](ClusterState&, Moment) { return false; });
}

template class WatchedCluster::Sink<kube::Node>;
template class WatchedCluster::Sink<kube::Pod>;

void WatchedCluster::TellOfList(bool first, const ClusterCounts& counts) {
  if (first) {
    LogInfo("nodes and pods are known", {{"nodes", counts.nodes}, {"pods", counts.pods}, {"ours", counts.ours}});
  }
  const uint64_t dropped = counts.pods_dropped + counts.nodes_dropped;
  {
    MutexLock lock(mutex_);
    if (dropped <= warned_) return;
    warned_ = dropped;
  }
  LogWarning(
      "the cluster is larger than kubernetes.max_pods or max_nodes: raise them, or pods are placed without regard "
      "to some others",
      {{"nodes", counts.nodes},
       {"pods", counts.pods},
       {"nodes_dropped", counts.nodes_dropped},
       {"pods_dropped", counts.pods_dropped}});
}

// ---- ClusterView

bool WatchedCluster::Synced() const {
  MutexLock lock(mutex_);
  return state_.synced();
}

std::optional<Duration> WatchedCluster::Age() const {
  MutexLock lock(mutex_);
  return AgeLocked(clock_.Now());
}

std::optional<Duration> WatchedCluster::AgeLocked(SteadyTime now) const {
  if (!state_.synced()) return std::nullopt;
  return now - std::min(*nodes_.heard_, *pods_.heard_);
}

std::optional<OwnedAnnotations> WatchedCluster::DriverAnnotations(
    std::string_view space, std::string_view application, const std::vector<std::string_view>& owner_uids) const {
  MutexLock lock(mutex_);
  return state_.DriverAnnotations(space, application, owner_uids);
}

Surroundings WatchedCluster::Look(const PodRef& pod, const GroupKey& group,
                                  const std::vector<std::string_view>& nodes) const {
  MutexLock lock(mutex_);
  return state_.Look(pod, group, nodes, clock_.Now());
}

std::shared_ptr<const ZoneTable> WatchedCluster::Zones() const {
  MutexLock lock(mutex_);
  return state_.Zones();
}

void WatchedCluster::Assume(const PodRef& pod, const GroupKey& group, std::string_view node) {
  MutexLock lock(mutex_);
  state_.Assume(pod, group, node, clock_.Now());
}

std::vector<PendingPod> WatchedCluster::Pending(size_t limit) const {
  MutexLock lock(mutex_);
  return state_.Pending(limit);
}

bool WatchedCluster::IsPending(std::string_view uid) const {
  MutexLock lock(mutex_);
  return state_.IsPending(uid);
}

std::vector<uint32_t> WatchedCluster::Room(std::string_view uid, const std::vector<std::string_view>& nodes) const {
  MutexLock lock(mutex_);
  return state_.Room(uid, nodes, clock_.Now());
}

std::vector<ClusterView::NodeRoom> WatchedCluster::RoomFor(int64_t cpu_milli, int64_t memory_bytes) const {
  MutexLock lock(mutex_);
  return state_.RoomFor(cpu_milli, memory_bytes, clock_.Now());
}

std::vector<ClusterView::Bound> WatchedCluster::TakeBound() {
  MutexLock lock(mutex_);
  return state_.TakeBound();
}

void WatchedCluster::UpdateMetrics() {
  MutexLock lock(mutex_);
  const SteadyTime now = clock_.Now();
  const ClusterCounts counts = state_.Counts(now);
  metrics_.Tell(told_, counts, state_.synced(), AgeLocked(now));
  told_ = counts;
}

}  // namespace locus::extender
