// ClusterView over what two watches tell.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/metrics.h"
#include "common/mutex.h"
#include "extender/cluster/cluster_metrics.h"
#include "extender/cluster/cluster_state.h"
#include "extender/cluster/cluster_view.h"
#include "kube/objects.h"
#include "kube/watch.h"

namespace locus::extender {

// Thread-safe. All answers come from memory under one mutex that is never held during I/O.
class WatchedCluster final : public ClusterView {
 public:
  // Where one watch brings its news; calls come one at a time. Begin, any number of Page, End: a list, which replaces
  // what is known. Begin again before End: the list broke off. Then any number of Event. Heard: the stream is alive
  // without news, such as a bookmark.
  template <typename T>
  class Sink {
   public:
    void Begin();
    void Page(std::vector<T> items);
    void End();
    void Event(kube::WatchEvent<T> event);
    void Heard();

   private:
    friend class WatchedCluster;
    explicit Sink(WatchedCluster& cluster) : cluster_(cluster) {}

    WatchedCluster& cluster_;
    // By any of these calls; under the mutex of the cluster.
    std::optional<SteadyTime> heard_;
  };

  // `clock` and `metrics` must outlive it.
  WatchedCluster(ClusterOptions options, const Clock& clock, Metrics& metrics);
  WatchedCluster(const WatchedCluster&) = delete;
  WatchedCluster& operator=(const WatchedCluster&) = delete;

  // As long as this. The watches must have ended before it goes.
  Sink<kube::Node>& nodes() { return nodes_; }
  Sink<kube::Pod>& pods() { return pods_; }

  // Called after each change that the watches bring, on their threads and without a lock held; keep it short. One
  // listener: a further call replaces it, and the earlier one may be called once more.
  void OnChange(std::function<void()> listener);
  // How many changes the watches have brought.
  uint64_t changes() const;

  // ---- ClusterView
  bool Synced() const override;
  std::optional<Duration> Age() const override;
  std::optional<OwnedAnnotations> DriverAnnotations(std::string_view space, std::string_view application,
                                                    const std::vector<std::string_view>& owner_uids) const override;
  Surroundings Look(const PodRef& pod, const GroupKey& group,
                    const std::vector<std::string_view>& nodes) const override;
  std::shared_ptr<const ZoneTable> Zones() const override;
  void Assume(const PodRef& pod, const GroupKey& group, std::string_view node) override;
  std::vector<PendingPod> Pending(size_t limit) const override;
  bool IsPending(std::string_view uid) const override;
  std::vector<uint32_t> Room(std::string_view uid, const std::vector<std::string_view>& nodes) const override;
  std::vector<NodeRoom> RoomFor(int64_t cpu_milli, int64_t memory_bytes) const override;
  std::vector<Bound> TakeBound() override;

  // Brings gauges and counters up to date; for Metrics::OnRender.
  void UpdateMetrics();

 private:
  using Listener = std::shared_ptr<const std::function<void()>>;

  // Runs `change`, which tells whether anything has changed, and then the listener.
  template <typename T, typename Change>
  void Feed(Sink<T>& sink, Change change) EXCLUDES(mutex_);
  Moment NowLocked() const REQUIRES(mutex_) { return {clock_.Now(), clock_.WallNow()}; }
  std::optional<Duration> AgeLocked(SteadyTime now) const REQUIRES(mutex_);
  // What an operator should know once a list has come.
  void TellOfList(bool first, const ClusterCounts& counts) EXCLUDES(mutex_);

  const Clock& clock_;
  const ClusterMetrics metrics_;

  mutable Mutex mutex_;
  // Questions drop what is past its time.
  mutable ClusterState state_ GUARDED_BY(mutex_);
  Sink<kube::Node> nodes_;
  Sink<kube::Pod> pods_;
  Listener listener_ GUARDED_BY(mutex_);
  uint64_t changes_ GUARDED_BY(mutex_) = 0;
  // As far as the counters have been told.
  ClusterCounts told_ GUARDED_BY(mutex_);
  // The drops that have been warned of.
  uint64_t warned_ GUARDED_BY(mutex_) = 0;
};

}  // namespace locus::extender
