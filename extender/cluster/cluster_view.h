// The cluster as the extender sees it: nodes, pods of ours, and what was advised but is not visible yet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "extender/cluster/surroundings.h"

namespace locus::extender {

// The scheduling gate that lets a pod wait for its data, and the annotations that the gate itself writes.
inline constexpr std::string_view kGateName = "locus.dev/locality";
inline constexpr std::string_view kPlannedNodeAnnotation = "locus.dev/planned-node";
inline constexpr std::string_view kWakeAnnotation = "locus.dev/wake";

// A pod as one call of the scheduler or one event names it.
struct PodRef {
  std::string_view space;
  std::string_view name;
  std::string_view uid;
};

// A pod of ours that has no node yet: it has inputs, or the gate, which nobody else opens. Its annotations may thus
// lack inputs.
struct PendingPod {
  std::string space;
  std::string name;
  std::string uid;
  std::string scheduler;
  // Label spark-app-selector; may be empty.
  std::string application;
  GroupKey group;
  // Its own annotations, and its driver's where it lacks them.
  OwnedAnnotations annotations;
  WallTime created;
  // It carries the scheduling gate locus.dev/locality; `other_gates`: and others too.
  bool gated = false;
  bool other_gates = false;
  // Annotations that the gate itself writes; empty when absent.
  std::string planned_node;
  std::string wake;
};

// Thread-safe. All answers come from memory.
class ClusterView {
 public:
  virtual ~ClusterView() = default;

  // The first lists of nodes and pods have come; it stays true when the API server is lost.
  virtual bool Synced() const = 0;
  // How long the API server has not been heard, by the older of the two watches; empty before the first lists.
  virtual std::optional<Duration> Age() const = 0;

  // The annotations of the driver of an executor: the pod that `owner_uids` name, or the pod with label
  // spark-role=driver and the same spark-app-selector in `space`. Empty: there is none, or it carries no
  // locus.dev/inputs.
  virtual std::optional<OwnedAnnotations> DriverAnnotations(std::string_view space, std::string_view application,
                                                            const std::vector<std::string_view>& owner_uids) const = 0;

  // `group` without `pod`, and the facts of `nodes`.
  virtual Surroundings Look(const PodRef& pod, const GroupKey& group,
                            const std::vector<std::string_view>& nodes) const = 0;
  // Never null.
  virtual std::shared_ptr<const ZoneTable> Zones() const = 0;

  // The scheduler was advised to put `pod` on `node`: it counts as there until the watch tells where it is, the pod is
  // gone, or the time-out passes. A further call moves it. Also for a pod that the watch has not shown yet; of one that
  // it has, `group` is known better and not looked at. No effect for a pod that is bound.
  virtual void Assume(const PodRef& pod, const GroupKey& group, std::string_view node) = 0;

  // Pods of ours without a node, oldest first, then by uid; at most `limit`.
  virtual std::vector<PendingPod> Pending(size_t limit) const = 0;
  // Whether it is one of those.
  virtual bool IsPending(std::string_view uid) const = 0;
  // How many pods with the requests and constraints of pod `uid` would find room on each of `nodes` right now:
  // allocatable less what is requested by pods bound or assumed there, node selector, required node affinity, taints,
  // cordons. That the pod itself is assumed somewhere takes no room. 0 for unknown nodes; all 0 for a pod that is not
  // among ours, or is bound.
  virtual std::vector<uint32_t> Room(std::string_view uid, const std::vector<std::string_view>& nodes) const = 0;
  // The same for a pod that does not exist and tolerates no taint, on every node, by name.
  struct NodeRoom {
    std::string node;
    uint32_t pods = 0;
  };
  virtual std::vector<NodeRoom> RoomFor(int64_t cpu_milli, int64_t memory_bytes) const = 0;
  // A pod that was bound to a node since it was asked last; for telling people how a decision ended.
  struct Bound {
    std::string space;
    std::string name;
    std::string uid;
    std::string node;
    GroupKey group;
    // Label spark-role=driver.
    bool driver = false;
    // Its own annotations, and its driver's, which count where it lacks them; null: none.
    std::shared_ptr<const OwnedAnnotations> own = nullptr;
    std::shared_ptr<const OwnedAnnotations> inherited = nullptr;
  };
  // Pods of ours that were bound since the last call, at most what fits the bound of ClusterOptions; one caller only.
  virtual std::vector<Bound> TakeBound() = 0;
};

// Which group a pod belongs to: the annotation `group` with its namespace (a driver carries it for its executors and is
// no member); else namespace, spark-app-selector and
// resource profile (label spark-exec-resourceprofile-id) for executors; else its controller's uid (a Job, a
// ReplicaSet); else the pod alone. A `group_annotation` that ParseAnnotations does not take counts as absent. The parts
// cannot be confused: they are separated by a character that none may hold.
GroupKey GroupOf(std::string_view space, std::string_view group_annotation, std::string_view application,
                 std::string_view role, std::string_view resource_profile, std::string_view controller_uid,
                 std::string_view pod_uid);
// The pod alone, so that no other will ever be in its group.
bool IsLone(std::string_view group);

}  // namespace locus::extender
