// May a pod run on a node, by the rules of kube-scheduler's filters
// (https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/ and .../taint-and-toleration/). Pure.
#pragma once

#include <string>
#include <vector>

#include "extender/cluster/amounts.h"
#include "extender/cluster/label_set.h"
#include "kube/objects.h"

namespace locus::extender {

// A node as far as placing pods goes.
struct NodeShape {
  NodeShape() = default;
  explicit NodeShape(const kube::Node& node);
  bool operator==(const NodeShape& other) const;

  std::string name;
  LabelSet labels;
  // NoSchedule and NoExecute; also that of a cordon, which may not have been added yet.
  std::vector<kube::Taint> taints;
  Capacity allocatable;
};

// Node selector, required node affinity, taints; not whether there is room. What kube-scheduler would refuse as
// malformed holds nowhere.
bool MayRun(const kube::PodConstraints& constraints, const NodeShape& node);

}  // namespace locus::extender
