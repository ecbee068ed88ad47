// What a pod asks of its node in all.
#pragma once

#include <vector>

#include "kube/objects.h"

namespace locus::kube {

struct ContainerRequests {
  Resources requests;
  // An init container with restartPolicy Always, a sidecar: it goes on running beside those after it.
  bool restartable = false;
};

// spec.containers, spec.initContainers in their order, spec.overhead and spec.resources of a pod.
struct PodRequests {
  std::vector<ContainerRequests> containers;
  std::vector<ContainerRequests> init_containers;
  Resources overhead;
  // Of the pod as a whole; what is 0 is not stated (the API server refuses a total below the containers' sum).
  Resources total;
};

// The scheduler's sum, in which a pod counts as one of `pods`: the larger of what runs in the end (containers and
// sidecars) and of what each init container needs beside the sidecars before it; totals where they are stated;
// overhead on top. Resizes in place that are under way are not looked at. Sources:
// https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers,
// https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#pod-level-resource-specification,
// https://kubernetes.io/docs/concepts/scheduling-eviction/pod-overhead/.
Resources SumRequests(const PodRequests& pod);

}  // namespace locus::kube
