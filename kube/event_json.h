// An Event about a pod as JSON (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/).
#pragma once

#include <string>

#include "kube/writer.h"

namespace locus::kube {

// Of events.k8s.io/v1. The server makes its name from the pod's. The note is cut at 1024 bytes and the instance at 128,
// between two characters; bytes that are no UTF-8 become question marks.
std::string EventJson(const PodEvent& event);

}  // namespace locus::kube
