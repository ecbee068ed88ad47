// What a pod's spec says about nodes
// (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#scheduling).
#pragma once

#include "kube/json_value.h"
#include "kube/objects.h"

namespace locus::kube {

// spec.affinity; absent when it requires nothing of nodes. A term without requirements holds for no node
// (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#NodeAffinity): it is left out.
std::optional<std::vector<NodeTerm>> ReadRequiredNodeAffinity(JsonValue affinity);

// spec.tolerations; an absent operator is Equal.
std::vector<Toleration> ReadTolerations(JsonValue tolerations);

}  // namespace locus::kube
