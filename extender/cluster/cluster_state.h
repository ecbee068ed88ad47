// All that is known of nodes and pods, and what was advised but is not visible yet. Pure bookkeeping.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "common/clock.h"
#include "extender/cluster/cluster_view.h"
#include "extender/cluster/driver_index.h"
#include "extender/cluster/group_table.h"
#include "extender/cluster/node_table.h"
#include "extender/cluster/pod_id.h"
#include "extender/cluster/pod_record.h"
#include "kube/objects.h"
#include "kube/watch.h"

namespace locus::extender {

struct ClusterOptions {
  // Pods and nodes kept; further ones are not known, and counted. Pods that have finished, and those of others that
  // have no node yet, are not kept anyway.
  size_t max_pods = 150'000;
  size_t max_nodes = 15'000;
  // For how long the CPU of a pod that was bound counts as fresh (NodeFacts).
  Duration fresh = std::chrono::seconds(30);
  // For how long an assumption holds without news.
  Duration assume_for = std::chrono::seconds(10);
  // Bindings kept for TakeBound: several seconds of the fastest scheduler. Further ones are dropped, and counted.
  size_t max_bound = 10'000;
};

// One moment, by both clocks.
struct Moment {
  SteadyTime steady;
  WallTime wall;
};

struct ClusterCounts {
  // Now.
  size_t nodes = 0;
  size_t pods = 0;
  size_t ours = 0;
  size_t pending = 0;
  size_t groups = 0;
  size_t assumed = 0;
  // Since the start: how assumptions ended (bound there, bound elsewhere, without news in time), and what a limit has
  // cut off. The pods and nodes of `..._dropped` may be the same ones many times.
  uint64_t confirmed = 0;
  uint64_t refuted = 0;
  uint64_t expired = 0;
  uint64_t pods_dropped = 0;
  uint64_t nodes_dropped = 0;
  uint64_t bound_dropped = 0;
};

// Not thread-safe. Times are handed in and never go back. Pods without a uid or a name are passed over, as are nodes
// without a name: the API server has none.
//
// Pods of others are kept as what the sums of their nodes need, some 100 bytes each; those that are ours or may turn
// out to be (PodRecord) in full. The questions are those of ClusterView.
class ClusterState {
 public:
  explicit ClusterState(ClusterOptions options) : options_(options), nodes_(options.max_nodes) {}
  ClusterState(const ClusterState&) = delete;
  ClusterState& operator=(const ClusterState&) = delete;

  // ---- News from the API server. All but the begin of a list tell whether anything has changed.

  // A list replaces what is known: what is not in it is gone at its end, and stays until then. One that is begun anew
  // before its end forgets the earlier one.
  void BeginNodes() { ++nodes_mark_; }
  bool ListNode(const kube::Node& node);
  bool EndNodes();
  bool OnNode(const kube::WatchEvent<kube::Node>& event);

  void BeginPods() { ++pods_mark_; }
  bool ListPod(kube::Pod pod, Moment now);
  bool EndPods();
  bool OnPod(kube::WatchEvent<kube::Pod> event, Moment now);

  // ---- Questions. Each first drops what is past its time.

  // Both first lists have come.
  bool synced() const { return nodes_listed_ && pods_listed_; }
  std::optional<OwnedAnnotations> DriverAnnotations(std::string_view space, std::string_view application,
                                                    const std::vector<std::string_view>& owner_uids) const;
  // O(nodes asked for + nodes of the group).
  Surroundings Look(const PodRef& pod, std::string_view group, const std::vector<std::string_view>& nodes,
                    SteadyTime now);
  std::shared_ptr<const ZoneTable> Zones() { return nodes_.Zones(); }
  void Assume(const PodRef& pod, std::string_view group, std::string_view node, SteadyTime now);
  std::vector<PendingPod> Pending(size_t limit) const;
  bool IsPending(std::string_view uid) const;
  std::vector<uint32_t> Room(std::string_view uid, const std::vector<std::string_view>& nodes, SteadyTime now);
  std::vector<ClusterView::NodeRoom> RoomFor(int64_t cpu_milli, int64_t memory_bytes, SteadyTime now);
  std::vector<ClusterView::Bound> TakeBound();
  ClusterCounts Counts(SteadyTime now);

 private:
  // A pod that is not ours.
  struct ForeignPod {
    Requests requests;
    NodeEntry* node = nullptr;
    SteadyTime since;
    uint32_t mark = 0;
  };
  struct OlderFirst {
    bool operator()(const PodRecord* a, const PodRecord* b) const;
  };

  // What a pod counts as, in nodes, groups, and among those that wait. Between Detach and Attach a record may change.
  void Attach(PodRecord& pod);
  void Detach(PodRecord& pod);
  // Finds out anew what follows from its driver. Detached only.
  void Derive(PodRecord& pod) const;
  // For the pods that take over from `driver`, as `face` tells of it.
  void DeriveHeirs(const PodRecord& driver, const DriverFace& face);

  bool PutPod(kube::Pod pod, Moment now, bool listed);
  bool PutForeign(const PodId& id, const kube::Pod& pod, SteadyTime since);
  // Ours already, or from now on.
  // `news`: that it is bound is worth telling.
  bool PutOurs(const PodId& id, kube::Pod pod, SteadyTime since, bool news);
  // True when it is bound and was not.
  bool PutPlace(PodRecord& pod, std::string_view node, SteadyTime since);
  void ReportBound(const PodRecord& pod);
  bool RemovePod(const PodId& id);
  void RemoveForeign(absl::flat_hash_map<PodId, ForeignPod, PodIdHash>::iterator pod);
  void RemoveRecord(PodRecord* pod);

  // Ends the assumption about a detached pod, if there is one.
  void Unassume(PodRecord& pod);
  void Expire(SteadyTime now);

  // Null when max_pods are kept.
  PodRecord* Make(const PodId& id);
  bool full() const { return foreign_.size() + records_.size() >= options_.max_pods; }
  SteadyTime FreshAfter() const { return news_ - options_.fresh; }

  const ClusterOptions options_;
  NodeTable nodes_;
  GroupTable groups_;
  DriverIndex drivers_;
  absl::flat_hash_map<PodId, ForeignPod, PodIdHash> foreign_;
  absl::flat_hash_map<PodId, std::unique_ptr<PodRecord>, PodIdHash> records_;
  // Pods of ours that wait for a node.
  absl::btree_set<PodRecord*, OlderFirst> pending_;
  // Assumptions by when they end.
  absl::btree_set<std::pair<SteadyTime, PodId>> assumptions_;
  std::deque<ClusterView::Bound> bound_;
  // The last moment that was handed in.
  SteadyTime news_;
  uint32_t nodes_mark_ = 0;
  uint32_t pods_mark_ = 0;
  bool nodes_listed_ = false;
  bool pods_listed_ = false;
  ClusterCounts counts_;
};

}  // namespace locus::extender
