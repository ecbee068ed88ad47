// What is kept of a pod of ours, or of one that may turn out to be. Values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "extender/cluster/amounts.h"
#include "extender/cluster/group_table.h"
#include "extender/cluster/node_table.h"
#include "extender/cluster/pod_id.h"
#include "extender/cluster/surroundings.h"
#include "kube/objects.h"

namespace locus::extender {

// What other pods take over from this one.
struct DriverFace {
  // label spark-role=driver with a spark-app-selector.
  bool driver = false;
  bool deleted = false;
  WallTime created;
  std::string application;
  // Null: no annotation of ours.
  std::shared_ptr<const OwnedAnnotations> own;
  bool operator==(const DriverFace& other) const;
};

struct PodRecord {
  PodId id;
  std::string space;
  std::string name;
  std::string uid;

  // ---- As the watch has shown it.
  // False: it was assumed, and all else in this part is empty.
  bool seen = false;
  // Of the list that named it last.
  uint32_t mark = 0;
  std::string scheduler;
  std::string role;
  std::string resource_profile;
  std::string controller_uid;
  // Uids of its owners that are pods.
  std::vector<PodId> owners;
  DriverFace face;
  std::string planned_node;
  std::string wake;
  bool gated = false;
  bool other_gates = false;
  Requests requests;
  // Null when it is bound: nobody asks any more.
  std::unique_ptr<const kube::PodConstraints> constraints;

  // ---- Where it is.
  // Null: not bound. Both nodes are acquired.
  NodeEntry* bound = nullptr;
  SteadyTime bound_since;
  // Null: not assumed, or bound.
  NodeEntry* assumed = nullptr;
  SteadyTime assumed_since;

  // ---- What follows from it, and from its driver.
  GroupKey group_key;
  // With its driver's: it has inputs.
  bool has_inputs = false;

  // ---- What it counts as right now; see ClusterState::Attach.
  NodeEntry* charged = nullptr;
  SteadyTime charged_since;
  Group* group = nullptr;

  NodeEntry* place() const { return bound != nullptr ? bound : assumed; }
  // It takes part in the work of its group.
  bool live() const { return !face.deleted; }
  bool ours() const { return seen && (has_inputs || gated); }
  bool pending() const { return ours() && live() && bound == nullptr; }
};

// ---- From objects of the API server.

// The pod itself shows that it is ours or may be: it has inputs, the gate, an application's label, or a pod as owner.
// Its driver may be seen later.
bool MayBeOurs(const kube::Pod& pod);
// Fills what the watch has shown, but for `mark` and the node.
void Show(PodRecord& record, kube::Pod&& pod);

// An absent or blank text: templates render what is not set as blank.
bool IsBlank(const std::optional<std::string>& text);
bool HasInputs(const OwnedAnnotations& annotations);
// `own` values win one by one. Either may be null.
OwnedAnnotations Merge(const OwnedAnnotations* own, const OwnedAnnotations* driver);

}  // namespace locus::extender
